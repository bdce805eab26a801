"""The chore that tells of names to hide from for which no coordinator has looked in time.

Promise: each working day it is told once, in the transaction that notes it, by one process.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.usecases.names_waiting import any_late, tell_late
from shared.identity import Principal
from shared.storage.leading import look_while_leading

if TYPE_CHECKING:
    from threading import Event

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=5)


class NamesWatch:
    """Looks for names that wait too long."""

    name = "names-to-find"

    def __init__(self, store: Store[IntakeTransaction], every: timedelta = EVERY) -> None:
        """Look *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        look_while_leading(self._store.database.leader(self.name), self.look, self._every, stop)

    def look(self, stop: Event | None = None) -> int:
        """Tell of every look that is late by now; return of how many."""
        del stop
        with self._store.read() as tx:
            if not any_late(tx):
                return 0
        with self._store.begin(actor=Principal.system("intake")) as tx:
            return tell_late(tx)
