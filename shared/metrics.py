"""What a service counts while it works, in Prometheus' form.

Promise: labels are names that stand in our own code (services, route patterns, event types,
states), never what somebody sent. In the served profile web and worker are two processes: each
counts in files of `share`'s folder, and whichever is asked tells the sum of them.
"""

from __future__ import annotations

import fcntl
import os
from collections import Counter as Tally
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO, Protocol

    from shared.bus.envelope import Message

    class Collector(Protocol):
        """Tells families of metrics when asked."""

        def collect(self) -> Iterable[Metric]:
            """Return what is known now."""
            ...


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for where processes share
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 3600.0)


class Instrument(NamedTuple):
    """What is counted, by which labels besides the service; with buckets it is a histogram."""

    name: str
    told: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


REQUESTS = Instrument(
    "http_server_request_duration_seconds",
    "Time to answer a request, by route pattern.",
    ("http_request_method", "http_route", "http_response_status_code"),
    QUICK,
)
PROCESS = Instrument(
    "messaging_process_duration_seconds",
    "Time a handler takes for one message, before the commit.",
    ("type",),
    QUICK,
)
BATCHES = Instrument(
    "onward_batch_duration_seconds",
    "Time a batch of messages takes, commit included.",
    buckets=QUICK,
)
AGES = Instrument(
    "onward_message_age_seconds",
    "Age of the first message of a type in a batch when its effect is on disk.",
    ("type",),
    SLOW,
)
GATE = Instrument(
    "onward_gate_closing_lag_seconds",
    "Time from a decision until the gate heard of it.",
    buckets=SLOW,
)
CONSUMED = Instrument(
    "messaging_client_consumed_messages", "Messages that had their effect here.", ("type",)
)
PARKED = Instrument("onward_messages_parked", "Messages set aside.", ("type",))
REPEATS = Instrument(
    "onward_inbox_duplicates", "Messages dropped because they had been heard before."
)
SENT = Instrument(
    "messaging_client_sent_messages", "Messages that every reader, or the broker, has."
)
_held: list[BinaryIO] = []
disable_created_metrics()  # type: ignore[no-untyped-call]  # as many lines again that nobody reads


class OfType(NamedTuple):
    """The instruments of one type of message."""

    process: Histogram
    age: Histogram
    consumed: Counter


class ServiceMetrics:
    """The instruments of one service; the names are OpenTelemetry's where it has one."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._registry = CollectorRegistry()
        self._within = None if FOLDER in os.environ else self._registry
        if self._within is None:  # the instruments are read from the files, everybody's at once
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
        self._requests = self._counts_in(REQUESTS)
        self._process = self._counts_in(PROCESS)
        self._batches = self._counts_in(BATCHES)
        self._ages = self._counts_in(AGES)
        self._gate = self._counts_in(GATE)
        self._consumed = self._counts(CONSUMED)
        self._parked = self._counts(PARKED)
        self._repeats = self._counts(REPEATS)
        self._sent = self._counts(SENT).labels(service)
        # `labels` would take longer than the counting itself.
        self._by_type = cache(self._of_type)
        self._by_answer = cache(partial(self._requests.labels, service))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer to a request; *route* is a pattern, never a path."""
        self._by_answer(method, route, status).observe(seconds)

    def took(self, kind: str, seconds: float) -> None:
        """Count the time a handler took."""
        self._by_type(kind).process.observe(seconds)

    def heard(self, new: Sequence[Message], repeats: int, now: datetime, seconds: float) -> None:
        """Count a batch whose effects are committed."""
        self._batches.labels(self.service).observe(seconds)
        if repeats:
            self._repeats.labels(self.service).inc(repeats)
        oldest = {message.type: message.time for message in reversed(new)}
        for kind, number in Tally(message.type for message in new).items():
            instruments = self._by_type(kind)
            instruments.consumed.inc(number)
            instruments.age.observe(max(0.0, (now - oldest[kind]).total_seconds()))

    def parked(self, kind: str) -> None:
        """Count a message that was set aside."""
        self._parked.labels(self.service, kind).inc()

    def sent(self, number: int) -> None:
        """Count messages that are published."""
        self._sent.inc(number)

    def gate_closed(self, seconds: float) -> None:
        """Count a decision that closed the gate, so long after it was made."""
        self._gate.labels(self.service).observe(max(0.0, seconds))

    def collect(self) -> Iterable[Metric]:
        """Return what was counted here, and by the processes this one shares a folder with."""
        return self._registry.collect()

    def _of_type(self, kind: str) -> OfType:
        process, age = (
            self._process.labels(self.service, kind),
            self._ages.labels(self.service, kind),
        )
        return OfType(process, age, self._consumed.labels(self.service, kind))

    def _counts_in(self, what: Instrument) -> Histogram:
        labels = ("service", *what.labels)
        return Histogram(what.name, what.told, labels, buckets=what.buckets, registry=self._within)

    def _counts(self, what: Instrument) -> Counter:
        return Counter(what.name, what.told, ("service", *what.labels), registry=self._within)


@cache
def of(service: str) -> ServiceMetrics:
    """Return the instruments of *service* in this process."""
    return ServiceMetrics(service)


def share(folder: Path, duty: str) -> None:
    """Count in files of *folder* beside this service's other processes; call before any work.

    The files outlive the process, so that a restart neither loses nor piles up: whoever has the
    same *duty* next goes on in the first place that nobody holds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = next(one for one in (f"{duty}{n}" for n in count()) if _hold(folder / f"{one}.lock"))
    for file in folder.glob(f"*_{place}.db"):
        if not _readable(file):
            file.unlink()
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call]
    of.cache_clear()


def _hold(lock: Path) -> bool:
    opened = lock.open("ab")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        opened.close()
        return False
    _held.append(opened)
    return True


def _readable(file: Path) -> bool:
    """Tell whether a file can be gone on with; kill -9 or a full disk may have torn it."""
    try:
        MultiProcessCollector.merge([str(file)])  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - whatever is wrong with it, nothing but counts is lost
        return False
    return True


class Joined:
    """Several collectors as one: each family once, with the samples of all of them."""

    def __init__(self, collectors: Iterable[Collector]) -> None:
        self._collectors = list(collectors)

    def collect(self) -> Iterator[Metric]:
        """Return each family with everybody's samples."""
        families: dict[str, Metric] = {}
        for collector in self._collectors:
            for family in collector.collect():
                known = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                known.samples += family.samples
        yield from families.values()


def exposition(collectors: Iterable[Collector]) -> bytes:
    """Return what *collectors* know, as Prometheus reads it."""
    joined: Any = Joined(collectors)
    return generate_latest(joined)
