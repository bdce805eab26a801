"""The chore that looks for stops nobody has confirmed in time."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.usecases.climbing import tell_of_late_stops
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event

    from services.matching.storage import MatchingTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=5)


class LateStops:
    """Looks every five minutes; beside another process it tells nothing twice."""

    name = "late-stops"

    def __init__(self, store: Store[MatchingTransaction], every: timedelta = EVERY) -> None:
        """Watch the referrals in *store*."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        while True:
            # Looked at again later where the database cannot be used; it says so elsewhere.
            with suppress(Transient):
                self._look()
            if stop.wait(self._every.total_seconds()):
                return

    def _look(self) -> None:
        with self._store.read() as tx:
            late = bool(tx.late_stops())
        if late:
            with self._store.begin(Principal.system("matching")) as tx:
                tell_of_late_stops(tx)
