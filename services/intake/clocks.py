"""The chore that keeps the clocks of consents: warned in time, ended on time, late ones told.

Promise: each moment is told once, in the transaction that notes it, by one process.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.usecases.consent_clockwork import due, tend
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=1)


class ConsentClocks:
    """Looks at the consents of which something is due."""

    name = "consents"

    def __init__(self, store: Store[IntakeTransaction], every: timedelta = EVERY) -> None:
        """Look *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        leadership = self._store.database.leader(self.name)
        while not stop.wait(self._every.total_seconds()):
            # Tried again where the database cannot be written; it says so elsewhere.
            with suppress(Transient):
                if leadership.held():
                    self.look()
        leadership.release()

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
