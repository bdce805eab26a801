"""The chore that keeps matching's clocks: prompts before, and rung by rung what is late.

Promise: one process looks, some referrals at a time. What it told is noted in the transaction
that tells it, so whoever is stopped in the middle goes on where it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.usecases.climbing import tell_of_referrals, tell_of_services
from services.matching.usecases.ending_deals import is_any_deal_ending, tell_of_deals
from shared.identity import Principal
from shared.storage.leading import look_while_leading

if TYPE_CHECKING:
    from threading import Event

    from services.matching.storage import MatchingTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=1)
AT_ONCE = 100  # few enough that nobody who writes meanwhile waits long


class Clocks:
    """Looks at the referrals, services and agreements of which something is to be told."""

    name = "clocks"

    def __init__(self, store: Store[MatchingTransaction], every: timedelta = EVERY) -> None:
        """Watch what is kept in *store*, at the start and then *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        look_while_leading(self._store.database.leader(self.name), self.look, self._every, stop)

    def look(self, stop: Event | None = None) -> int:
        """Tell of everything that is due, some at a time; return how much was looked at."""
        looked = 0
        for tell in (tell_of_referrals, tell_of_services):
            while self._is_any_due() and not (stop is not None and stop.is_set()):
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
