"""The clocks of a request that is restricted: they stand still as long as it is.

Promise: when it ends nothing is told at once that was missed meanwhile, and no list puts in
front what nobody may go on with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from services.matching.domain.resting import rested, woken
from services.matching.storage import tables as t
from services.matching.storage.clock_columns import columns

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction


def rest_or_wake(request_id: UUID, tx: MatchingTransaction) -> None:
    """Let the clocks of a request stand still while it is restricted, and run on afterwards."""
    restricted, calendar = tx.is_restricted(request_id), tx.calendar()
    for row in tx.referrals_of_request(request_id):
        running = tx.clocks_of(row)
        if running is not None:
            now = rested(running, tx.now) if restricted else woken(running, tx.now, calendar)
            mine = update(t.referral).where(t.referral.c.id == row.id)
            tx.execute(mine.values(**columns(now, calendar)))
