"""The rows that a request leaves behind, personal data sealed under keys of their own.

All are buffered: they travel to the database together, just before the commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake import sealing
from services.intake.domain.consent import GIVEN, answers
from services.intake.storage import tables as t

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import Consent, NamedService, Submission
    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.submitting import Submitted

RETURN_CODE = "return code"


def hash_of(reference: str, return_code: str, tx: IntakeTransaction) -> bytes:
    """Return the keyed hash by which a return code is known again."""
    return tx.vault.blind_index(RETURN_CODE, f"{reference} {return_code}")


def keep_answer(
    asked: tuple[str, str, bytes], answer: dict[str, str | int], tx: IntakeTransaction
) -> None:
    """Keep what (client, key, body hash) was answered, for when the answer is lost on its way."""
    client, key, body_hash = asked
    tx.insert(
        t.idempotency, client_id=client, key=key, body_hash=body_hash, response=answer, at=tx.now
    )


def keep_request(
    told: Submission, submitted: Submitted, codes: dict[str, Any], tx: IntakeTransaction
) -> None:
    """Keep the person, the request and what was written to services named."""
    key, code = tx.add_key("request", submitted.id), submitted.return_code
    place = ("request", "sealed_story", submitted.id)
    person_id = _keep_person(told, tx)
    tx.insert(
        t.request,
        id=submitted.id,
        reference=submitted.reference,
        person_id=person_id,
        return_code_hash=hash_of(submitted.reference, code, tx) if code else None,
        state=submitted.state,
        version=submitted.version,
        submitter_agency_id=tx.actor.agency_id,
        submitted_by=tx.actor.id,
        sealed_story=sealing.seal(tx.vault, key, told.story, place),
        sealed_witness=_witness(told.consent, submitted.id, key, tx),
        submitted_at=tx.now,
        relationship=told.relationship,
        **codes,
    )
    for wish in told.referrals:
        _keep_wish(wish, submitted.id, key, tx)


def _keep_person(told: Submission, tx: IntakeTransaction) -> UUID:
    person_id = tx.new_id()
    key = tx.add_key("person", person_id)
    tx.insert(t.person, id=person_id, **sealing.person_columns(tx.vault, key, person_id, told))
    return person_id


def _witness(consent: Consent, request_id: UUID, key: bytes, tx: IntakeTransaction) -> bytes | None:
    if not consent.witness:
        return None
    place = ("request", "sealed_witness", request_id)
    return sealing.seal(tx.vault, key, consent.witness, place)


def _keep_wish(wish: NamedService, request_id: UUID, key: bytes, tx: IntakeTransaction) -> None:
    row_id = tx.new_id()
    place = ("named_service", "sealed_notes", row_id)
    tx.insert(
        t.named_service,
        id=row_id,
        request_id=request_id,
        service_id=wish.service,
        sealed_notes=sealing.seal(tx.vault, key, sealing.notes(wish), place),
    )


def keep_consent(
    consent: Consent, request_id: UUID, consent_id: UUID, tx: IntakeTransaction
) -> None:
    """Keep the consent, each answer by recipient and category, and its first state."""
    tx.insert(
        t.consent_record,
        id=consent_id,
        request_id=request_id,
        notice_id=consent.notice,
        language=consent.language,
        method=consent.method,
        given_by=consent.given_by,
        valid_until=consent.valid_until,
        collected_by=tx.actor.id,
        collected_by_agency_id=tx.actor.agency_id,
        recorded_at=tx.now,
    )
    _keep_grants(consent, consent_id, tx)
    tx.insert(
        t.consent_event,
        consent_id=consent_id,
        sequence=1,
        state=GIVEN,
        at=tx.now,
        by_kind=tx.actor.kind,
        by_id=tx.actor.id,
        method=consent.method,
    )


def _keep_grants(consent: Consent, consent_id: UUID, tx: IntakeTransaction) -> None:
    for (purpose, recipient, category), decision in answers(consent).items():
        tx.insert(
            t.consent_grant,
            consent_id=consent_id,
            purpose=purpose,
            recipient_agency_id=recipient,
            category=category,
            decision=decision,
        )
