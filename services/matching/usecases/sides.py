"""What every step of a referral tells of it: which one, and its two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from services.matching.domain.transitions import state_before
from services.matching.usecases.telling import tell_if_free_is

if TYPE_CHECKING:
    from services.matching.domain.transitions import State
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

SIDES = ("request_id", "reference", "service_id", "agency_id", "referrer_agency_id")


def sides(referral: Referral) -> dict[str, Any]:
    """Return the ids that a step of *referral* is told with."""
    return {"referral_id": referral.id, **{name: getattr(referral, name) for name in SIDES}}


def beside(event: object) -> dict[str, Any]:
    """Return what *event* tells beside its sides, as it is kept in the history."""
    told: dict[str, Any] = orjson.loads(orjson.dumps(event))
    return {name: value for name, value in told.items() if name not in {"referral_id", *SIDES}}


def was_sent(referral: Referral) -> bool:
    """Tell whether the agency knows of *referral*."""
    return referral.sent_at is not None


def release(referral: Referral, tx: MatchingTransaction) -> None:
    """Give back the place held for a referral that is over, if one was."""
    if tx.release_place(referral.service_id, referral.id):
        tell_if_free_is(1, referral.service_id, tx)


def goes_on(referral: Referral, tx: MatchingTransaction) -> State:
    """Return where a referral that paused goes on."""
    return state_before([(e.transition, e.event) for e in tx.history([referral.id])[referral.id]])
