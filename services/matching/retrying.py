"""The chore that tries again what a person agreed to and could not be sent.

Promise: one process looks; it writes only where something can be sent now, a request at a time,
in the order of every queue here: the urgent first, then by risk and by how long they have waited.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.domain.priority import queue
from services.matching.usecases.retrying import sendable
from services.matching.usecases.settling import settle
from shared.identity import Principal
from shared.storage.leading import look_while_leading

if TYPE_CHECKING:
    from threading import Event
    from uuid import UUID

    from services.matching.domain.priority import Waiting
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
        for request_id in self._in_order(stop):
            if stop is not None and stop.is_set():
                return
            with self._store.begin(actor=Principal.system("matching")) as tx:
                settle(request_id, tx)

    def _in_order(self, stop: Event | None) -> list[UUID]:
        """Return the requests that can be sent now, whoever to help first first."""
        waits: dict[UUID, Waiting[UUID]] = {}
        after: UUID | None = None
        while not (stop is not None and stop.is_set()):
            with self._store.read() as tx:
                found, after = sendable(tx, after, AT_ONCE)
            for one in found:
                waits.setdefault(one.what, one)
            if after is None:
                return [place.what for place in queue(waits.values(), tx.now)]
        return []
