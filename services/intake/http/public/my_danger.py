"""/my/danger: the person asks that somebody looks at their request now.

Promise: whoever is on duty reads what is written here and the reference, and no name. The page
says first whom to ring when it cannot wait, and where nobody is on duty it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, request, url_for

from services.intake.domain import duty
from services.intake.http.duty_words import sentences
from services.intake.http.public import browser
from services.intake.http.public.pages import page
from services.intake.usecases.flagging import raise_flag
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("danger", __name__, url_prefix="/my")
TITLE, TOLD = "Ask us to look now", "We have passed it on"
REASONS = {
    duty.DANGER: "I may be in danger",
    duty.CHILD: "A child may be in danger",
    duty.WORSE: "Things have become much worse",
    duty.OTHER: "Something else",
}


@bp.get("/danger")
@person()
def ask() -> Response:
    """Say whom to ring, and ask why somebody should look."""
    return _page({})


@bp.post("/danger")
@person()
def send() -> Response:
    """Tell whoever is on duty."""
    reason, comment = request.form.get("reason", ""), request.form.get("comment", "").strip()
    errors = {} if reason in REASONS else {"reason": "Choose why we should look now"}
    over = len(comment) - duty.LONGEST_COMMENT
    if over > 0:
        errors["comment"] = f"What you wrote is {over} characters too long"
    if errors:
        return _page(errors)
    with current_store().begin(actor=principal()) as tx:
        raise_flag(UUID(str(principal().id)), reason, tx, comment=comment)
    return browser.onward(url_for("danger.told"))


@bp.get("/danger-told")
@person()
def told() -> Response:
    """Say what happens now."""
    return page("my/danger-told.html", TOLD, back="/my", looks=_looks())


def _page(errors: dict[str, str]) -> Response:
    told: dict[str, Any] = {"typed": request.form.to_dict(), "reasons": REASONS}
    return page("my/danger.html", TITLE, errors=errors, back="/my", looks=_looks(), **told)


def _looks() -> tuple[str, ...]:
    with current_store().read(actor=principal()) as tx:
        return sentences(UUID(str(principal().id)), tx)
