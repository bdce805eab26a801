"""The chore that lets a flag climb when nobody on duty has opened it within the hour.

Promise: each rung is told once, in the transaction that notes it, by one process.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.usecases.flagging import climb, is_any_due
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

EVERY = timedelta(seconds=30)


class DutyWatch:
    """Looks for flags that wait too long."""

    name = "duty"

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
        """Let every flag climb that must; return how many did."""
        with self._store.read() as tx:
            if not is_any_due(tx):
                return 0
        with self._store.begin(actor=Principal.system("intake")) as tx:
            return climb(tx)
