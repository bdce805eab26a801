"""What a person agreed to and could not be sent: tried again once it can be (T7).

Promise: nobody is proposed anywhere new by it; it sends only what was proposed, on the agreement
of today, to a service that has room and that may be asked today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.priority import Waiting
from services.matching.domain.transitions import Fact, Who
from services.matching.usecases.knowing import facts_of_all
from services.matching.usecases.settling import AUTOMATIC

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

TO_SEND = frozenset({Fact.AGREED, Fact.ASKABLE, Fact.DEAL})
SENDER = frozenset({Who.COORDINATOR})


def sendable(
    tx: MatchingTransaction, after: UUID | None, limit: int
) -> tuple[list[Waiting[UUID]], UUID | None]:
    """Return whose requests something can be sent of now, and where to look on, if anywhere.

    Where a partnership leaves sending to a worker there are none.
    """
    if tx.sending() != AUTOMATIC:
        return [], None
    rows = tx.proposed(after, limit)
    facts = facts_of_all([(row, SENDER) for row in rows], tx)
    found = (row for row in rows if facts[row.id] >= TO_SEND)
    useful = [_waiting(row) for row in found if not tx.is_restricted(row.request_id)]
    return useful, rows[-1].id if len(rows) == limit else None


def _waiting(row: Referral) -> Waiting[UUID]:
    since = row.submitted_at or row.created_at
    return Waiting(row.request_id, row.urgency, row.threshold, since)
