"""/requests/<id>/person: staff of the receiving agency open a person's details.

With `?referral=` by what the person agreed; with `?shared=1` by what was shared for safety.

Promise: the page says beforehand that opening is recorded; only the button opens anything,
and what it shows is the gate's answer, recorded before it is shown. Whoever saw it before
and no longer may is told so plainly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, render_template, request

from services.intake.domain.consent import REFER
from services.intake.errors import NotDisclosedError
from services.intake.http.detail_rows import rows
from services.intake.usecases import Disclosure, Refusal, disclose
from services.intake.usecases.already_here import AlreadyHere, already_here
from services.intake.usecases.lost_access import why_lost
from shared.web.access import principal, staff
from shared.web.current import current_store

bp = Blueprint("details", __name__, url_prefix="/requests")

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.intake.storage import IntakeTransaction


NOT_KEPT = {"Cache-Control": "no-store"}
UNANSWERED = frozenset({"sent", "opened", "info_requested"})
READERS = ("worker", "manager", "safeguarding")


@bp.get("/<uuid:request_id>/person")
@staff(*READERS)
def ask(request_id: UUID) -> ResponseReturnValue:
    """Say that opening is recorded, and offer the button; nothing is looked up yet."""
    return render_template(
        "intake/staff/person_confirm.html", request_id=request_id, referral_id=_referral()
    )


@bp.post("/<uuid:request_id>/person")
@staff(*READERS)
def show(request_id: UUID) -> ResponseReturnValue:
    """Show what the agency may see now."""
    who, referral = replace(principal(), purpose=REFER), _referral()
    if who.agency_id is None:
        raise NotDisclosedError("there is nothing here for you to see")
    with current_store().begin(actor=who) as tx:
        answer = disclose(request_id, referral, who.agency_id, REFER, tx)
        lost = (
            None if isinstance(answer, Disclosure) else why_lost(request_id, referral, answer, tx)
        )
        to_answer = _waits_for_an_answer(referral, tx)
        others = _already_here(answer, who.agency_id, tx)
    if lost:
        page = render_template("intake/staff/person_lost.html", why=lost, referral_id=referral)
        return page, 410, NOT_KEPT
    if not isinstance(answer, Disclosure):
        raise NotDisclosedError("there is nothing here for you to see")
    page = render_template(
        "intake/staff/person.html",
        told=answer,
        sections=rows(answer),
        to_answer=to_answer,
        already_here=others,
    )
    return page, 200, NOT_KEPT


def _already_here(
    answer: Disclosure | Refusal, agency_id: UUID, tx: IntakeTransaction
) -> tuple[AlreadyHere, ...]:
    """Return what else the agency reads of who is shown to it by a referral."""
    if not isinstance(answer, Disclosure) or not (answer.referral_id and answer.person):
        return ()
    return already_here(answer.request_id, agency_id, tx)


def _waits_for_an_answer(referral_id: UUID | None, tx: IntakeTransaction) -> bool:
    """Tell whether a referral is still to be answered, so that the page leads to that."""
    row = tx.referral_now(referral_id) if referral_id is not None else None
    return row is not None and row.state in UNANSWERED


def _referral() -> UUID | None:
    if request.args.get("shared") == "1" and "referral" not in request.args:
        return None
    try:
        return UUID(request.args.get("referral", ""))
    except ValueError as error:
        raise NotDisclosedError("there is nothing here for you to see") from error
