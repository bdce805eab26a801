"""The chore that tries again what a person agreed to and could not be sent.

Promise: one process looks; it writes only where something can be sent now, a request at a time,
in the order of every queue here: the urgent first, then by risk and by how long they have waited.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.domain.priority import queue
from services.matching.storage import MatchingTransaction
from services.matching.usecases.retrying import sendable
from services.matching.usecases.settling import settle
from shared.chore import Chore
from shared.identity import Principal

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.domain.priority import Waiting

AT_ONCE = 100


class Retrying(Chore[MatchingTransaction]):
    """Looks whether room has come back, or an agreement between agencies; one process does."""

    name = "retrying"
    every = timedelta(minutes=1)

    def look(self) -> None:
        """Send whatever can be sent now, each request in a transaction of its own."""
        for request_id in self._in_order():
            if self.is_stopping:
                return
            with self._store.begin(actor=Principal.system("matching")) as tx:
                settle(request_id, tx)

    def _in_order(self) -> list[UUID]:
        """Return the requests that can be sent now, whoever to help first first."""
        waits: dict[UUID, Waiting[UUID]] = {}
        after: UUID | None = None
        while not self.is_stopping:
            with self._store.read() as tx:
                found, after = sendable(tx, after, AT_ONCE)
            for one in found:
                waits.setdefault(one.what, one)
            if after is None:
                return [place.what for place in queue(waits.values(), tx.now)]
        return []
