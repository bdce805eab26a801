"""/my: the person's own page, opened by reference and return code, without an account.

Promise: a wrong code and an unknown reference get the same answer; the first page shows
stages only, never a name or a story; it closes after fifteen minutes without a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake import visits
from services.intake.forms.spelling import tidy
from services.intake.http.public import (
    browser,
    my_again,
    my_answering,
    my_contact,
    my_details,
    my_door,
    my_ending,
    my_facts,
    my_guarding,
    my_hiding,
    my_receipts,
    my_sharing,
    standing,
)
from services.intake.http.public.my_visit import (
    mine,
    person_of,
    place,
    told_to_wait,
    visit,
    wait_in_words,
)
from services.intake.http.public.pages import page
from services.intake.http.public.whom_to_ring import whom_to_ring
from services.intake.usecases import find_request, look_up, stages
from services.intake.usecases.feeding_back import last_feedback
from services.intake.usecases.own_consents import open_questions
from shared.web import current_store
from shared.web.access import person, principal, public

if TYPE_CHECKING:
    from flask import Response

    from services.intake.usecases import LookedUp

bp = Blueprint("my", __name__, url_prefix="/my")
PARTS = (
    my_door, my_details, my_facts, my_contact, my_sharing, my_answering, my_ending, my_guarding,
    my_receipts, my_hiding, my_again,
)  # fmt: skip
for part in PARTS:
    bp.register_blueprint(part.bp)

__all__ = ["bp", "person_of"]
WHY = "reference and return code are asked for here"
TITLE = "See where your request stands"
WRONG = "We do not know this reference and return code together. Check both"
LONGEST = 40


@bp.get("/sign-in")
@public(WHY)
def sign_in() -> Response:
    """Ask for reference and return code."""
    return _sign_in_page()


@bp.post("/sign-in")
@public(WHY)
def open_page() -> Response:
    """Open the page for whoever knows both; each wrong try makes the next one wait."""
    reference, code = (tidy(request.form.get(name, ""))[:LONGEST] for name in ("reference", "code"))
    missing = _missing(reference, code)
    if missing:
        return _sign_in_page(missing)
    with current_store().begin(actor=principal()) as tx:
        found = look_up(reference, code, tx, place=place())
        opened = None
        if found.request:
            opened = visits.open_visit(found.request.id, tx, found.before_at)
    if opened is None:
        return _refused(found)
    return browser.hold(browser.onward(url_for("my.show")), browser.VISIT, opened)


@bp.get("")
@person()
def show() -> Response:
    """Show how far it has come: stages alone, whoever else may be looking."""
    with current_store().read(actor=principal()) as tx:
        found = find_request(mine(), tx)
        told = standing.standing(found, stages(found, tx), tx.now, tx.nation())
        questions = open_questions(found.id, tx)
        finished = any(one.now == "Finished" for one in told.agencies)
        asks = finished and last_feedback(found.id, tx) is None
        hub = whom_to_ring(tx)
    before = visit().before_at
    return page(
        "my/show.html",
        "Your request",
        request_=found,
        standing=told,
        questions=questions,
        asks=asks,
        before=before and standing.said(before),
        done=standing.DONE.get(request.args.get("done", "")),
        hub=hub,
    )


@bp.post("/sign-out")
@public("closing a page that is already closed does no harm")
def sign_out() -> Response:
    """Close the page."""
    held = browser.held(browser.VISIT)
    if held:
        with current_store().begin(actor=principal()) as tx:
            visits.close_visit(held, tx)
    return browser.forget(browser.onward(url_for("my.closed")), browser.VISIT)


@bp.get("/closed")
@public("it says only that the page is closed")
def closed() -> Response:
    """Say that the page is closed."""
    return page("my/closed.html", "Your page is closed")


def _missing(reference: str, code: str) -> dict[str, str]:
    asked = {
        "reference": (reference, "Enter your reference"),
        "code": (code, "Enter your return code"),
    }
    return {name: sentence for name, (value, sentence) in asked.items() if not value}


def _refused(found: LookedUp) -> Response:
    if found.frozen:
        with current_store().read() as tx:
            return page("my/frozen.html", "This page cannot be opened now", hub=whom_to_ring(tx))
    if not found.wait:
        return _sign_in_page({"reference": WRONG})
    often = f"There were too many wrong tries. Wait {wait_in_words(found.wait)}, then try again"
    return told_to_wait(_sign_in_page({"reference": often}, 429), found.wait)


def _sign_in_page(errors: dict[str, str] | None = None, status: int | None = None) -> Response:
    typed = {name: tidy(request.form.get(name, ""))[:LONGEST] for name in ("reference", "code")}
    with current_store().read() as tx:
        hub = whom_to_ring(tx)
    return page("my/sign-in.html", TITLE, errors=errors, status=status, typed=typed, hub=hub)
