"""Referrals for partners' systems: lists, one with what may be done now, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import request

from services.matching.errors import ReferralNotFoundError
from services.matching.http.repeating import key_of
from services.matching.http.schemas import (
    AcceptBody,
    DeclineBody,
    NoteShape,
    ReferralShape,
    ReferralsQuery,
    page_of,
)
from services.matching.http.shapes import referral_shape
from services.matching.usecases import (
    Acceptance,
    Decline,
    accept,
    content_of,
    decline,
    disclose,
    open_referral,
)
from services.matching.usecases.commanding import possible, possible_of_all
from shared.web import current_store
from shared.web.access import client, principal
from shared.web.api import Blueprint
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.storage import MatchingTransaction

bp = Blueprint("referrals", __name__, url_prefix="/api/v1/referrals", description="Referrals")
Answer = tuple[dict[str, Any], int, dict[str, str]]
NO_SUCH_VERSION = -1


@bp.get("")
@bp.arguments(ReferralsQuery, location="query")
@bp.response(200, page_of(ReferralShape))
@client("referral.read")
def list_referrals(query: dict[str, Any]) -> dict[str, Any]:
    """List what the caller's agency received, or what it made."""
    limit, caller = query["limit"], principal()
    with current_store().read() as tx:
        rows = tx.referrals(
            caller,
            role=query["role"],
            states=query["state"],
            overdue=query["overdue"],
            after=query["cursor"],
            limit=limit + 1,
        )
        page = rows[:limit]
        history = tx.history([row.id for row in page])
        offered = possible_of_all(caller, page, tx)
        content = content_of(page, caller, tx)
        items = [
            referral_shape(row, history[row.id], content, tx.now, offered[row.id]) for row in page
        ]
    return {"items": items, "next": page[-1].id if len(rows) > limit else None}


@bp.get("/<uuid:referral_id>")
@bp.response(200, ReferralShape)
@client("referral.read")
def show_referral(referral_id: UUID) -> Answer:
    """Show one referral, with what the caller may do now."""
    with current_store().read() as tx:
        return _answer(referral_id, tx)


@bp.get("/<uuid:referral_id>/notes")
@bp.response(200, page_of(NoteShape))
@client("referral.read")
def list_notes(referral_id: UUID) -> dict[str, Any]:
    """Show what was written about the person; that it was read is recorded."""
    with current_store().begin(actor=principal()) as tx:
        notes = disclose(referral_id, tx)
    if notes is None:
        raise ReferralNotFoundError
    return {"items": notes, "next": None}


@bp.post("/<uuid:referral_id>/open")
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_open(referral_id: UUID) -> Answer:
    """Note that the receiver has begun to look."""
    return act(referral_id, lambda tx: open_referral(referral_id, seen_version(), tx))


@bp.post("/<uuid:referral_id>/accept")
@bp.arguments(AcceptBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_accept(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Take the person on, and say from when."""
    answer = Acceptance(**body)
    return act(referral_id, lambda tx: accept(referral_id, seen_version(), answer, tx))


@bp.post("/<uuid:referral_id>/decline")
@bp.arguments(DeclineBody)
@bp.response(200, ReferralShape)
@client("referral.respond")
def post_decline(body: dict[str, Any], referral_id: UUID) -> Answer:
    """Say no, and why."""
    answer = Decline(**{**body, "alternatives": tuple(dict.fromkeys(body["alternatives"]))})
    return act(referral_id, lambda tx: decline(referral_id, seen_version(), answer, tx))


def seen_version() -> int | None:
    """Return the version the caller says it saw; `*` says nothing."""
    tags = request.if_match
    if not tags or tags.star_tag:
        return None
    versions = [whole_number(tag) for tag in tags.as_set()]
    return versions[0] if len(versions) == 1 and versions[0] is not None else NO_SUCH_VERSION


def act(referral_id: UUID, command: Callable[[MatchingTransaction], UUID | None]) -> Answer:
    """Run one command on a referral once, and answer with the referral as it is now.

    A command that makes another referral returns its id, and is answered with that one, unless
    the caller may not know of it yet: what is not sent is not the receiver's.
    """
    with current_store().begin(actor=principal()) as tx:
        key = key_of(tx)
        done = key.led_to(tx) if key is not None else None
        if done is None:
            done = command(tx) or referral_id
            if key is not None:
                key.keep(done, tx)
        known = done == referral_id or tx.referral(done, principal()) is not None
        return _answer(done if known else referral_id, tx)


def _answer(referral_id: UUID, tx: MatchingTransaction) -> Answer:
    caller = principal()
    row = tx.referral(referral_id, caller)
    if row is None:
        raise ReferralNotFoundError
    history, offered = tx.history([row.id])[row.id], possible(caller, row, tx)
    shape = referral_shape(row, history, content_of([row], caller, tx), tx.now, offered)
    return shape, 200, {"ETag": f'"{row.version}"'}
