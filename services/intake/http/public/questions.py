"""Asking and keeping one question of any journey; the views only say who may call them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import abort, request

from services.intake import drafts
from services.intake.forms import faults, say, typed, words
from services.intake.http.public import browser, kept
from services.intake.http.public.asking import Asking, asking
from services.intake.http.public.pages import page
from services.intake.http.public.ways import CHECK, PUBLIC
from services.intake.http.public.widgets import Shown, has_own_heading, widgets
from shared.web import current_store
from shared.web.access import principal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.forms import Page, Typed
    from services.intake.http.public.ways import Way


def show(way: Way, slug: str) -> Response:
    """Show one question, with what was answered before."""
    question = way.journey.by_slug.get(slug)
    if question is None:
        abort(HTTPStatus.NOT_FOUND)
    with current_store().read(actor=principal()) as tx:
        asked = asking(way, tx, question)
    answers = asked.draft.answers if asked.draft else {}
    return _question(asked, question, answers.get(slug, {}))


def keep(way: Way, slug: str) -> Response:
    """Keep one answer and go on, or say what does not fit and keep what was typed."""
    question = way.journey.by_slug.get(slug)
    if question is None or question.stops:
        abort(HTTPStatus.NOT_FOUND)
    answer = typed(question, request.form)
    with current_store().begin(actor=principal()) as tx:
        if _was_sent(kept.held_draft(way, tx)):
            return browser.onward(way.address("done"))
        asked = asking(way, tx, question)
        told = asked.told(slug, answer)
        errors = faults(question, told, asked.around.choices(question), asked.language)
        if errors:
            return _question(asked, question, answer, errors)
        draft = kept.begun_draft(way, tx)
        draft.answers[slug] = answer
        drafts.save(draft, tx)
    following = CHECK if _changing() else way.journey.after(slug, told) or way.end
    return kept.handed_back(browser.onward(way.address(following)), way, draft)


def _was_sent(draft: drafts.Draft | None) -> bool:
    """Tell whether this form was opened before its answers were sent, in another tab."""
    sent = draft is not None and draft.sent is not None
    return sent and draft is not None and request.form.get("draft") == draft.token


def _question(
    asked: Asking, question: Page, answers: Typed, errors: Mapping[str, str] | None = None
) -> Response:
    language, way = asked.language, asked.way
    shown = Shown(answers, errors or {}, asked.around.choices(question), language)
    return page(
        "ask/question.html",
        say(question.title, language),
        errors=errors,
        action=way.address(question.slug) + ("?change=1" if _changing() else ""),
        own_heading=has_own_heading(question),
        lead=[say(text, language) for text in question.lead],
        after=[say(text, language) for text in question.after],
        widgets=widgets(question, shown),
        button=say(words()["save" if _changing() else "continue"], language),
        way=way,
        service_area=way.area,
        later=way.address("save") if way in PUBLIC else "",
        later_text=say(words()["later"], language),
        token=asked.draft.token if asked.draft else "",
        expired=asked.expired,
        stops=question.stops,
        around=asked.around,
        slug=question.slug,
        back=_back(asked, question.slug),
    )


def _changing() -> bool:
    return request.args.get("change") == "1"


def _back(asked: Asking, slug: str) -> str:
    if _changing():
        return asked.way.address(CHECK)
    return asked.way.address(asked.way.journey.before(slug, asked.told()))
