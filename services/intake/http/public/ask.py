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
from services.intake.http.public.ways import PUBLIC, SELF, WAYS, on_each_way
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from flask import Response

    from services.intake.http.public.ways import Way

bp = Blueprint("ask", __name__, url_prefix="/ask")
WHY = "people in need have no account with us"
SLUGS = sorted({slug for way in PUBLIC for slug in way.journey.by_slug})
QUESTION = f"/<any({', '.join(map(repr, SLUGS))}):slug>"
READ_ON = frozenset({"/", "/my"})
LANGUAGES = {"en": "English", "easy_read": "Easy Read: short words"}


@on_each_way(bp, "")
@public(WHY)
def begin(way: str) -> Response:
    """Say what will be asked, who reads it and when, and how to stay safe while answering."""
    with current_store().read(actor=principal()) as tx:
        asked, now = asking(WAYS[way], tx), tx.now
        read = reading(now, tx.nation())
    return page(
        "ask/begin.html",
        "Before you start",
        way=asked.way,
        first=next(iter(asked.way.journey.by_slug)),
        draft=asked.draft,
        expired=asked.expired,
        reading=read,
        until=(now + KEPT).date(),
    )


@on_each_way(bp, QUESTION)
@public(WHY)
def ask(way: str, slug: str) -> Response:
    """Show one question."""
    return questions.show(WAYS[way], slug)


@on_each_way(bp, QUESTION, "POST")
@public(WHY)
def answer(way: str, slug: str) -> Response:
    """Keep one answer."""
    return questions.keep(WAYS[way], slug)


@bp.get("/language")
@public(WHY)
def ask_language() -> Response:
    """Ask in which words the questions should be."""
    title, to = "How would you like to read this?", _to()
    chosen = next(one for one in LANGUAGES if one != language(SELF))
    return page("ask/language.html", title, chosen=chosen, languages=LANGUAGES, to=to, back=to)


@bp.post("/language")
@public(WHY)
def choose_language() -> Response:
    """Keep the choice in this browser, until it is closed."""
    chosen = tidy(request.form.get("language", ""))
    response = browser.onward(_to())
    return browser.hold(response, browser.LANGUAGE, chosen) if chosen in LANGUAGES else response


def _to() -> str:
    """Return where to read on: one of our own first pages, whatever was asked for."""
    asked = request.values.get("to", "")
    return asked if asked in READ_ON else SELF.address()


@on_each_way(bp, "/delete")
@public(WHY)
def ask_to_delete(way: str) -> Response:
    """Ask before deleting: a thumb slips easily on a small screen."""
    return delete_page(WAYS[way])


@on_each_way(bp, "/delete", "POST")
@public(WHY)
def delete(way: str) -> Response:
    """Delete the answers, here and in the browser."""
    return delete_on(WAYS[way])


@bp.get("/cleared")
@public(WHY)
def cleared() -> Response:
    """Say that nothing is left on this phone."""
    return page("ask/cleared.html", "Your answers are gone from this phone")


def delete_page(way: Way) -> Response:
    """Ask before deleting the answers of *way*."""
    return page(
        "ask/delete.html",
        "Delete your answers?",
        way=way,
        service_area=way.area,
        back=way.address(),
    )


def delete_on(way: Way) -> Response:
    """Delete the answers of *way*, here and in the browser."""
    with current_store().begin(actor=principal()) as tx:
        kept.throw_away(way, tx)
    gone = way.address() if way.area == "staff" else url_for("ask.cleared")
    return browser.forget(browser.onward(gone), way.cookie)
