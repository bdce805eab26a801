"""An alarm while announcements wait too long for their carrier.

Promise: it is raised by a chore of the announcer itself, and told by /readyz even where that
chore does not run, so that a dead carrier cannot hide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select

from shared.alarms import clear_alarm, raise_alarm
from shared.errors import Transient
from shared.metrics_tables import backlog

if TYPE_CHECKING:
    import threading

    from shared.metrics_tables import Backlog
    from shared.storage import Store, Transaction

ALARM = "messages_waiting"
LIMIT = 60.0  # seconds
EVERY = 5.0
log = structlog.get_logger("onward.lag")


class LagWatch:
    """Looks at one service's outbox every few seconds."""

    name = "lag-watch"

    def __init__(self, store: Store[Any]) -> None:
        self._store = store

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.wait(EVERY):
            try:
                self.look()
            except Transient as error:
                log.warning("lag_watch_waits", reason=type(error).__name__)

    def look(self) -> None:
        """Raise the alarm or take it down, if either is due."""
        with self._store.read() as tx:
            waiting, stands = backlog(tx), _stands(tx)
        if is_late(waiting) == stands:
            return
        with self._store.begin() as tx:
            if stands:
                clear_alarm(tx, ALARM)
            else:
                fact = f"{waiting.count} messages wait, the oldest since {waiting.since:%F %T}"
                raise_alarm(tx, ALARM, fact, "messages-waiting")


def is_late(waiting: Backlog) -> bool:
    """Tell whether what waits has waited too long."""
    return waiting.seconds > LIMIT


def _stands(tx: Transaction) -> bool:
    alarms = tx.table("alarms")
    return tx.one(select(alarms.c.name).where(alarms.c.name == ALARM)) is not None
