"""Somebody may be in danger: anyone who knows of a request may say so; who is on duty looks.

Promise: raising a flag opens nothing and shows nothing; opening one is recorded, and shows what
was said and whom to ring, not who the person is.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint as Pages
from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate

from services.intake.domain.duty import LONGEST_COMMENT, REASONS
from services.intake.errors import RequestNotFoundError
from services.intake.http.duty_words import sentences
from services.intake.usecases.flagging import may_flag, raise_flag
from services.intake.usecases.flags_looking import flags_to_look_at, open_flag
from shared.web import current_store
from shared.web.access import client, principal, staff
from shared.web.api import Blueprint

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

api = Blueprint("flag_api", __name__, url_prefix="/api/v1/requests", description="Danger flags")
bp = Pages("flags", __name__, url_prefix="/requests")

ANY_STAFF = ("worker", "manager", "trustee", "safeguarding", "coordinator", "officer")
DUTY = ("worker", "manager", "safeguarding", "coordinator", "officer")
CHOOSE = "Choose why you are worried"
TOO_LONG = f"Write at most {LONGEST_COMMENT} characters"


class FlagSchema(Schema):
    """Why somebody should look at once: a code, or words, which are kept sealed."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_COMMENT),
        metadata={"description": f"one of {', '.join(REASONS)}, or plain words"},
    )


class FlagRaisedSchema(Schema):
    """The flag's id; whoever is on duty has been told."""

    id = fields.UUID(required=True)


@api.post("/<uuid:request_id>/flag")
@client("request.read")
@api.arguments(FlagSchema)
@api.response(201, FlagRaisedSchema)
def flag(body: dict[str, str], request_id: UUID) -> Response:
    """Tell whoever is on duty that somebody may be in danger; nothing is opened by it."""
    with current_store().begin(actor=principal()) as tx:
        flag_id = raise_flag(request_id, body["reason"], tx)
    return make_response(jsonify(id=flag_id), 201)


@bp.get("/<uuid:request_id>/flag")
@staff(*ANY_STAFF)
def ask(request_id: UUID) -> ResponseReturnValue:
    """Ask why somebody should look at once."""
    with current_store().read(actor=principal()) as tx:
        if not may_flag(request_id, tx):
            raise RequestNotFoundError("there is no such request")
    return _ask_page(request_id, {})


@bp.post("/<uuid:request_id>/flag")
@staff(*ANY_STAFF)
def send(request_id: UUID) -> ResponseReturnValue:
    """Raise the flag."""
    reason, comment = request.form.get("reason", ""), request.form.get("comment", "").strip()
    errors = {} if reason in REASONS else {"reason": CHOOSE}
    if len(comment) > LONGEST_COMMENT:
        errors["comment"] = TOO_LONG
    if errors:
        return _ask_page(request_id, errors), 422
    with current_store().begin(actor=principal()) as tx:
        raise_flag(request_id, reason, tx, comment=comment)
    return redirect(url_for("flags.sent", request=request_id), 303)


@bp.get("/flag-sent")
@staff(*ANY_STAFF)
def sent() -> ResponseReturnValue:
    """Say who has been told, and when they look."""
    return render_template("intake/flags/sent.html", looks=_looks(request.args.get("request", "")))


@bp.get("/flags")
@staff(*DUTY)
def listed() -> ResponseReturnValue:
    """Show the flags this agency is on duty for, in codes and times."""
    with current_store().read(actor=principal()) as tx:
        found = flags_to_look_at(tx)
    return render_template("intake/flags/list.html", flags=found, reasons=REASONS)


@bp.post("/flags/<uuid:flag_id>")
@staff(*DUTY)
def look(flag_id: UUID) -> ResponseReturnValue:
    """Open one flag, recording who did."""
    with current_store().begin(actor=principal()) as tx:
        opened = open_flag(flag_id, tx)
    page = render_template("intake/flags/opened.html", opened=opened, reasons=REASONS)
    return page, 200, {"Cache-Control": "no-store"}


@bp.get("/flags/<uuid:flag_id>")
@staff(*DUTY)
def back(flag_id: UUID) -> ResponseReturnValue:
    """Lead back to the list: only the button opens a flag."""
    del flag_id
    return redirect(url_for("flags.listed"), 303)


def _ask_page(request_id: UUID, errors: dict[str, str]) -> str:
    shown: dict[str, Any] = {"typed": request.form.to_dict(), "looks": _looks(str(request_id))}
    return render_template("intake/flags/ask.html", errors=errors, reasons=REASONS, **shown)


def _looks(told: str) -> tuple[str, ...]:
    """Return who looks at a flag of the request *told*, if the reader knows of it."""
    with suppress(ValueError), current_store().read(actor=principal()) as tx:
        return sentences(UUID(told), tx) if may_flag(UUID(told), tx) else ()
    return ()
