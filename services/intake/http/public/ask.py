"""/ask: one question on each page, answers kept as they come, nothing sent before the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for

from services.intake import drafts
from services.intake.http.public import browser, journey, kept
from services.intake.http.public.need_groups import need_groups
from services.intake.http.public.pages import faults, page
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.http.public.journey import Question

bp = Blueprint("ask", __name__, url_prefix="/ask")
WHY = "people in need have no account with us"
QUESTION = f"/<any({', '.join(map(repr, journey.SLUGS))}):slug>"


@bp.get("")
@public(WHY)
def begin() -> Response:
    """Say what will be asked, and how to stay safe while answering."""
    with current_store().read(actor=principal()) as tx:
        draft = kept.open_draft(tx)
    return page("ask/begin.html", "Before you start", draft=draft)


@bp.get(QUESTION)
@public(WHY)
def ask(slug: str) -> Response:
    """Show one question, with what was answered before."""
    with current_store().read(actor=principal()) as tx:
        draft = kept.open_draft(tx)
    return _question(journey.BY_SLUG[slug], draft.answers.get(slug, {}) if draft else {})


@bp.post(QUESTION)
@public(WHY)
def answer(slug: str) -> Response:
    """Keep one answer and go on, or say what does not fit and keep what was typed."""
    question = journey.BY_SLUG[slug]
    typed = question.page.typed(request.form)
    errors = faults(question.page, typed)
    if errors:
        return _question(question, typed, errors)
    with current_store().begin(actor=principal()) as tx:
        draft = kept.begun_draft(tx)
        draft.answers[slug] = question.page.worth_keeping(typed)
        drafts.save(draft, tx)
    return kept.handed_back(browser.onward(_next(slug)), draft)


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
        kept.throw_away(tx)
    return browser.forget(browser.onward(url_for("ask.cleared")), browser.DRAFT)


@bp.get("/cleared")
@public(WHY)
def cleared() -> Response:
    """Say that nothing is left on this phone."""
    return page("ask/cleared.html", "Your answers are gone from this phone")


def _question(
    question: Question, answers: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response:
    return page(
        f"ask/{question.slug}.html",
        question.title,
        errors=errors,
        question=question,
        answers=answers,
        back=_back(question.slug),
        changing=_changing(),
        groups=need_groups(),
    )


def _changing() -> bool:
    return request.args.get("change") == "1"


def _next(slug: str) -> str:
    if _changing():
        return url_for("send.check")
    return address(journey.after(slug))


def _back(slug: str) -> str:
    if _changing():
        return url_for("send.check")
    earlier = journey.before(slug)
    return address(earlier) if earlier else url_for("ask.begin")


def address(slug: str) -> str:
    """Return the address of a page of /ask."""
    return f"{url_for('ask.begin')}/{slug}"
