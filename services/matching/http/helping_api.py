"""Waiting, support, reviews, rests, contacts and outcomes, for partners' systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import url_for

from services.matching import usecases
from services.matching.errors import ReferralNotFoundError
from services.matching.http.helping_schemas import (
    CompleteBody,
    ContactBody,
    HoldBody,
    OutcomesBody,
    OutcomeShape,
    ReassignBody,
    RedirectBody,
    ReopenBody,
    ReviewedBody,
    StartBody,
    WaitBody,
)
from services.matching.http.referrals_api import Answer, act, bp, seen_version
from services.matching.http.schemas import ReferralShape, page_of
from services.matching.usecases import Came, Contact, Hold, Reason, Review, Waiting
from services.matching.usecases.content import keeps_content
from shared.web import current_store
from shared.web.access import client, principal

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction


@bp.post("/<uuid:referral_id>/wait")
@bp.arguments(WaitBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_wait(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Put on the waiting list who was accepted; nobody supports them yet, and all are told so."""
    how = Waiting(**body)
    return act(referral_id, lambda tx: usecases.wait(referral_id, seen_version(), how, tx))


@bp.post("/<uuid:referral_id>/start")
@bp.arguments(StartBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_start(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Note that support has started; whoever waited takes a place."""
    day = body["started_on"]
    return act(referral_id, lambda tx: usecases.start(referral_id, seen_version(), day, tx))


@bp.post("/<uuid:referral_id>/review")
@bp.arguments(ReviewedBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_review(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Decide about a wait that may not go on as it is."""
    said = Review(**{**body, "alternatives": tuple(dict.fromkeys(body["alternatives"]))})
    return act(referral_id, lambda tx: usecases.review(referral_id, seen_version(), said, tx))


@bp.post("/<uuid:referral_id>/hold")
@bp.arguments(HoldBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_hold(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Let it rest until a day within four weeks."""
    why = Hold(**body)
    return act(referral_id, lambda tx: usecases.hold(referral_id, seen_version(), why, tx))


@bp.post("/<uuid:referral_id>/resume")
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_resume(referral_id: UUID) -> Answer:
    """Go on where the rest began."""
    return act(referral_id, lambda tx: usecases.resume_held(referral_id, seen_version(), tx))


@bp.post("/<uuid:referral_id>/record-contact")
@bp.arguments(ContactBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_contact(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Write down one attempt to reach or see the person."""
    what = Contact(**body)
    return act(
        referral_id, lambda tx: usecases.record_contact(referral_id, seen_version(), what, tx)
    )


@bp.post("/<uuid:referral_id>/complete")
@bp.arguments(CompleteBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_complete(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Say that the service has done its part, and what came of each need."""
    came, note = _came(body), body["note"]
    return act(
        referral_id, lambda tx: usecases.complete(referral_id, seen_version(), came, tx, note)
    )


@bp.post("/<uuid:referral_id>/record-outcome")
@bp.arguments(OutcomesBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_outcome(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Write down afterwards what came of each need."""
    came, note = _came(body), body["note"]
    return act(
        referral_id,
        lambda tx: usecases.record_outcome(referral_id, seen_version(), came, tx, note),
    )


@bp.get("/<uuid:referral_id>/outcomes")
@bp.response(200, page_of(OutcomeShape))
@client("referral.read")
def list_outcomes(referral_id: UUID) -> dict[str, Any]:
    """List what came of a referral, in the order it was written down."""
    with current_store().read() as tx:
        row = tx.referral(referral_id, principal())
        if row is None or not keeps_content(row, principal(), tx):
            raise ReferralNotFoundError
        return {"items": tx.outcomes_of(row.id), "next": None}


@bp.post("/<uuid:referral_id>/reassign")
@bp.arguments(ReassignBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_reassign(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Give it to another worker or team of the agency."""
    who, team = body["staff_id"], body["team"]
    return act(
        referral_id, lambda tx: usecases.reassign(referral_id, seen_version(), who, team, tx)
    )


@bp.post("/<uuid:referral_id>/redirect")
@bp.arguments(RedirectBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_redirect(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Suggest better services; nothing is sent to them."""
    others, why = tuple(body["alternatives"]), body["comment"]
    return act(
        referral_id, lambda tx: usecases.redirect(referral_id, seen_version(), others, why, tx)
    )


@bp.post("/<uuid:referral_id>/reopen")
@bp.arguments(ReopenBody)
@bp.response(201, ReferralShape)
@bp.alt_response(202, schema=ReferralShape, description="It waits for the person's own yes")
@client("referral.respond", "referral.submit", either=True)
def post_reopen(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Take up again what was over, as a new referral; either side may.

    A receiver is shown the old one while the person has not agreed to the new.
    """
    why = Reason(body["reason"], body["comment"])

    def command(tx: MatchingTransaction) -> UUID:
        return usecases.reopen(referral_id, seen_version(), why, tx)

    shape, _status, headers = act(referral_id, command)
    if shape["id"] == referral_id:
        return shape, 202, headers
    where = url_for("referrals.show_referral", referral_id=shape["id"])
    return shape, 201, {**headers, "Location": where}


def _came(body: dict[str, Any]) -> tuple[Came, ...]:
    return tuple(Came(**{**one, "codes": tuple(one["codes"])}) for one in body["outcomes"])
