"""The chore that lets a flag climb when nobody on duty has opened it within the hour.

Promise: each rung is told once, in the transaction that notes it, by one process; whoever comes
on duty meanwhile is told what waits.
"""

from __future__ import annotations

from datetime import timedelta

from services.intake.storage import IntakeTransaction
from services.intake.usecases.flagging import climb, is_any_due
from services.intake.usecases.handing_over import hand_over, is_any_to_hand_over
from shared.chore import Chore
from shared.identity import Principal


class DutyWatch(Chore[IntakeTransaction]):
    """Looks for flags that wait too long."""

    name = "duty"
    every = timedelta(seconds=30)

    def look(self) -> int:
        """Let every flag climb that must, or be handed over; return how many did."""
        with self._store.read() as tx:
            if not is_any_due(tx) and not is_any_to_hand_over(tx):
                return 0
        with self._store.begin(actor=Principal.system("intake")) as tx:
            return climb(tx) + hand_over(tx)
