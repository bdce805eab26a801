"""The rows that a request leaves behind, personal data sealed under keys of their own.

All are buffered: they travel to the database together, just before the commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake import sealing
from services.intake.storage import tables as t
from services.intake.usecases.acknowledging import clock_of

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import NamedService, Submission
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
    told: Submission,
    submitted: Submitted,
    codes: dict[str, Any],
    tx: IntakeTransaction,
    of_person: UUID | None = None,
) -> bytes:
    """Keep the request, what was written to services and a new person; return its key."""
    key, code = tx.add_key("request", submitted.id), submitted.return_code
    place = ("request", "sealed_story", submitted.id)
    person_id = of_person or _keep_person(told, tx)
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
        sealed_speaker=_speaker(told, submitted.id, key, tx),
        submitted_at=tx.now,
        relationship=told.relationship,
        onward_of=told.onward_of,
        **clock_of(submitted.state, tx.now, told.urgency, told.contact.channels, tx.nation()),
        **codes,
    )
    for wish in told.referrals:
        _keep_wish(wish, submitted.id, key, tx)
    return key


def _keep_person(told: Submission, tx: IntakeTransaction) -> UUID:
    person_id = tx.new_id()
    key = tx.add_key("person", person_id)
    tx.insert(t.person, id=person_id, **sealing.person_columns(tx.vault, key, person_id, told))
    return person_id


def _speaker(told: Submission, request_id: UUID, key: bytes, tx: IntakeTransaction) -> bytes | None:
    if told.speaker is None:
        return None
    return sealing.seal(tx.vault, key, told.speaker, ("request", "sealed_speaker", request_id))


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
