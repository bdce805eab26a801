"""A referral that ends without an answer, and gives its place back (T25, T28, T38)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.transitions import step
from services.matching.messages import ReferralVoided, ReferralWithdrawn
from services.matching.usecases.sides import release, sides, was_sent
from shared.bus.told_by_many import RequestShredded
from shared.codes import codes

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

UNWANTED, NOT_NEEDED = "NO_LONGER_WANTED", "PLAN_CHANGED"
WITH_REQUEST, VOIDED = step("T38", "withdrawn"), step("T38", "voided")
MISTAKE = "MADE_IN_ERROR"
OTHERWISE = {
    "withdrawn": "NO_LONGER_WANTED",
    "erased": "NO_LONGER_WANTED",
    "closed": "PLAN_CHANGED",
}


def end_of_request(ended_by: str, said: str | None) -> str:
    """Return the code of 3-domain 2.2 for how a request ended."""
    if ended_by == "voided":
        return MISTAKE
    if said is not None and said in codes("end_reasons"):
        return said
    return NOT_NEEDED if ended_by == "closed" else UNWANTED


def end_with_request(referral: Referral, news: Row[Any], tx: MatchingTransaction) -> None:
    """End a referral because its request is over (T38)."""
    if news.ended_by != "voided":
        withdraw_for(referral, WITH_REQUEST, news.reason, tx)
        return
    version = tx.move(referral, VOIDED, reason=news.reason, **_over(tx))
    release(referral, tx)
    event = ReferralVoided(**sides(referral), reason=news.reason, sent=was_sent(referral))
    tx.announce(event, sequence=version)


def withdraw_for(referral: Referral, row: Transition, reason: str, tx: MatchingTransaction) -> None:
    """End a referral along *row*, and tell why by code."""
    version = tx.move(referral, row, reason=reason, **_over(tx))
    release(referral, tx)
    event = ReferralWithdrawn(
        **sides(referral),
        reason=reason,
        sent=was_sent(referral),
        with_request=row is WITH_REQUEST,
    )
    tx.announce(event, sequence=version)


def shred(request_id: UUID, tx: MatchingTransaction) -> None:
    """Destroy what is kept of an erased request here, and say so."""
    tx.forget_cases(request_id)
    keys = tx.forget_request(request_id)
    tx.announce(RequestShredded(request_id=request_id, service="matching", keys=keys))


def _over(tx: MatchingTransaction) -> dict[str, Any]:
    """Return what is written of every referral that ends."""
    return {"answered_at": tx.now}
