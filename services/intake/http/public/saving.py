"""Stopping halfway and coming back: a code for the draft, asked for, shown, and taken back.

Promise: the code opens only answers that were not sent; it works for 28 days after the last
change, from any phone, and whoever has it needs nothing else. So it is never sent anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from services.intake import drafts
from services.intake.forms import tidy
from services.intake.http.public import browser, kept
from services.intake.http.public.ask import WHY
from services.intake.http.public.my_visit import place, told_to_wait, wait_in_words
from services.intake.http.public.pages import page
from services.intake.http.public.ways import CHECK, SELF, WAYS, on_each_way
from services.intake.usecases.coming_back import come_back
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from datetime import timedelta

    from flask import Response

    from services.intake.http.public.ways import Way

bp = Blueprint("saving", __name__, url_prefix="/ask")
LONGEST = 40
EMPTY = "Enter the code you wrote down"
UNKNOWN = (
    "We have no answers under this code. Check it, or start again: "
    "answers are deleted after 28 days, or once they are sent"
)


@on_each_way(bp, "/save")
@public(WHY)
def ask_to_save(way: str) -> Response:
    """Show the code of this browser's answers, or offer to make one."""
    return save_page(WAYS[way])


@on_each_way(bp, "/save", "POST")
@public(WHY)
def save(way: str) -> Response:
    """Give this browser's answers a code."""
    return save_on(WAYS[way])


def save_page(way: Way) -> Response:
    """Show the code of the answers of *way*, or offer to make one."""
    with current_store().read(actor=principal()) as tx:
        draft, until = kept.open_draft(way, tx), (tx.now + drafts.KEPT).date()
    if draft is None:
        return browser.onward(way.address())
    return page(
        "ask/save.html",
        "Come back later",
        draft=draft,
        until=until,
        way=way,
        back=way.address(CHECK),
    )


def save_on(way: Way) -> Response:
    """Give the answers of *way* a code."""
    with current_store().begin(actor=principal()) as tx:
        draft = kept.open_draft(way, tx)
        if draft:
            drafts.give_code(draft, tx)
    return browser.onward(way.address("save"))


@bp.get("/resume")
@public(WHY)
def ask_for_code() -> Response:
    """Ask for the code of answers that were left."""
    return _resume_page()


@bp.post("/resume")
@public(WHY)
def resume() -> Response:
    """Bring the answers of this code into this browser."""
    code = tidy(request.form.get("code", ""))[:LONGEST]
    if not code:
        return _resume_page({"code": EMPTY})
    with current_store().begin(actor=principal()) as tx:
        found = come_back(code, tx, place=place())
    if found.draft is None:
        return _not_found(found.wait)
    way = WAYS[found.draft.way]
    return browser.hold(browser.onward(way.address(CHECK)), way.cookie, found.draft.id)


def _not_found(wait: timedelta | None) -> Response:
    if not wait:
        return _resume_page({"code": UNKNOWN})
    often = f"There were too many wrong tries. Wait {wait_in_words(wait)}, then try again"
    return told_to_wait(_resume_page({"code": often}, 429), wait)


def _resume_page(errors: dict[str, str] | None = None, status: int | None = None) -> Response:
    title = "Carry on with your answers"
    return page("ask/resume.html", title, errors=errors, status=status, back=SELF.address())
