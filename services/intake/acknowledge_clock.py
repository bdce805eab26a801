"""The chore that tells, rung by rung, of requests nobody was told of in time (K1)."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake.storage.acknowledging import to_look_at
from services.intake.usecases.acknowledging import climb
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=5)


class AcknowledgeClock:
    """Looks every five minutes, in one process; each rung is told with the moment of the next."""

    name = "acknowledgements"

    def __init__(self, store: Store[IntakeTransaction], every: timedelta = EVERY) -> None:
        """Watch the requests in *store*."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        leadership = self._store.database.leader(self.name)
        while not stop.wait(self._every.total_seconds()):
            # Looked at again later where the database cannot be used; it says so elsewhere.
            with suppress(Transient):
                if leadership.held():
                    self.look()
        leadership.release()

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
