"""What a service's tables tell when they are asked: backlog, parked mail, alarms, size.

Promise: it is true whichever process asks, because it is read then. A database that cannot be
read is told as such; the answer comes all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from shared.errors import OnwardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from shared.storage import Store, Transaction

UNREADABLE = (OnwardError, SQLAlchemyError, OSError)
_BYTES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many announcements wait to be carried, and how old the oldest is, in seconds."""

    count: int
    since: datetime | None
    seconds: float


def backlog(tx: Transaction) -> Backlog:
    """Return what this service has announced and nobody has carried yet."""
    outbox = tx.table("outbox")
    waiting = outbox.c.published_at.is_(None)
    count, oldest = func.count().label("waiting"), func.min(outbox.c.created_at).label("oldest")
    row = tx.execute(select(count, oldest).where(waiting)).one()
    age = (tx.now - row.oldest).total_seconds() if row.oldest else 0.0
    return Backlog(row.waiting, row.oldest, max(0.0, age))


def size_of(tx: Transaction) -> int:
    """Return how many bytes the database takes."""
    kind = tx.execute(select(1)).dialect.name
    return int(tx.execute(text(_BYTES[kind])).scalar() or 0)


class TableMetrics:
    """Reads one service's tables whenever it is scraped."""

    def __init__(self, store: Store[Any]) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Return what the tables tell now."""
        families: list[Metric] = []
        try:
            with self._store.read() as tx:
                families += self._told(tx)
        except UNREADABLE:
            yield self._gauge("onward_database_up", "Whether the database can be read.", 0)
            return
        yield self._gauge("onward_database_up", "Whether the database can be read.", 1)
        yield from families

    def _told(self, tx: Transaction) -> Iterator[Metric]:
        waiting = backlog(tx)
        yield self._gauge("onward_outbox_unpublished", "Messages not yet carried.", waiting.count)
        yield self._gauge(
            "onward_outbox_lag_seconds",
            "Age of the oldest message not yet carried.",
            waiting.seconds,
        )
        outbox, failures = tx.table("outbox"), tx.table("inbox_failure")
        numbered = tx.execute(select(func.max(outbox.c.producer_seq))).scalar() or 0
        announced = CounterMetricFamily(
            "onward_messages_announced", "Messages this producer has numbered.", labels=["service"]
        )
        announced.add_metric([self._store.service], numbered)
        yield announced
        depth = tx.execute(select(func.count()).select_from(failures)).scalar() or 0
        yield self._gauge("onward_parked_messages", "Messages that wait for an operator.", depth)
        yield self._gauge("onward_database_bytes", "Size of the database.", size_of(tx))
        yield self._alarms(tx)

    def _alarms(self, tx: Transaction) -> Metric:
        told = "Alarms that stand; the runbook has a heading for each."
        names = tx.all(select(tx.table("alarms").c.name))
        counts = {row.name: 1 for row in names}
        return by_label("onward_alarm_standing", told, self._store.service, "alarm", counts)

    def _gauge(self, name: str, told: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(name, told, labels=["service"])
        gauge.add_metric([self._store.service], value)
        return gauge


class Counted:
    """A gauge by one label, asked of the tables by a service's own question."""

    def __init__(
        self,
        store: Store[Any],
        name: str,
        told: str,
        label: str,
        question: Callable[[Any], Mapping[str, int]],
    ) -> None:
        self._store, self._question = store, question
        self._name, self._told, self._label = name, told, label

    def collect(self) -> Iterator[Metric]:
        """Return what the question answers now; nothing where the database cannot be read."""
        try:
            with self._store.read() as tx:
                counts = self._question(tx)
        except UNREADABLE:
            return
        yield by_label(self._name, self._told, self._store.service, self._label, counts)


def by_label(
    name: str, told: str, service: str, label: str, counts: Mapping[str, int]
) -> GaugeMetricFamily:
    """Return a gauge with one sample for each of *counts*."""
    gauge = GaugeMetricFamily(name, told, labels=["service", label])
    for value, number in sorted(counts.items()):
        gauge.add_metric([service, value], number)
    return gauge
