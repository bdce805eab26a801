"""/api/v1/requests/<id>: put something right, send a draft, withdraw, close, void.

Promise: a change names the version it was based on; an ending counts at once and may be sent
twice. Whoever may not see a request gets the same 404 as for one that does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from services.intake.errors import (
    RequestNotFoundError,
    StaleVersionError,
    SubmissionRefusedError,
    VersionMissingError,
)
from services.intake.http.reading import submission_from
from services.intake.http.request_bodies import (
    CHANGE,
    PART,
    WRONG,
    ClosingSchema,
    MistakeSchema,
    WithdrawalSchema,
)
from services.intake.http.requests import bp
from services.intake.http.schemas import RequestSchema, ShownRequestSchema
from services.intake.http.versions import seen_version
from services.intake.usecases.amending import amend_request
from services.intake.usecases.commanding import parts_of
from services.intake.usecases.draft_checks import draft_faults
from services.intake.usecases.drafting import find_draft, save_draft, send_draft
from services.intake.usecases.ending import close_request, void_request, withdraw_request
from services.intake.usecases.following import followed_or_drafted
from services.intake.usecases.showing import find_request
from shared.errors import Fault
from shared.web.access import client, principal
from shared.web.current import current_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from services.intake.storage import IntakeTransaction

Answer = tuple[object, int, dict[str, str]]
IF_MATCH = {"in": "header", "name": "If-Match", "schema": {"type": "string"}}
ASIDE = frozenset({"draft", "reason"})


@bp.patch("/<uuid:request_id>")
@client("request.submit")
@bp.doc(parameters=[IF_MATCH | {"required": True}])
@bp.arguments(CHANGE)
@bp.response(200, ShownRequestSchema)
def amend(body: dict[str, Any], request_id: UUID) -> Answer:
    """Put something right (T32); a draft is written on, or sent with `"draft": false`."""
    with current_store().begin(actor=principal()) as tx:
        seen = followed_or_drafted(request_id, tx)
        version = seen_version()
        if version is None:
            raise VersionMissingError
        if isinstance(seen, dict):
            _write_on(request_id, body, version, tx)
        else:
            why = body.get("reason")
            amend_request(request_id, changes_of(body), why, tx, version=version)
        return _answer(followed_or_drafted(request_id, tx))


@bp.post("/<uuid:request_id>/withdrawal")
@client("request.submit")
@bp.doc(parameters=[IF_MATCH])
@bp.arguments(WithdrawalSchema)
@bp.response(200, ShownRequestSchema)
def withdraw(body: dict[str, Any], request_id: UUID) -> Answer:
    """End a request that the person no longer wants (T23), with all its consents."""
    return _end(request_id, lambda tx: withdraw_request(request_id, body["reason"], tx))


@bp.post("/<uuid:request_id>/close")
@client("request.submit")
@bp.doc(parameters=[IF_MATCH])
@bp.arguments(ClosingSchema)
@bp.response(200, ShownRequestSchema)
def close(body: dict[str, Any], request_id: UUID) -> Answer:
    """Close a request: the person has died (T37), or nobody could take it (T6, the hub alone)."""
    said = body["outcome"], body["comment"]
    return _end(request_id, lambda tx: close_request(request_id, *said, tx))


@bp.post("/<uuid:request_id>/void")
@client("request.submit")
@bp.doc(parameters=[IF_MATCH])
@bp.arguments(MistakeSchema)
@bp.response(200, ShownRequestSchema)
def void(body: dict[str, Any], request_id: UUID) -> Answer:
    """Take back a request entered in error (T31), within the hour and by whoever made it."""
    return _end(request_id, lambda tx: void_request(request_id, body["reason"], tx))


def changes_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a body changes, as values; of person and contact only the fields it names."""
    told = submission_from(body)
    changes: dict[str, Any] = {}
    for name in body.keys() - ASIDE:
        value = getattr(told, name)
        if name in {"person", "contact"}:
            value = {field: getattr(value, field) for field in body[name]}
        changes[name] = value
    return changes


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return *old* changed by *new* as RFC 7396 says: null takes away, a list replaces."""
    result = dict(old)
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            below = result.get(name)
            result[name] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[name] = value
    return result


def _write_on(draft_id: UUID, body: dict[str, Any], version: int, tx: IntakeTransaction) -> None:
    sent = {name: value for name, value in request.get_json().items() if name not in ASIDE}
    whole = merged(find_draft(draft_id, tx).body, sent)
    if body.get("draft") is False:
        told = submission_from(RequestSchema().load(whole))
        send_draft(draft_id, told, tx, version=version)
        return
    loaded = PART.load(whole)
    found = tuple(Fault(*one) for one in draft_faults(submission_from(loaded), loaded, tx))
    if found:
        raise SubmissionRefusedError(WRONG, found)
    save_draft(draft_id, whole, tx, version=version)


def _end(request_id: UUID, command: Callable[[IntakeTransaction], None]) -> Answer:
    with current_store().begin(actor=principal()) as tx:
        row, version = tx.request_row(request_id), seen_version()
        if row is None or not parts_of(tx.actor, row, tx):
            raise RequestNotFoundError("there is no such request")
        if version is not None and version != row.version:
            raise StaleVersionError(row.version)
        command(tx)
        return _answer(find_request(request_id, tx))


def _answer(found: Any) -> Answer:  # noqa: ANN401 - a request, or a draft in its shape
    version = found["version"] if isinstance(found, dict) else found.version
    return found, 200, {"ETag": f'"{version}"'}
