"""The chore that tells of names to hide from for which no coordinator has looked in time.

Promise: each working day it is told once, in the transaction that notes it, by one process.
"""

from __future__ import annotations

from datetime import timedelta

from services.intake.storage import IntakeTransaction
from services.intake.usecases.names_waiting import any_late, tell_late
from shared.chore import Chore
from shared.identity import Principal


class NamesWatch(Chore[IntakeTransaction]):
    """Looks for names that wait too long."""

    name = "names-to-find"
    every = timedelta(minutes=5)

    def look(self) -> int:
        """Tell of every look that is late by now; return of how many."""
        with self._store.read() as tx:
            if not any_late(tx):
                return 0
        with self._store.begin(actor=Principal.system("intake")) as tx:
            return tell_late(tx)
