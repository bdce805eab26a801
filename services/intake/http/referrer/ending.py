"""Ending a request from the staff pages: stop it, close it, or take back a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import request, url_for

from services.intake.domain.request_transitions import Who
from services.intake.errors import NotPossibleError, RequestNotFoundError, SubmissionRefusedError
from services.intake.http.referrer.blueprint import ENDING_ROLES, bp, onward, page
from services.intake.usecases.commanding import parts_of, possible, present_state
from services.intake.usecases.ending import DIED, close_request, void_request, withdraw_request
from shared.codes import codes
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Response

    from services.intake.storage import IntakeTransaction

GAP = "NO_SERVICE_AVAILABLE"
OUTCOMES = {
    GAP: "Nobody could take it: the gap is recorded and the person was told of other ways",
    DIED: "The person has died: every referral ends, and no message reaches the person",
}
ASKED_FOR = {
    "withdraw": ("withdraw.html", "Stop this request"),
    "close": ("close.html", "Close this request"),
    "void": ("void.html", "This request was a mistake"),
}
REASONS = ("NO_LONGER_WANTED", "NEEDS_MET_ELSEWHERE", "NEEDS_CHANGED", "MOVED_AWAY",
           "ILLNESS_OR_CARING", "PERSON_DECLINED")  # fmt: skip
DONE = {"withdraw": "withdrawn", "close": "closed", "void": "voided"}


@bp.get("/<uuid:request_id>/withdraw")
@staff(*ENDING_ROLES)
def withdraw_form(request_id: UUID) -> Response:
    """Ask why, if the person said."""
    return _form("withdraw", request_id)


@bp.post("/<uuid:request_id>/withdraw")
@staff(*ENDING_ROLES)
def withdraw(request_id: UUID) -> Response:
    """Stop a request the person no longer wants (T23)."""
    reason = request.form.get("reason") or request.form.get("words") or None
    return _end(
        "withdraw", request_id, lambda tx: withdraw_request(request_id, reason, tx, method="phone")
    )


@bp.get("/<uuid:request_id>/close")
@staff(*ENDING_ROLES)
def close_form(request_id: UUID) -> Response:
    """Ask how it ended."""
    return _form("close", request_id)


@bp.post("/<uuid:request_id>/close")
@staff(*ENDING_ROLES)
def close(request_id: UUID) -> Response:
    """Close a request: nobody could take it (T6), or the person has died (T37)."""
    outcome, comment = request.form.get("outcome", ""), request.form.get("comment", "")
    return _end("close", request_id, lambda tx: close_request(request_id, outcome, comment, tx))


@bp.get("/<uuid:request_id>/void")
@staff(*ENDING_ROLES)
def void_form(request_id: UUID) -> Response:
    """Ask why it was a mistake."""
    return _form("void", request_id)


@bp.post("/<uuid:request_id>/void")
@staff(*ENDING_ROLES)
def void(request_id: UUID) -> Response:
    """Take back a request that was entered in error (T31)."""
    reason = request.form.get("reason", "")
    return _end("void", request_id, lambda tx: void_request(request_id, reason, tx))


def _end(name: str, request_id: UUID, command: Callable[[IntakeTransaction], None]) -> Response:
    try:
        with current_store().begin(actor=principal()) as tx:
            command(tx)
            row = tx.request_row(request_id)
            mine = row is not None and Who.REFERRER in parts_of(principal(), row, tx)
    except SubmissionRefusedError as error:
        found = {fault.pointer.strip("/"): fault.detail for fault in error.errors}
        return _form(name, request_id, found)
    if mine:
        return onward(url_for("referrer.show", request_id=request_id, done=DONE[name]))
    return onward(url_for("referrer.ended", done=DONE[name]))


@bp.get("/ended")
@staff(*ENDING_ROLES)
def ended() -> Response:
    """Say that it is done, to whoever does not see the request itself."""
    return page("ended.html", "Done")


def _form(name: str, request_id: UUID, errors: Mapping[str, str] | None = None) -> Response:
    template, title = ASKED_FOR[name]
    with current_store().read(actor=principal()) as tx:
        row = tx.request_row(request_id)
        parts = parts_of(principal(), row, tx) if row is not None else frozenset()
        if row is None or not parts:
            raise RequestNotFoundError("there is no such request")
        can = possible(principal(), row, tx)
        if name not in can and not (name == "close" and "died" in can):
            raise NotPossibleError(name, present_state(row, tx), can)
        offered = [GAP] if "close" in can else []
        return page(
            template,
            title,
            errors=errors,
            reference=row.reference,
            request_id=request_id,
            outcomes=[{"value": code, "text": OUTCOMES[code]} for code in (*offered, DIED)],
            reasons=[{"value": code, "text": codes("end_reasons")[code].en} for code in REASONS],
            typed=request.form,
            back=url_for("referrer.show", request_id=request_id)
            if Who.REFERRER in parts
            else "/agency/",
        )
