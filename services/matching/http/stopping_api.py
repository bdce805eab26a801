"""Questions, and what stops or takes back a referral, for partners' systems."""

from __future__ import annotations

from typing import Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from services.matching.http.referrals_api import Answer, act, bp, seen_version
from services.matching.http.schemas import (
    AcknowledgeBody,
    AnswerBody,
    AskBody,
    CancelBody,
    CommentBody,
    ReferralShape,
    WithdrawBody,
)
from services.matching.usecases import (
    Reason,
    acknowledge,
    answer,
    ask,
    cancel,
    confirm_cancel,
    refuse_cancel,
    withdraw,
)
from shared.web.access import client


@bp.post("/<uuid:referral_id>/ask")
@bp.arguments(AskBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_ask(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Ask what is needed to decide; the question is kept as a note."""
    return act(referral_id, lambda tx: ask(referral_id, seen_version(), body["question"], tx))


@bp.post("/<uuid:referral_id>/answer")
@bp.arguments(AnswerBody)
@bp.response(200, ReferralShape)
@client("referral.respond", "referral.submit", either=True)
def post_answer(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Answer the question; the receiver of what a person asked for themselves does it for them."""
    return act(referral_id, lambda tx: answer(referral_id, seen_version(), body["answer"], tx))


@bp.post("/<uuid:referral_id>/cancel")
@bp.arguments(CancelBody)
@bp.response(200, ReferralShape)
@client("referral.submit")
def post_cancel(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Take back what is unopened, or ask the receiver to stop."""
    why = Reason(body["reason"], body["comment"])
    return act(referral_id, lambda tx: cancel(referral_id, seen_version(), why, tx))


@bp.post("/<uuid:referral_id>/confirm-cancel")
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_confirm_cancel(referral_id: UUID) -> Answer:
    """Stop, as the referrer asked."""
    return act(referral_id, lambda tx: confirm_cancel(referral_id, seen_version(), tx))


@bp.post("/<uuid:referral_id>/refuse-cancel")
@bp.arguments(CommentBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_refuse_cancel(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Go on, and say why."""
    why = body["comment"]
    return act(referral_id, lambda tx: refuse_cancel(referral_id, seen_version(), why, tx))


@bp.post("/<uuid:referral_id>/acknowledge")
@bp.arguments(AcknowledgeBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_acknowledge(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Confirm the stop, or name the ground in law to keep what you have."""
    basis = body["basis"]
    return act(referral_id, lambda tx: acknowledge(referral_id, seen_version(), basis, tx))


@bp.post("/<uuid:referral_id>/withdraw")
@bp.arguments(WithdrawBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_withdraw(body: dict[str, Any], referral_id: UUID) -> Answer:
    """End what was taken on, and say why; what was halted ends for the reason of that."""
    why = Reason(body["reason"], body["comment"])
    return act(referral_id, lambda tx: withdraw(referral_id, seen_version(), why, tx))
