"""The chore that tells, rung by rung, of requests nobody was told of in time (K1)."""

from __future__ import annotations

from datetime import timedelta

from services.intake.storage import IntakeTransaction
from services.intake.storage.acknowledging import to_look_at
from services.intake.usecases.acknowledging import climb
from shared.chore import Chore
from shared.identity import Principal


class AcknowledgeClock(Chore[IntakeTransaction]):
    """Looks every five minutes, in one process; each rung is told with the moment of the next."""

    name = "acknowledgements"
    every = timedelta(minutes=5)

    def look(self) -> int:
        """Look at every clock whose time has come, some at a time; return how many."""
        seen = 0
        while self._is_any_due():
            with self._store.begin(actor=Principal.system("intake")) as tx:
                seen += climb(tx)
        return seen

    def _is_any_due(self) -> bool:
        with self._store.read() as tx:
            return bool(to_look_at(tx))
