"""/ask: one question on each page, answers kept as they come, nothing sent before the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake.drafts import KEPT
from services.intake.forms import tidy
from services.intake.hours import reading
from services.intake.http.public import browser, kept, questions
from services.intake.http.public.asking import asking, language
from services.intake.http.public.pages import page
from services.intake.http.public.ways import SELF
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("ask", __name__, url_prefix="/ask")
WHY = "people in need have no account with us"
QUESTION = f"/<any({', '.join(map(repr, SELF.journey.by_slug))}):slug>"
LANGUAGES = {"en": "English", "easy_read": "Easy Read: short words"}


@bp.get("")
@public(WHY)
def begin() -> Response:
    """Say what will be asked, who reads it and when, and how to stay safe while answering."""
    with current_store().read(actor=principal()) as tx:
        asked, now = asking(SELF, tx), tx.now
    return page(
        "ask/begin.html",
        "Before you start",
        draft=asked.draft,
        expired=asked.expired,
        reading=reading(now),
        until=(now + KEPT).date(),
        easy_read=asked.language == "easy_read",
    )


@bp.get(QUESTION)
@public(WHY)
def ask(slug: str) -> Response:
    """Show one question."""
    return questions.show(SELF, slug)


@bp.post(QUESTION)
@public(WHY)
def answer(slug: str) -> Response:
    """Keep one answer."""
    return questions.keep(SELF, slug)


@bp.get("/language")
@public(WHY)
def ask_language() -> Response:
    """Ask in which words the questions should be."""
    title = "How would you like to read this?"
    chosen = language(SELF)
    return page("ask/language.html", title, chosen=chosen, languages=LANGUAGES, back="/ask")


@bp.post("/language")
@public(WHY)
def choose_language() -> Response:
    """Keep the choice in this browser, until it is closed."""
    chosen = tidy(request.form.get("language", ""))
    response = browser.onward(url_for("ask.begin"))
    return browser.hold(response, browser.LANGUAGE, chosen) if chosen in LANGUAGES else response


@bp.get("/delete")
@public(WHY)
def ask_to_delete() -> Response:
    """Ask before deleting: a thumb slips easily on a small screen."""
    return page("ask/delete.html", "Delete your answers?", back=url_for("ask.begin"))


@bp.post("/delete")
@public(WHY)
def delete() -> Response:
    """Delete the answers, here and in the browser."""
    with current_store().begin(actor=principal()) as tx:
        kept.throw_away(SELF, tx)
    return browser.forget(browser.onward(url_for("ask.cleared")), SELF.cookie)


@bp.get("/cleared")
@public(WHY)
def cleared() -> Response:
    """Say that nothing is left on this phone."""
    return page("ask/cleared.html", "Your answers are gone from this phone")
