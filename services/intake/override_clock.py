"""The chore that tells, rung by rung, of overrides at which no second person has looked."""

from __future__ import annotations

from datetime import timedelta

from services.intake.storage import IntakeTransaction
from services.intake.storage.overrides import unreviewed_since
from services.intake.usecases.reviewing import climb_ladder
from shared.chore import Chore
from shared.identity import Principal


class OverrideClock(Chore[IntakeTransaction]):
    """Looks for late reviews and lets each climb its ladder."""

    name = "override-reviews"
    every = timedelta(minutes=1)

    def look(self) -> int:
        """Tell of what is late by now; return how many rungs were climbed."""
        with self._store.read() as tx:
            late = unreviewed_since(tx.now, tx)
        if not late:
            return 0
        with self._store.begin(Principal.system("intake")) as tx:
            return climb_ladder(tx)
