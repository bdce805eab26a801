"""Alarms about a service's own queues: mail is parked, or the queue is missing."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from shared.alarms import clear_alarm, raise_alarm
from shared.bus.topology import depth, parked_queue
from shared.errors import Transient

if TYPE_CHECKING:
    from kombu.connection import Connection

    from shared.bus.worker import Worker

LOOK = 30.0


class ParkedAlarm:
    """Sees what the broker has parked by itself, because a message killed its reader again."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._looked = -LOOK

    def look(self, connection: Connection) -> None:
        """Raise the alarm while mail is parked, clear it when none is left."""
        if monotonic() - self._looked < LOOK:
            return
        self._looked = monotonic()
        found = depth(connection, parked_queue(self._worker.name))
        with suppress(Transient):
            self._tell(found.messages if found else 0)

    def missing(self, *, missing: bool) -> None:
        """Raise the alarm that the queue is missing, or clear it."""
        with suppress(Transient), self._worker.store.begin() as tx:
            if missing:
                fact = f"the broker has no queue for {self._worker.name}"
                raise_alarm(tx, "queue_missing", fact, "queue-missing")
            else:
                clear_alarm(tx, "queue_missing")

    def _tell(self, parked: int) -> None:
        failures = self._worker.store.metadata.tables["inbox_failure"]
        with self._worker.store.begin() as tx:
            if parked:
                fact = f"{parked} messages of {self._worker.name} are parked"
                raise_alarm(tx, "parked_mail", fact, "parked-mail")
            elif not tx.execute(select(func.count()).select_from(failures)).scalar():
                clear_alarm(tx, "parked_mail")
