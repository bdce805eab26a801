"""The chore that clears the coordinator's desk of what has settled itself.

Promise: a line ends only when its cause is gone, and that is recorded with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.storage import MatchingTransaction
from services.matching.usecases.desking import SETTLES_ITSELF, settle_lines
from shared.chore import Chore
from shared.identity import Principal

if TYPE_CHECKING:
    from uuid import UUID


AT_ONCE = 100


class DeskClearing(Chore[MatchingTransaction]):
    """Looks through the open lines of the desk; one process does."""

    name = "desk"
    every = timedelta(minutes=1)

    def look(self) -> None:
        """End every line whose cause is gone, some in each transaction."""
        after: UUID | None = None
        while not self.is_stopping:
            with self._store.read() as tx:
                if not tx.open_lines(SETTLES_ITSELF, after, 1):
                    return
            with self._store.begin(actor=Principal.system("matching")) as tx:
                after = settle_lines(tx, after, AT_ONCE)
            if after is None:
                return
