"""The chore that lets a flag climb when nobody on duty has opened it within the hour.

Promise: each rung is told once, in the transaction that notes it, by one process.
"""

from __future__ import annotations

from datetime import timedelta

from services.intake.storage import IntakeTransaction
from services.intake.usecases.flagging import climb, is_any_due
from shared.chore import Chore
from shared.identity import Principal


class DutyWatch(Chore[IntakeTransaction]):
    """Looks for flags that wait too long."""

    name = "duty"
    every = timedelta(seconds=30)

    def look(self) -> int:
        """Let every flag climb that must; return how many did."""
        with self._store.read() as tx:
            if not is_any_due(tx):
                return 0
        with self._store.begin(actor=Principal.system("intake")) as tx:
            return climb(tx)
