"""The loop that takes a file of entries in, a few rows at a time.

Promise: it never holds the database for long, for others answer referrals meanwhile. Whatever
stops it leaves whole rows behind, and the same file again goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.importing import read_file
from services.matching.usecases.importing import DEFAULT_LISTED, Import, Imported

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction
    from shared.identity import Principal
    from shared.storage import Store

ROWS = 40


def import_file(
    raw: bytes,
    store: Store[MatchingTransaction],
    actor: Principal | None = None,
    *,
    listed: str = DEFAULT_LISTED,
    write: bool = True,
) -> Imported:
    """Take the entries of a file into the guide, or without *write* only tell what would come."""
    reading = read_file(raw)
    importing = Import(reading, listed=listed, write=write)
    if not write:
        with store.read(actor=actor) as tx:
            importing.take(reading.drafts, tx)
        return importing.result
    for begin in range(0, len(reading.drafts), ROWS):
        with store.begin(actor=actor) as tx:
            importing.take(reading.drafts[begin : begin + ROWS], tx)
    return importing.result
