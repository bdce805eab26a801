"""The receiver begins to look (T8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.messages import ReferralOpened
from services.matching.usecases.commanding import commanded
from services.matching.usecases.stepping import taken_by

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction


def open_referral(referral_id: UUID, version: int | None, tx: MatchingTransaction) -> None:
    """Note that the receiver has begun to look (T8)."""
    referral, row = commanded(referral_id, "open", version, tx)
    now = tx.move(referral, row, **taken_by(referral, tx))
    event = ReferralOpened(
        referral_id=referral.id,
        request_id=referral.request_id,
        service_id=referral.service_id,
        agency_id=referral.agency_id,
    )
    tx.announce(event, sequence=now)
