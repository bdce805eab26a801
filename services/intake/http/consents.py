"""/api/v1/requests/<id>/consents and /api/v1/consents/<id>: ask, record, take back, receipts.

Promise: to whom a consent is no business there is no such consent; what is refused leaves
nothing behind; what is taken back counts before the answer is sent.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from services.intake.errors import ConsentRefusedError
from services.intake.http.consent_bodies import (
    AnswerSchema,
    ConsentConfirmationSchema,
    ConsentsSchema,
    ConsentWithdrawalSchema,
    LedgerEntrySchema,
)
from services.intake.http.reading import consent_from
from services.intake.http.receipt_pdf import as_pdf
from services.intake.usecases.consent_access import (
    as_seen,
    check_referrer,
    consent_for_referrer,
    grants_to_withdraw,
)
from services.intake.usecases.consent_checks import consent_of, request_of
from services.intake.usecases.consent_views import LedgerEntry, entry_of
from services.intake.usecases.consenting import (
    confirm_consent,
    consents_of,
    give_consent,
    refuse_consent,
    withdraw_consent,
)
from services.intake.usecases.receipt_record import record_of
from services.intake.usecases.receipts import receipt_of
from shared.errors import Fault
from shared.web.access import client, principal
from shared.web.api import Blueprint
from shared.web.current import current_store

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import Consent
    from services.intake.storage import IntakeTransaction

bp = Blueprint("consents", __name__, url_prefix="/api/v1", description="Consents")
PDF, JSON = "application/pdf", "application/json"


@bp.get("/requests/<uuid:request_id>/consents")
@client("consent.read")
@bp.response(200, ConsentsSchema)
def show_all(request_id: UUID) -> dict[str, Any]:
    """Show every consent of a request to the agency that submitted it, newest first."""
    with current_store().read(actor=principal()) as tx:
        check_referrer(request_id, tx)
        return {"items": consents_of(request_id, tx), "next": None}


@bp.post("/requests/<uuid:request_id>/consents")
@client("consent.record")
@bp.arguments(AnswerSchema)
@bp.response(201, LedgerEntrySchema)
def record(body: dict[str, Any], request_id: UUID) -> tuple[LedgerEntry, int, dict[str, str]]:
    """Record what the person answered: to a question that was asked, or to a new one."""
    with current_store().begin(actor=principal()) as tx:
        check_referrer(request_id, tx)
        consent_id = _recorded(body.get("answers"), consent_from(body), request_id, tx)
        answer = _entry(consent_id, tx)
    return answer, HTTPStatus.CREATED, {"Location": f"/api/v1/consents/{consent_id}/receipt"}


def _recorded(
    asked: UUID | None, consent: Consent, request_id: UUID, tx: IntakeTransaction
) -> UUID:
    """Record a yes, or where every answer to a question is no, a no."""
    if asked is not None and all(grant.decision == "refused" for grant in consent.grants):
        consent_for_referrer(asked, tx, request_id)
        refuse_consent(asked, tx, consent.method)
        return asked
    try:
        return give_consent(asked, request_id, consent, tx)
    except ConsentRefusedError as refused:
        # The body is the consent itself, not a part of a request.
        found = [Fault(f.pointer.removeprefix("/consent"), f.detail) for f in refused.errors]
        raise ConsentRefusedError(str(refused), found) from refused


@bp.post("/consents/<uuid:consent_id>/withdrawal")
@client("consent.record")
@bp.arguments(ConsentWithdrawalSchema)
@bp.response(200, LedgerEntrySchema)
def withdraw(body: dict[str, Any], consent_id: UUID) -> LedgerEntry:
    """Take back a consent, or some grants of it, on the person's word; it counts at once."""
    with current_store().begin(actor=principal()) as tx:
        grants = grants_to_withdraw(consent_id, body["grants"], tx)
        withdraw_consent(
            consent_id, tx, grants=grants, method=body["method"], reason=body["reason"]
        )
        return _entry(consent_id, tx)


@bp.post("/consents/<uuid:consent_id>/confirmation")
@client("consent.record")
@bp.arguments(ConsentConfirmationSchema)
@bp.response(200, LedgerEntrySchema)
def confirm(body: dict[str, Any], consent_id: UUID) -> LedgerEntry:
    """Note that what was said aloud was confirmed to the person in writing."""
    with current_store().begin(actor=principal()) as tx:
        consent_for_referrer(consent_id, tx)
        confirm_consent(consent_id, body["method"], tx)
        return _entry(consent_id, tx)


@bp.get("/consents/<uuid:consent_id>/receipt")
@client("consent.read")
@bp.response(200)
def receipt(consent_id: UUID) -> Response:
    """Show the receipt in the shape of ISO/IEC TS 27560, or as PDF to whoever prefers that."""
    with current_store().read(actor=principal()) as tx:
        consent_for_referrer(consent_id, tx)
        found = receipt_of(consent_id, tx)
    if request.accept_mimetypes.best_match([JSON, PDF], JSON) == PDF:
        return Response(as_pdf(found), mimetype=PDF)
    return jsonify(record_of(found))


def _entry(consent_id: UUID, tx: IntakeTransaction) -> LedgerEntry:
    row = consent_of(consent_id, tx)
    return as_seen(entry_of(row, request_of(row.request_id, tx), tx), tx)
