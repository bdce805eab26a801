"""The first page, and the quick way out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Blueprint, current_app

from services.intake import drafts, visits
from services.intake.hours import reading
from services.intake.http.public import browser
from services.intake.http.public.pages import page
from services.intake.http.public.ways import WAYS
from shared.errors import OnwardError
from shared.web import current_store
from shared.web.access import public
from shared.web.pages import helplines

if TYPE_CHECKING:
    from flask import Response

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

bp = Blueprint("start", __name__)
NEUTRAL_SITE = "https://www.bbc.co.uk/weather"
CLEARED = '"cookies", "storage"'
DRAFTS = tuple(way.cookie for way in WAYS.values())


@bp.get("/")
@public("everyone may read what this is")
def home() -> Response:
    """Say what this is, who reads what is sent, and whom to ring now."""
    with current_store().read() as tx:
        read = reading(tx.now, tx.nation())
    return page("start.html", "Tell your story once", helplines=helplines(), reading=read)


@bp.get("/exit")
@public("whoever must leave at once has no time to sign in")
def leave() -> Response:
    """Empty the browser of us and go to a page about something else."""
    held = [browser.held(name) for name in DRAFTS]
    visit = browser.held(browser.VISIT)
    response = browser.onward(current_app.config.get("EXIT_TO", NEUTRAL_SITE))
    response.headers["Clear-Site-Data"] = CLEARED
    for name in (*DRAFTS, browser.LANGUAGE, browser.VISIT, browser.FORM):
        browser.forget(response, name)
    # Leaving does not wait for the database; what it cannot delete now is swept later.
    store = current_store()
    response.call_on_close(lambda: _forget(store, [one for one in held if one], visit))
    return response


def _forget(store: Store[IntakeTransaction], held: list[str], visit: str | None) -> None:
    if not held and not visit:
        return
    with suppress(OnwardError), store.begin() as tx:
        for draft in held:
            drafts.delete_draft(draft, tx)
        visits.close_visit(visit or "", tx)
