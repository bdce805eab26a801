"""/my/stop and /my/help: stop the request; say whether it helped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for

from services.intake.errors import NotPossibleError
from services.intake.http.public import browser, standing
from services.intake.http.public.my_visit import mine
from services.intake.http.public.pages import page
from services.intake.usecases import find_request
from services.intake.usecases.ending import withdraw_request
from services.intake.usecases.feeding_back import ANSWERS, give_feedback, last_feedback
from shared.codes import codes
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("ending", __name__)
REASONS = (
    "NO_LONGER_WANTED",
    "NEEDS_MET_ELSEWHERE",
    "NEEDS_CHANGED",
    "MOVED_AWAY",
    "ILLNESS_OR_CARING",
)
"""Codes a person may choose from, all optional."""


@bp.get("/stop")
@person()
def ask() -> Response:
    """Say what stopping does, and offer it."""
    return _stop_page()


@bp.post("/stop")
@person()
def stop() -> Response:
    """Stop the request at once; a reason is welcome, never needed."""
    reason = request.form.get("reason", "")
    try:
        with current_store().begin(actor=principal()) as tx:
            withdraw_request(mine(), reason if reason in REASONS else None, tx)
    except NotPossibleError:
        return _stop_page()
    return browser.onward(url_for("my.show", done="stopped"))


@bp.get("/help")
@person()
def ask_help() -> Response:
    """Ask whether the person got help."""
    return _help_page()


@bp.post("/help")
@person()
def tell_help() -> Response:
    """Keep the person's own answer."""
    said = request.form.get("got_help", "")
    if said not in ANSWERS:
        return _help_page({"got_help": "Choose one answer"})
    with current_store().begin(actor=principal()) as tx:
        give_feedback(mine(), said, tx)
    return browser.onward(url_for("my.show", done="help"))


def _stop_page() -> Response:
    with current_store().read(actor=principal()) as tx:
        found = find_request(mine(), tx)
    words = {code: codes("end_reasons")[code].label_plain for code in REASONS}
    return page(
        "my/stop.html",
        "Stop your request",
        live=found.state in standing.LIVE,
        reasons=words,
        back=url_for("my.show"),
    )


def _help_page(errors: dict[str, str] | None = None) -> Response:
    with current_store().read(actor=principal()) as tx:
        before = last_feedback(mine(), tx)
    return page(
        "my/help.html",
        "Did you get help?",
        errors=errors,
        before=before,
        back=url_for("my.show"),
    )
