"""/my: the person's own page, opened by reference and return code, without an account.

Promise: a wrong code and an unknown reference get the same answer; the page shows how
things stand, never a name or a story; it closes after fifteen minutes without a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, redirect, request, url_for

from services.intake import visits
from services.intake.drafts import digest
from services.intake.http.public import browser, offers, standing
from services.intake.http.public.forms import tidy
from services.intake.http.public.pages import page
from services.intake.usecases import find_request, look_up, openings, stages
from shared.identity import Principal
from shared.web import current_store
from shared.web.access import person, principal, public

if TYPE_CHECKING:
    from datetime import timedelta

    from flask import Response
    from flask.typing import ResponseReturnValue

bp = Blueprint("my", __name__, url_prefix="/my")
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
        found = look_up(reference, code, tx)
        visit = visits.open_visit(found.request.id, tx) if found.request else None
    if visit is None:
        return _refused(found.wait)
    return browser.hold(browser.onward(url_for("my.show")), browser.VISIT, visit)


@bp.get("")
@person()
def show() -> Response:
    """Show how far each agency has come with the request."""
    with current_store().read(actor=principal()) as tx:
        found = find_request(UUID(str(principal().id)), tx)
        told = standing.standing(found, stages(found, tx))
        looks = standing.looks(openings(found, tx))
        hub = next(iter(offers.hubs(tx)), None)
    title = "Your request"
    return page("my/show.html", title, request_=found, standing=told, looks=looks, hub=hub)


@bp.post("/sign-out")
@public("closing a page that is already closed does no harm")
def sign_out() -> Response:
    """Close the page."""
    visit = browser.held(browser.VISIT)
    if visit:
        with current_store().begin(actor=principal()) as tx:
            visits.close_visit(visit, tx)
    return browser.forget(browser.onward(url_for("my.closed")), browser.VISIT)


@bp.get("/closed")
@public("it says only that the page is closed")
def closed() -> Response:
    """Say that the page is closed."""
    return page("my/closed.html", "Your page is closed")


def person_of() -> Principal | ResponseReturnValue:
    """Return the person whose page is open in this browser, or lead to the way in."""
    held = browser.held(browser.VISIT)
    store = current_store()
    with store.read() as tx:
        visit = visits.find_visit(held, tx) if held else None
        due = visit and visit.is_due_for_a_touch(tx.now)
    if held is None or visit is None:
        return redirect(url_for("my.sign_in"), 303)
    if due:
        with store.begin() as tx:
            visits.touch_visit(held, tx)
    session = digest(held).hex()[:16]
    return Principal(kind="person", id=str(visit.request_id), session=session)


def _missing(reference: str, code: str) -> dict[str, str]:
    asked = {
        "reference": (reference, "Enter your reference"),
        "code": (code, "Enter your return code"),
    }
    return {name: sentence for name, (value, sentence) in asked.items() if not value}


def _refused(wait: timedelta | None) -> Response:
    if not wait:
        return _sign_in_page({"reference": WRONG})
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    often = f"{minutes} minutes" if minutes > 1 else "a minute"
    response = _sign_in_page(
        {"reference": f"There were too many wrong tries. Wait {often}, then try again"}, 429
    )
    response.headers["Retry-After"] = str(max(1, int(wait.total_seconds())))
    return response


def _sign_in_page(errors: dict[str, str] | None = None, status: int | None = None) -> Response:
    typed = {name: tidy(request.form.get(name, ""))[:LONGEST] for name in ("reference", "code")}
    return page("my/sign-in.html", TITLE, errors=errors, status=status, typed=typed)
