"""The chore that keeps the clocks of consents: warned in time, ended on time, late ones told.

Promise: each moment is told once, in the transaction that notes it, by one process.
"""

from __future__ import annotations

from datetime import timedelta

from services.intake.storage import IntakeTransaction
from services.intake.usecases.consent_clockwork import due, tend
from shared.chore import Chore
from shared.identity import Principal


class ConsentClocks(Chore[IntakeTransaction]):
    """Looks at the consents of which something is due."""

    name = "consents"
    every = timedelta(minutes=1)

    def look(self) -> int:
        """Do everything that is due, some at a time; return how much it was."""
        done = 0
        while self._is_any_due():
            with self._store.begin(actor=Principal.system("intake")) as tx:
                done += tend(tx)
        return done

    def _is_any_due(self) -> bool:
        with self._store.read() as tx:
            return due(tx)
