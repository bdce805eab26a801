"""Reading the notes of a referral in a browser; each look is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import render_template

from services.matching.errors import ReferralNotFoundError
from services.matching.http import words
from services.matching.http.portal import bp, seen
from services.matching.usecases import disclose
from services.matching.working_days import calendar_for
from shared.web import current_store
from shared.web.access import principal, staff

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

KINDS = {
    "accept_note": "A note with the acceptance",
    "decline_comment": "Why it was not possible",
    "would_have_been_right_if": "What would have made it right",
    "question": "A question",
    "answer": "The answer",
    "cancel_comment": "Why it was taken back",
    "refuse_cancel_comment": "Why it goes on",
    "withdraw_comment": "Why it ended",
}


@bp.get("/referrals/<uuid:referral_id>/notes")
@staff("worker", "manager")
def notes(referral_id: UUID) -> ResponseReturnValue:
    """Show what was written about the person, and record that it was read."""
    with current_store().begin(actor=principal()) as tx:
        opened = disclose(referral_id, tx)
    if opened is None:
        raise ReferralNotFoundError
    with current_store().read() as tx:
        calendar, names = calendar_for(tx.nation()), tx.agency_names()
        items = [
            {
                "title": KINDS[note.kind],
                "at": words.hour(note.at, calendar),
                "datetime": note.at.isoformat(),
                "by": names.get(note.agency_id, ""),
                "text": note.text,
            }
            for note in reversed(opened)
        ]
        return render_template("matching/notes.html", referral=seen(referral_id, tx), items=items)
