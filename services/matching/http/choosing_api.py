"""Sending what was proposed, for partners' systems that refer."""

from __future__ import annotations

from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from services.matching.http.referrals_api import Answer, act, bp, seen_version
from services.matching.http.schemas import ReferralShape
from services.matching.usecases.proposing import send
from shared.web.access import client


@bp.post("/<uuid:referral_id>/send")
@bp.response(200, ReferralShape)
@client("referral.submit")
def post_send(referral_id: UUID) -> Answer:
    """Put a proposed referral to its agency; a place is held where there is one."""
    return act(referral_id, lambda tx: send(referral_id, seen_version(), tx))
