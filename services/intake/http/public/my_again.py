"""/my/again: ask someone else, without telling everything a second time.

Promise: it opens only after 'show', with the code word where details are hidden; what is filled
in is kept here for an hour at most unless the person saves it, and nothing is sent by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from services.intake import drafts
from services.intake.errors import RightRefusedError
from services.intake.http.public import browser, kept
from services.intake.http.public.again import answers_again
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import page
from services.intake.http.public.ways import CHECK, SELF
from services.intake.usecases.asking_again import told_before
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("again", __name__)


@bp.get("/again")
@person()
@once_shown("again")
def ask() -> Response:
    """Say what is filled in, and what is asked afresh."""
    held = browser.held(SELF.cookie)
    with current_store().read(actor=principal()) as tx:
        draft = drafts.find(held, tx) if held else None
    begun = draft is not None and not draft.sent
    return page("my/again.html", "Ask someone else", begun=begun, back=url_for("my.show"))


@bp.post("/again")
@person()
@once_shown("again")
def fill_in() -> Response:
    """Begin the questions with what was told; what this browser had begun is deleted."""
    try:
        with current_store().begin(actor=principal()) as tx:
            answers = answers_again(told_before(mine(), tx))
            kept.throw_away(SELF, tx)
            draft = drafts.new_draft(tx.now)
            draft.answers, draft.filled_in = answers, True
            drafts.save(draft, tx)
    except RightRefusedError:
        return browser.onward(SELF.address())
    return browser.hold(browser.onward(SELF.address(CHECK)), SELF.cookie, draft.id)
