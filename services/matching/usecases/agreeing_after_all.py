"""Somebody said no to an agency that was only thought of, and says yes now.

Promise: the service is proposed afresh, naming the proposal that was taken back, and goes the
way of any other; nothing that ended for another reason is taken up by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.transitions import State
from services.matching.usecases.cancelling import REFUSED_BY_PERSON
from services.matching.usecases.reopening import propose_again

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral


def propose_what_was_refused(
    request_id: UUID, agencies: Collection[UUID], tx: MatchingTransaction
) -> None:
    """Propose again what the person had refused to *agencies*, which may know now (T5)."""
    refused = [one for one in _newest(request_id, tx) if _is_unsent(one, agencies)]
    if not refused or not tx.requests_alive([request_id]):
        return
    agreement = tx.agreement(request_id)
    steps = tx.history([one.id for one in refused])
    for old in refused:
        hidden = agreement.hides(old.agency_id, old.service_id)
        if steps[old.id][-1].reason == REFUSED_BY_PERSON and not hidden:
            propose_again(old, tx)


def _newest(request_id: UUID, tx: MatchingTransaction) -> list[Referral]:
    """Return the newest referral of a request to each service."""
    rows = tx.referrals_of_request(request_id) if tx.is_placed(request_id) else []
    return list({row.service_id: row for row in sorted(rows, key=lambda row: row.id)}.values())


def _is_unsent(one: Referral, agencies: Collection[UUID]) -> bool:
    return one.state == State.CANCELLED and one.sent_at is None and one.agency_id in agencies
