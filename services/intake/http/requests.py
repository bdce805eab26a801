"""/api/v1/requests: partners submit a request, follow it, and read what they may see.

Promise: 201 means the request is safely ours; whatever is refused leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from flask import jsonify, request

from services.intake.domain.consent import REFER
from services.intake.errors import (
    DuplicateRequestError,
    KeyMissingError,
    NotDisclosedError,
    SubmissionRefusedError,
)
from services.intake.http.reading import submission_from
from services.intake.http.request_bodies import WRONG, PostedSchema
from services.intake.http.schemas import (
    ReferralQuery,
    ShownRequestSchema,
    SubmittedSchema,
)
from services.intake.usecases import Disclosure, disclose, submit_once
from services.intake.usecases.draft_checks import draft_faults
from services.intake.usecases.drafting import begin_draft
from services.intake.usecases.following import followed_or_drafted
from services.intake.usecases.submitting import do_once
from shared.errors import Fault, KeyTakenError
from shared.web.access import client, principal
from shared.web.api import Blueprint
from shared.web.current import current_store
from shared.web.overload import turn_programs_away

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from services.intake.domain.submission import Submission
    from services.intake.storage import IntakeTransaction
    from services.intake.usecases import Submitted

bp = Blueprint("requests", __name__, url_prefix="/api/v1/requests", description="Requests for help")

LONGEST_KEY = 100
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}


@bp.post("")
@client("request.submit")
@bp.doc(parameters=[KEY])
@bp.arguments(PostedSchema)
@bp.response(201, SubmittedSchema)
def submit(body: dict[str, Any]) -> Response:
    """Take in a request once per Idempotency-Key, or keep it as a draft."""
    turn_programs_away()
    try:
        return _taken(_submit(body))
    except (KeyTakenError, DuplicateRequestError):
        # The same key came twice at once; by now the first has its answer.
        return _taken(_submit(body))


def _submit(body: dict[str, Any]) -> Submitted:
    """Submit beside others: it only adds rows, under an id, a reference and a key of its own."""
    key, who, told = _idempotency_key(), principal(), _fingerprint(request.get_json())
    submission = submission_from(body)
    with current_store().begin(actor=who, beside=True) as tx:
        once = {"client": str(who.id), "key": key, "body": told}
        if body.get("draft"):
            return do_once(lambda: _begin(submission, body, tx), tx, **once)
        return submit_once(submission, tx, **once)


def _begin(submission: Submission, body: dict[str, Any], tx: IntakeTransaction) -> Submitted:
    found = tuple(Fault(*one) for one in draft_faults(submission, body, tx))
    if found:
        raise SubmissionRefusedError(WRONG, found)
    written = {name: value for name, value in request.get_json().items() if name != "draft"}
    return begin_draft(written, tx)


def _taken(done: Submitted) -> Response:
    answer = jsonify(id=done.id, reference=done.reference, state=done.state, version=done.version)
    answer.status_code = HTTPStatus.CREATED
    answer.headers["Location"] = f"{bp.url_prefix}/{done.id}"
    answer.headers["ETag"] = f'"{done.version}"'
    return answer


@bp.get("/<uuid:request_id>")
@client("request.read")
@bp.response(200, ShownRequestSchema)
def show(request_id: UUID) -> tuple[object, int, dict[str, str]]:
    """Show a request to the agency that submitted it, with nothing personal."""
    with current_store().read(actor=principal()) as tx:
        found = followed_or_drafted(request_id, tx)
    version = found["version"] if isinstance(found, dict) else found.version
    return found, 200, {"ETag": f'"{version}"'}


@bp.get("/<uuid:request_id>/person")
@client("person.read")
@bp.arguments(ReferralQuery, location="query")
@bp.response(200)
def person(query: dict[str, UUID], request_id: UUID) -> Response:
    """Show the receiving agency what it may see now; the reading is recorded."""
    who = replace(principal(), purpose=REFER)
    with current_store().begin(actor=who) as tx:
        answer = disclose(request_id, query["referral"], _agency(who.agency_id), REFER, tx)
    if not isinstance(answer, Disclosure):
        raise NotDisclosedError("there is nothing here for you to see")
    return jsonify(told(answer))


def told(answer: Disclosure) -> dict[str, Any]:
    """Return a disclosure as JSON: only the parts that may be seen."""
    parts = {
        "person": answer.person,
        "contact": answer.contact,
        "story": answer.story,
        "notes": answer.notes,
        "access_needs": answer.access_needs,
        "household": answer.household,
    }
    return {
        "request_id": answer.request_id,
        "basis": answer.basis,
        **{name: part for name, part in parts.items() if part is not None},
    }


def _agency(agency_id: UUID | None) -> UUID:
    if agency_id is None:
        raise NotDisclosedError("there is nothing here for you to see")
    return agency_id


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise KeyMissingError(f"Send an Idempotency-Key of 1 to {LONGEST_KEY} plain characters.")
    return key


def _fingerprint(body: object) -> str:
    """Return a hash that is equal for equal bodies, however their keys are ordered."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
