"""Which other services the guide has for somebody whom one service cannot help.

Promise: only entries that everyone may see are suggested, for a suggestion is told to all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.usecases.checking import check_eligibility
from services.matching.usecases.freezing import situation_of

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

MOST = 3
SHOWN = ("public",)


def suggested(referral: Referral, tx: MatchingTransaction) -> tuple[UUID, ...]:
    """Return the services to suggest instead, the best first; none once the request is erased."""
    copy = tx.request_copy(referral.request_id)
    if copy is None:
        return ()
    found = check_eligibility(situation_of(copy, copy.source), SHOWN, tx)
    asked = tx.services_asked(referral.request_id)
    fitting = (one for one in found if one.rank is not None and one.row.id not in asked)
    return tuple(one.row.id for one in fitting)[:MOST]
