"""The chore that keeps matching's clocks: prompts before, and rung by rung what is late.

Promise: one process looks, some referrals at a time. What it told is noted in the transaction
that tells it, so whoever is stopped in the middle goes on where it was.
"""

from __future__ import annotations

from datetime import timedelta

from services.matching.storage import MatchingTransaction
from services.matching.usecases.climbing import tell_of_referrals, tell_of_services
from services.matching.usecases.ending_deals import is_any_deal_ending, tell_of_deals
from shared.chore import Chore
from shared.identity import Principal

AT_ONCE = 100  # few enough that nobody who writes meanwhile waits long


class Clocks(Chore[MatchingTransaction]):
    """Looks at the referrals, services and agreements of which something is to be told."""

    name = "clocks"
    every = timedelta(minutes=1)

    def look(self) -> int:
        """Tell of everything that is due, some at a time; return how much was looked at."""
        looked = 0
        for tell in (tell_of_referrals, tell_of_services):
            while self._is_any_due() and not self.is_stopping:
                with self._store.begin(actor=Principal.system("matching")) as tx:
                    some = tell(tx, AT_ONCE)
                looked += some
                if some < AT_ONCE:
                    break
        return looked + self._look_at_deals()

    def _look_at_deals(self) -> int:
        with self._store.read() as tx:
            if not is_any_deal_ending(tx):
                return 0
        with self._store.begin(actor=Principal.system("matching")) as tx:
            return tell_of_deals(tx)

    def _is_any_due(self) -> bool:
        with self._store.read() as tx:
            return bool(tx.to_look_at(1) or tx.services_to_look_at(1))
