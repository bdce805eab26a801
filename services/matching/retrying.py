"""The chore that tries again what a person agreed to and could not be sent.

Promise: one process looks; it writes only where something can be sent now, a request at a time,
whoever has waited longest first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.usecases.retrying import sendable
from services.matching.usecases.settling import settle
from shared.identity import Principal
from shared.storage.leading import look_while_leading

if TYPE_CHECKING:
    from threading import Event
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=1)
AT_ONCE = 100


class Retrying:
    """Looks whether room has come back, or an agreement between agencies; one process does."""

    name = "retrying"

    def __init__(self, store: Store[MatchingTransaction], every: timedelta = EVERY) -> None:
        """Try again what is kept in *store*, *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        look_while_leading(self._store.database.leader(self.name), self.look, self._every, stop)

    def look(self, stop: Event | None = None) -> None:
        """Send whatever can be sent now, each request in a transaction of its own."""
        after: UUID | None = None
        while not (stop is not None and stop.is_set()):
            with self._store.read() as tx:
                found, after = sendable(tx, after, AT_ONCE)
            for request_id in found:
                with self._store.begin(actor=Principal.system("matching")) as tx:
                    settle(request_id, tx)
            if after is None:
                return
