"""The doctor's report: one screen, the worst first, each with where to read on. Pure.

Promise: what stands in the way is said in words, with the runbook's heading; the table below
says how things are even where nothing is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.observe_lag import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from deploy.doctor_facts import DatabaseFacts, Facts, QueueFacts, ServiceFacts

RUNBOOK = "docs/runbook.md"
ROOM = 500_000_000  # bytes of free disk that leave somebody time to act
RUNNING = ("RUNNING", "STARTING")
UNSUPERVISED = {"supervisor": "down"}
LISTED = 3  # parked messages of one service that are told one by one, to stay on one screen
COLUMNS = (10, 24, 18, 20, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands in the way; `anchor` is its heading in the runbook."""

    kind: str
    text: str
    anchor: str


def screen(facts: Facts) -> list[str]:
    """Return all lines of the report: what is wrong, then how everything is."""
    found = findings(facts)
    return [*_title(facts), "", *_told(found), "", *_table(facts)]


def findings(facts: Facts) -> list[Finding]:
    """Return everything that stands in the way, what stops most first."""
    return [
        *_broken(facts),
        *(one for service in facts.services for one in _alarms(service)),
        *(one for service in facts.services for one in _queues(service)),
        *(one for service in facts.services for one in _parked(service)),
        *(one for service in facts.services for one in _waiting(service)),
    ]


def _broken(facts: Facts) -> Iterator[Finding]:
    for folder, free in facts.free.items():
        if free < ROOM:
            yield Finding("DISK", f"{size(free)} are free under {folder}", "disk-full")
    if facts.programs == UNSUPERVISED:
        yield Finding("DOWN", "nothing of it runs; `make up` starts it", "start")
        if all(one.database_fault and one.broker_fault for one in facts.services):
            return  # the servers are its own: they are down with it, and not lost
    else:
        for name, state in (facts.programs or {}).items():
            if state not in RUNNING:
                yield Finding("DOWN", f"{name} is {state.lower()}", "a-program-is-down")
    yield from _faulty(facts)


def _faulty(facts: Facts) -> Iterator[Finding]:
    for text in together({one.name: one.database_fault for one in facts.services}):
        yield Finding("DATABASE", text, "database-lost" if facts.served else "damaged-database")
    for service in facts.services:
        if (found := service.database) and found.step != found.expected:
            steps = f"step {found.step or 'none'}, this version expects {found.expected}"
            yield Finding("VERSION", f"the database of {service.name} is at {steps}", "upgrade")
    for text in together({one.name: one.broker_fault for one in facts.services}):
        yield Finding("BROKER", text, "broker-lost")
    for fault in facts.wrong_queues:
        yield Finding("QUEUE", fault, "queue-missing")


def together(faults: Mapping[str, str]) -> list[str]:
    """Return each fault once, with the services that have it; some name theirs within."""
    found: dict[str, list[str]] = {}
    for service, fault in faults.items():
        if fault:
            alike = fault.replace(service.upper(), "...").replace(f" {service} ", " ... ")
            found.setdefault(alike, []).append(service)
    everyone = len(faults)
    return [
        f"{fault} ({'all services' if len(whose) == everyone else ', '.join(whose)})"
        for fault, whose in found.items()
    ]


def _alarms(service: ServiceFacts) -> Iterator[Finding]:
    for alarm in service.database.alarms if service.database else ():
        since = f"{alarm.since:%Y-%m-%d %H:%M:%S}"
        told = f"{service.name} {alarm.name} since {since}: {alarm.fact}"
        yield Finding("ALARM", told, alarm.anchor)


def _queues(service: ServiceFacts) -> Iterator[Finding]:
    for queue in (service.work, service.parked):
        if queue is None:
            continue
        if not queue.exists:
            yield Finding("QUEUE", f"{queue.name} is missing", "queue-missing")
        elif queue.leader == "":
            told = f"{queue.name} has no leader: nothing goes in or out"
            yield Finding("QUEUE", told, "queue-missing")
    if service.work and service.work.exists and not service.work.consumers:
        waiting = f"{service.work.messages:,} messages wait in {service.work.name}"
        yield Finding("QUEUE", f"nobody reads: {waiting}", "messages-waiting")


def _parked(service: ServiceFacts) -> Iterator[Finding]:
    known = service.database.parked if service.database else ()
    # In one process nothing else lists them; with a broker another command does.
    listed = known[:LISTED] if service.parked else known
    for one in listed:
        since = f"since {one.since:%Y-%m-%d %H:%M:%S}: {one.reason}"
        told = f"{one.message_id} {one.told}\n         {since}"
        yield Finding("PARKED", told, "parked-mail")
    depth = service.parked.messages if service.parked else 0
    if more := len(known) - len(listed):
        told = f"{more:,} more for {service.name}: `.venv/bin/python -m deploy.bus parked`"
        yield Finding("PARKED", told, "parked-mail")
    if depth > len(known):
        told = f"{depth:,} messages lie in {service.parked.name if service.parked else ''}"
        yield Finding("PARKED", told, "parked-mail")


def _waiting(service: ServiceFacts) -> Iterator[Finding]:
    waiting = service.database.waiting if service.database else None
    if waiting and waiting.since and waiting.seconds > LIMIT:
        told = (
            f"{waiting.count:,} messages of {service.name}, the oldest for {span(waiting.seconds)}"
        )
        yield Finding("WAITING", told, "messages-waiting")


def _title(facts: Facts) -> Iterator[str]:
    how = "a process for each duty" if facts.served else "in one process"
    yield f"Onward, {how}, {facts.folder}, {facts.at:%Y-%m-%d %H:%M:%S} UTC"


def _told(found: Iterable[Finding]) -> Iterator[str]:
    anchor = ""
    for one in found:
        if anchor and anchor != one.anchor:
            yield _where(anchor)
        anchor = one.anchor
        yield f"{one.kind:<8} {one.text}"
    yield _where(anchor) if anchor else "Nothing stands in the way."


def _where(anchor: str) -> str:
    return f"         -> {RUNBOOK}#{anchor}"


def _table(facts: Facts) -> Iterator[str]:
    more = ("queue", "parked") if facts.served else ()
    yield _row("service", "database", "to be carried", *more)
    for one in facts.services:
        queues = (_depth(one.work), _depth(one.parked, read=False)) if facts.served else ()
        yield _row(one.name, _database(one.database), _backlog(one.database), *queues)
    if facts.served:
        yield _row("broker", facts.broker)
    if facts.programs is not None:
        running = sum(state in RUNNING for state in facts.programs.values())
        count = f"{running} of {len(facts.programs)} run"
        yield _row("programs", "none runs" if facts.programs == UNSUPERVISED else count)
    if facts.log:
        signed = "all signed" if facts.log.signed == facts.log.entries else (
            f"signed up to {facts.log.signed:,}"
        )  # fmt: skip
        newest = f", the newest of {facts.log.newest:%Y-%m-%d %H:%M:%S}" if facts.log.newest else ""
        yield _row("log", f"{facts.log.entries:,} entries{newest}, {signed}")
        yield _row("", f"head {facts.log.root[:16]}; `make verify` checks each of them")
    for folder, free in facts.free.items():
        yield _row("disk", f"{size(free)} free under {folder}")


def _row(*cells: str) -> str:
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, COLUMNS, strict=False)).rstrip()


def _database(found: DatabaseFacts | None) -> str:
    return f"{size(found.size)}, step {found.step or 'none'}" if found else "not readable"


def _backlog(found: DatabaseFacts | None) -> str:
    if found is None:
        return "?"
    age = f", oldest {span(found.waiting.seconds)}" if found.waiting.count else ""
    return f"{found.waiting.count:,}{age}"


def _depth(queue: QueueFacts | None, *, read: bool = True) -> str:
    if queue is None or not queue.exists:
        return "?" if queue is None else "missing"
    readers = f", {queue.consumers} reader{'' if queue.consumers == 1 else 's'}"
    return f"{queue.messages:,}{readers if read else ''}"


def size(count: float) -> str:
    """Return a number of bytes as people say it."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:  # noqa: PLR2004 - the next unit begins
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"


def span(seconds: float) -> str:
    """Return how long something lasts as people say it."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
