"""The end of /ask: check the answers, send them once, write down the way back.

Promise: however often the button is pressed, one request is made; the return code can be
read for ten minutes at most, is shown once, and shown again only at a press. What is left
of it, sealed, goes with the next hourly sweep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, request

from services.intake import drafts
from services.intake.errors import DuplicateRequestError
from services.intake.http.public import browser, kept, offers, sending, summary
from services.intake.http.public.answers import Answers
from services.intake.http.public.ask import WHY
from services.intake.http.public.asking import asking
from services.intake.http.public.haste import slow_down
from services.intake.http.public.pages import page
from services.intake.http.public.sharing import asked
from services.intake.http.public.ways import CHECK, SHARING, WAYS, on_each_way
from shared.errors import InvalidError
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.http.public.asking import Asking
    from services.intake.http.public.sharing import Asked
    from services.intake.http.public.ways import Way
    from services.intake.storage import IntakeTransaction

bp = Blueprint("send", __name__, url_prefix="/ask")


@on_each_way(bp, "/check")
@public(WHY)
def check(way: str) -> Response:
    """Show all answers, or lead to the first that is missing."""
    return check_on(WAYS[way])


@on_each_way(bp, "/check", "POST")
@public(WHY)
def send(way: str) -> Response:
    """Make the request, once."""
    return send_on(WAYS[way])


@on_each_way(bp, "/copy")
@public(WHY)
def copy(way: str) -> Response:
    """Show the answers for printing: before they are sent, and for ten minutes after."""
    return copy_on(WAYS[way])


@on_each_way(bp, "/done")
@public(WHY)
def done(way: str) -> Response:
    """Show reference and return code once, and afterwards only the reference."""
    return done_on(WAYS[way])


@on_each_way(bp, "/done", "POST")
@public(WHY)
def show_again(way: str) -> Response:
    """Show the code once more to the browser that sent the request, while we still have it."""
    return show_again_on(WAYS[way])


def send_on(way: Way) -> Response:
    """Make the request of *way*, once."""
    with current_store().read(actor=principal()) as tx:
        draft, now = kept.open_draft(way, tx), tx.now
    slow_down(draft, now, trap=request.form.get("website", ""))
    try:
        with current_store().begin(actor=principal()) as tx:
            return _send(way, tx)
    except InvalidError as error:
        return check_on(way, sending.by_page(error))
    except DuplicateRequestError as error:
        return check_on(way, {"about-you": f"{error} Look for it under Requests"})


def done_on(way: Way) -> Response:
    """Show what must be written down."""
    with current_store().begin(actor=principal()) as tx:
        draft = kept.held_draft(way, tx)
        sent = draft.sent if draft else None
        if draft and sent and not sent.shown and request.method == "GET":
            draft.sent = replace(sent, shown=True)
            drafts.save(draft, tx)
        hub = next(iter(offers.hubs(tx)), None)
    title = "We have your request" if sent else "There is nothing to show here"
    return page("ask/done.html", title, sent=sent, way=way, service_area=way.area, hub=hub)


def show_again_on(way: Way) -> Response:
    """Show the code once more, while we still have it."""
    with current_store().begin(actor=principal()) as tx:
        draft = kept.held_draft(way, tx)
        if draft and draft.sent:
            draft.sent = replace(draft.sent, shown=False)
            drafts.save(draft, tx)
    return browser.onward(way.address("done"))


def copy_on(way: Way) -> Response:
    """Show the answers for printing."""
    with current_store().read(actor=principal()) as tx:
        draft, now = kept.held_draft(way, tx), asking(way, tx)
        if draft is None:
            return browser.onward(way.address())
        question = asked(now, tx) if now.draft and not now.first_missing() else None
    told = _copy(now, question) if draft.sent is None else draft.sent.copy
    return page(
        "ask/copy.html",
        "A copy of your answers",
        rows=told,
        reference=draft.sent.reference if draft.sent else "",
        service_area=way.area,
        back=way.address("done" if draft.sent else CHECK),
    )


def check_on(way: Way, errors: Mapping[str, str] | None = None) -> Response:
    """Show all answers of *way*, or lead to the first that is missing."""
    with current_store().read(actor=principal()) as tx:
        draft, now = kept.held_draft(way, tx), asking(way, tx)
        ahead = _not_ready(way, draft, now)
        if ahead or now.draft is None:
            return browser.onward(way.address(ahead))
        question = asked(now, tx)
    if not question.is_settled(now.draft):
        return browser.onward(way.address(SHARING))
    share = now.draft.answers[SHARING]["share"]
    return page(
        "ask/check.html",
        "Check your answers",
        errors=errors,
        rows=summary.rows(now),
        shared=summary.shared_rows(question.offered, share, now.language),
        missing=summary.missing_words(now.language),
        token=now.draft.token,
        way=way,
        service_area=way.area,
        back=way.address(SHARING),
    )


def _not_ready(way: Way, draft: drafts.Draft | None, now: Asking) -> str | None:
    if draft and draft.sent:
        return "done"
    return (now.first_missing() or None) if draft else next(iter(way.journey.by_slug))


def _send(way: Way, tx: IntakeTransaction) -> Response:
    draft, now = kept.held_draft(way, tx), asking(way, tx)
    ahead = _not_ready(way, draft, now)
    if ahead or now.draft is None:
        return browser.onward(way.address(ahead))
    question = asked(now, tx)
    if not question.is_settled(now.draft):
        return browser.onward(way.address(SHARING))
    if request.form.get("token") != now.draft.token:
        return browser.onward(way.address(CHECK))
    told = _copy(now, question)
    sent = sending.submitted(Answers(now.effective()), now.draft, question, tx)
    now.draft.sent, now.draft.answers = replace(sent, copy=tuple(told)), {}
    drafts.save(now.draft, tx)
    return browser.onward(way.address("done"))


def _copy(now: Asking, question: Asked | None) -> list[summary.Row]:
    share = now.draft.answers.get(SHARING, {}).get("share", []) if now.draft else []
    shared = summary.shared_rows(question.offered, share, now.language) if question else []
    return [*summary.rows(now), *shared]
