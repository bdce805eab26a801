"""Which other services the guide has for somebody whom one service cannot help.

Promise: only entries that everyone may see are suggested, for a suggestion is told to all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.usecases.alternatives import alternatives_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

MOST = 3


def suggested(referral: Referral, tx: MatchingTransaction) -> tuple[UUID, ...]:
    """Return the services to suggest instead, the best first; none once the request is erased."""
    return tuple(one.service_id for one in alternatives_for(referral, tx, most=MOST))
