"""How the doctor looks: at databases, queues, programs, the log and the disk.

Promise: it changes nothing, and what cannot be looked at is said and does not hide the rest.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from deploy.broker import Broker
from deploy.doctor_facts import (
    DatabaseFacts,
    Facts,
    LogFacts,
    ParkedFact,
    QueueFacts,
    ServiceFacts,
)
from deploy.served.broker_users import administrator_of
from deploy.served.supervising import LOST as UNSUPERVISED
from deploy.served.supervising import Supervisor
from services.audit.tables import checkpoint, entry
from shared.alarms import alarms
from shared.bus import topology
from shared.bus.connecting import LOST, connected, origin_of
from shared.bus.parked import parked
from shared.bus.users import VHOST
from shared.clock import SystemClock
from shared.errors import OnwardError
from shared.identity import Principal
from shared.metrics_tables import backlog, size_of
from shared.storage import Transaction, metadata_for
from shared.storage.database import open_database
from shared.storage.failures import translated
from shared.storage.schema import VERSION, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kombu.connection import Connection

    from deploy.served.plan import Plan
    from shared.bus.parked import Parked
    from shared.settings import Settings

ROOT = Path(__file__).parent.parent
SERVICES = ("identity", "intake", "matching", "notify", "audit")
FAULTS = (OnwardError, SQLAlchemyError, OSError)


class Look:
    """One service's database, opened only to read; it is not made if it is not there."""

    def __init__(self, service: str, where: Path | str) -> None:
        self.service, self._where = service, where
        self.metadata = metadata_for(service)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a snapshot."""
        if isinstance(self._where, Path) and not self._where.exists():
            raise OnwardError(f"there is no {self._where}")
        database = open_database(self._where)
        now, who = SystemClock().now(), Principal.system(self.service)
        tables: Any = self.metadata.tables
        try:
            with translated(self.service), database.reading() as connection:
                yield Transaction(connection, tables, now=now, actor=who)
        finally:
            database.close()


def look(settings: Settings, plan: Plan | None) -> Facts:
    """Return everything there is to know about a deployment now."""
    leaders = _leaders(plan)
    return Facts(
        served=bool(settings.brokers),
        folder=_shown(settings.var),
        at=SystemClock().now(),
        services=tuple(_service(name, settings, leaders) for name in SERVICES),
        log=_log(settings),
        broker=_broker(settings, leaders),
        wrong_queues=_wrong_queues(plan),
        programs=_programs(plan),
        free=_free(settings, plan),
    )


def _service(name: str, settings: Settings, leaders: Mapping[str, str] | None) -> ServiceFacts:
    found: dict[str, Any] = {}
    url = settings.amqp(name)
    try:
        found["database"] = _database(Look(name, settings.database(name)), served=bool(url))
    except FAULTS as error:
        found["database_fault"] = _sentence(error)
    if url:
        try:
            found |= _queues(name, url, leaders)
        except (*FAULTS, *LOST) as error:
            found["broker_fault"] = _sentence(error)
    return ServiceFacts(name, **found)


def _database(at: Look, *, served: bool) -> DatabaseFacts:
    with at.read() as tx:
        facts = DatabaseFacts(
            size=size_of(tx),
            step=_step(tx),
            expected=head_of(ROOT / "services" / at.service / "migrations"),
            waiting=backlog(tx),
            alarms=tuple(alarms(tx)),
        )
        noted = tx.all(select(tx.table("inbox_failure")))
    if served:
        told = f"for {at.service}"
        set_aside = [ParkedFact(str(row.message_id), told, row.error, row.at) for row in noted]
    else:
        announcer: Any = at
        set_aside = [
            ParkedFact(str(one.message_id), told_of(one), one.reason, one.since)
            for one in parked(announcer)
        ]
    return replace(facts, parked=tuple(set_aside))


def told_of(one: Parked) -> str:
    """Return what a parked message is, from whom and for whom."""
    return f"{one.type} from {one.announcer} for {one.subscriber}"


def _step(tx: Transaction) -> str | None:
    if not inspect(tx.execute(select(1)).connection).has_table(VERSION.name):
        return None
    step: str | None = tx.execute(select(VERSION.c.version_num)).scalar()
    return step


def _broker(settings: Settings, leaders: Mapping[str, str] | None) -> str:
    places = {urlsplit(url).netloc.rpartition("@")[2] for url in settings.brokers.values()}
    led = "who leads its queues is not known"
    if leaders is not None:
        led = f"{sum(map(bool, leaders.values()))} of {len(leaders)} queues have a leader"
    return f"{', '.join(sorted(places))}; {led}"


def _queues(name: str, url: str, leaders: Mapping[str, str] | None) -> dict[str, QueueFacts]:
    with connected(url, origin_of(name)) as connection:
        queues = {"work": topology.work_queue(name), "parked": topology.parked_queue(name)}
        return {what: _queue(connection, queue, leaders) for what, queue in queues.items()}


def _queue(connection: Connection, name: str, leaders: Mapping[str, str] | None) -> QueueFacts:
    found = topology.depth(connection, name)
    if found is None:
        return QueueFacts(name, exists=False)
    leader = None if leaders is None else leaders.get(name, "")
    return QueueFacts(name, True, found.messages, found.consumers, leader)  # noqa: FBT003 - exists


def _leaders(plan: Plan | None) -> Mapping[str, str] | None:
    """Return who leads each queue; only the node itself can be asked, and only a private one."""
    if plan is None or not (plan.folder / "broker" / "node.json").exists():
        return None
    listing = ("list_queues", "-p", VHOST, "name", "leader", "online", "--formatter", "json")
    try:
        said = json.loads(Broker(plan.folder / "broker").control(*listing))
    except (*FAULTS, ValueError):
        return None
    return {row["name"]: str(row["leader"] or "") if row["online"] else "" for row in said}


def _wrong_queues(plan: Plan | None) -> tuple[str, ...]:
    """Return what is declared otherwise than this version needs; bindings cannot be seen."""
    if plan is None or "broker" not in plan.administrators:
        return ()
    url = administrator_of(plan.administrators["broker"])
    try:
        found = topology.check(url, dict.fromkeys(SERVICES))
    except (*FAULTS, *LOST):
        return ()  # told by each service's own look
    return tuple(fault for fault in found if not fault.endswith("is missing"))


def _programs(plan: Plan | None) -> Mapping[str, str] | None:
    if plan is None:
        return None
    try:
        return Supervisor(plan).states()
    except UNSUPERVISED:
        return {"supervisor": "down"}


def _log(settings: Settings) -> LogFacts | None:
    try:
        with Look("audit", settings.database("audit")).read() as tx:
            last = func.max(entry.c.seq).label("last")
            row = tx.execute(select(last, func.max(entry.c.recorded_at).label("newest"))).one()
            head = tx.one(select(checkpoint).order_by(checkpoint.c.tree_size.desc()).limit(1))
    except FAULTS:
        return None
    entries = 0 if row.last is None else row.last + 1
    return LogFacts(entries, head.tree_size, head.root.hex(), row.newest) if head else (
        LogFacts(entries, 0, "", row.newest)
    )  # fmt: skip


def _free(settings: Settings, plan: Plan | None) -> Mapping[str, int]:
    """Return how much may still be written, by folder; those of one disk are told once."""
    folders = {one.stat().st_dev: one for one in reversed(_folders(settings, plan))}
    return {_shown(one): _room(one) for one in reversed(folders.values())}


def _folders(settings: Settings, plan: Plan | None) -> list[Path]:
    found = [settings.var]
    server = plan.folder / "database" / "server.json" if plan else None
    if server and server.exists():
        found.append(Path(json.loads(server.read_text("utf-8"))["data"]))
    return [one for one in found if one.exists()]


def _room(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _shown(folder: Path) -> str:
    return min(str(folder), os.path.relpath(folder), key=len)


def _sentence(error: Exception) -> str:
    """Return what went wrong as one line; a driver may tell more."""
    said = str(error) if isinstance(error, OnwardError) else type(error).__name__
    return " ".join(said.split())[:200]
