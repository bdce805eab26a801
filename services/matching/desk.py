"""The chore that clears the coordinator's desk of what has settled itself.

Promise: a line ends only when its cause is gone, and that is recorded with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.usecases.desking import SETTLES_ITSELF, settle_lines
from shared.identity import Principal
from shared.storage.leading import look_while_leading

if TYPE_CHECKING:
    from threading import Event
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from shared.storage import Store

EVERY = timedelta(minutes=1)
AT_ONCE = 100


class DeskClearing:
    """Looks through the open lines of the desk; one process does."""

    name = "desk"

    def __init__(self, store: Store[MatchingTransaction], every: timedelta = EVERY) -> None:
        """Clear the desk kept in *store*, *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Look until told to stop."""
        look_while_leading(self._store.database.leader(self.name), self.clear, self._every, stop)

    def clear(self, stop: Event | None = None) -> None:
        """End every line whose cause is gone, some in each transaction."""
        after: UUID | None = None
        while not (stop is not None and stop.is_set()):
            with self._store.read() as tx:
                if not tx.open_lines(SETTLES_ITSELF, after, 1):
                    return
            with self._store.begin(actor=Principal.system("matching")) as tx:
                after = settle_lines(tx, after, AT_ONCE)
            if after is None:
                return
