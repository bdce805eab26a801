"""Notes to and fro between the two sides of a referral; each look at them is recorded.

Promise: a message that is refused comes back as it was typed, without opening the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import redirect, render_template, request, url_for

from services.matching.errors import AnswerRefusedError, ReferralNotFoundError
from services.matching.http import words
from services.matching.http.form_fields import TOO_LONG
from services.matching.http.portal import bp, seen, service_name
from services.matching.http.schemas import LONGEST_NOTE
from services.matching.usecases import disclose
from services.matching.usecases.commanding import possible
from services.matching.usecases.noting import is_writable, write_note
from services.matching.working_days import calendar_for
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.matching.usecases.disclosing import Note

KINDS = {
    "message": "A message",
    "accept_note": "A note with the acceptance",
    "decline_comment": "Why it was not possible",
    "would_have_been_right_if": "What would have made it right",
    "question": "A question",
    "answer": "The answer",
    "cancel_comment": "Why it was taken back",
    "refuse_cancel_comment": "Why it goes on",
    "withdraw_comment": "Why it ended",
    "waiting_note": "A note about the wait",
    "review_comment": "A note with the review",
    "contact_note": "A note with an attempt to reach the person",
    "hold_comment": "Why it is paused",
    "outcome_note": "A note about what came of it",
    "redirect_comment": "Why another service would be better",
    "reopen_comment": "Why it is taken up again",
    "why_this_service": "Why this service",
}
SENT = "Your message is sealed and kept. We tell the other agency that there is one."


@bp.get("/referrals/<uuid:referral_id>/notes")
@staff("worker", "manager")
def notes(referral_id: UUID) -> ResponseReturnValue:
    """Show what was written about the person, and record that it was read."""
    with current_store().begin(actor=principal()) as tx:
        opened = disclose(referral_id, tx)
    if opened is None:
        raise ReferralNotFoundError
    return _page(referral_id, opened)


@bp.post("/referrals/<uuid:referral_id>/notes")
@staff("worker", "manager")
def write(referral_id: UUID) -> ResponseReturnValue:
    """Keep a message to the other side, and tell them that there is one."""
    text = request.form.get("text", "")
    if len(text) > LONGEST_NOTE:
        return _page(referral_id, None, text, TOO_LONG)
    try:
        with current_store().begin(actor=principal()) as tx:
            write_note(referral_id, text, tx)
    except AnswerRefusedError as error:
        return _page(referral_id, None, text, str(error))
    return redirect(url_for("portal.notes", referral_id=referral_id, done="sent"), code=303)


def _page(
    referral_id: UUID, opened: tuple[Note, ...] | None, typed: str = "", fault: str = ""
) -> ResponseReturnValue:
    with current_store().read() as tx:
        row = seen(referral_id, tx)
        calendar, names = calendar_for(tx.nation()), tx.agency_names()
        items = [
            {
                "title": KINDS.get(note.kind, "A note"),
                "at": words.hour(note.at, calendar),
                "datetime": note.at.isoformat(),
                "by": names.get(note.agency_id, "") if note.agency_id else "",
                "text": note.text,
            }
            for note in reversed(opened or ())
        ]
        other = row.agency_id if row.agency_id != principal().agency_id else row.referrer_agency_id
        page = render_template(
            "matching/notes.html",
            referral=row,
            service=service_name(row, tx),
            items=items,
            opened=opened is not None,
            other=names.get(other, "") if is_writable(principal(), row, tx) else "",
            answers="answer" in possible(principal(), row, tx),
            typed=typed,
            fault=fault,
            errors=[{"text": fault, "href": "#text"}] if fault else [],
            done=SENT if request.args.get("done") == "sent" and not fault else None,
        )
    return page, 422 if fault else 200
