"""/ask/concern: somebody is worried about a person who does not know.

Promise: it becomes a door to knock at, sealed and gone on schedule, never a case; whoever
told us is given no reference, no status and nothing to come back to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from services.intake.http.public import browser, kept, questions, summary
from services.intake.http.public.answers import Answers
from services.intake.http.public.ask import WHY, delete_on, delete_page
from services.intake.http.public.asking import asking
from services.intake.http.public.haste import slow_down
from services.intake.http.public.pages import page
from services.intake.http.public.ways import CHECK, CONCERN
from services.intake.usecases.outreach_visiting import note_concern
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("concern", __name__, url_prefix=CONCERN.prefix)
QUESTION = f"/<any({', '.join(map(repr, CONCERN.journey.by_slug))}):slug>"


@bp.get("")
@public(WHY)
def begin() -> Response:
    """Say what happens with a concern, and what never does."""
    first = next(iter(CONCERN.journey.by_slug))
    return page("ask/concern.html", "You are worried about somebody", way=CONCERN, first=first)


@bp.get(QUESTION)
@public(WHY)
def ask(slug: str) -> Response:
    """Show one question."""
    return questions.show(CONCERN, slug)


@bp.post(QUESTION)
@public(WHY)
def answer(slug: str) -> Response:
    """Keep one answer."""
    return questions.keep(CONCERN, slug)


@bp.get("/check")
@public(WHY)
def check() -> Response:
    """Show all answers before they are handed over."""
    with current_store().read(actor=principal()) as tx:
        now = asking(CONCERN, tx)
    missing = now.first_missing()
    if now.draft is None or missing:
        return browser.onward(CONCERN.address(missing))
    return page(
        "ask/concern-check.html",
        "Check what you tell us",
        rows=summary.rows(now),
        missing=summary.missing_words(now.language),
        token=now.draft.token,
        way=CONCERN,
        back=CONCERN.address(now.way.journey.before(None, now.told())),
    )


@bp.post("/check")
@public(WHY)
def send() -> Response:
    """Hand the concern to those who knock at doors, once, and keep nothing of it here."""
    with current_store().read(actor=principal()) as tx:
        draft, moment = kept.open_draft(CONCERN, tx), tx.now
    slow_down(draft, moment, trap=request.form.get("website", ""))
    with current_store().begin(actor=principal()) as tx:
        now = asking(CONCERN, tx)
        if now.draft is None or now.first_missing() or not _is_of(now.draft.token):
            return browser.onward(CONCERN.address(CHECK if now.draft else "thanks"))
        told = Answers(now.effective())
        where = [told.text("door", "door"), told.text("door", "door_postcode")]
        text, phone = told.text("worry", "worry"), told.text("reach", "own_phone")
        note_concern(text, "\n".join(filter(None, where)), phone or None, tx)
        kept.throw_away(CONCERN, tx)
    return browser.forget(browser.onward(CONCERN.address("thanks")), CONCERN.cookie)


@bp.get("/thanks")
@public(WHY)
def thanks() -> Response:
    """Thank, and say what will not be told."""
    return page("ask/concern-thanks.html", "Thank you")


@bp.get("/delete")
@public(WHY)
def ask_to_delete() -> Response:
    """Ask before deleting."""
    return delete_page(CONCERN)


@bp.post("/delete")
@public(WHY)
def delete() -> Response:
    """Delete what was typed and not handed over."""
    return delete_on(CONCERN)


def _is_of(token: str) -> bool:
    return request.form.get("token") == token
