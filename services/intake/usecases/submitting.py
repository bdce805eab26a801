"""Taking in a story with its consents: one transaction, or nothing.

Promise: whoever is given a reference has a request that is safely ours, sealed, and announced.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import checks
from services.intake.domain.consent import GIVEN, answers
from services.intake.domain.references import ENTROPY_BYTES, reference_from, return_code_from
from services.intake.errors import DuplicateRequestError, KeyReusedError
from services.intake.messages import ConsentGiven, Grant, RequestSubmitted
from services.intake.storage.hidden import hide
from services.intake.storage.wordings import keep_shown
from services.intake.usecases import keeping
from services.intake.usecases.coding import in_codes
from services.intake.usecases.consent_rows import keep_first_consent
from services.intake.usecases.naming_hidden import (
    keep_names,
    tell_of_names,
    with_names_found,
)
from services.intake.usecases.sameness import digests_of, live_duplicate_of, note_sameness

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.intake.domain.submission import Consent, Submission
    from services.intake.storage import IntakeTransaction

SUBMITTED = "submitted"
FIRST = 1


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request that is safely ours; the return code is told once and kept only as a hash."""

    id: UUID
    reference: str
    return_code: str | None
    state: str
    version: int


def submit_once(
    submission: Submission, tx: IntakeTransaction, *, client: str, key: str, body: str
) -> Submitted:
    """Take in a story once per client and key: the same *body* again is answered the same."""
    return do_once(lambda: submit_request(submission, tx), tx, client=client, key=key, body=body)


def do_once(
    take: Callable[[], Submitted], tx: IntakeTransaction, *, client: str, key: str, body: str
) -> Submitted:
    """Answer what *take* answers, once per client and key; another body is a conflict."""
    # Partners choose their keys, and some choose what names a person.
    key = tx.vault.blind_index("idempotency key", _exactly(key)).hex()
    kept = tx.kept_answer(client, key)
    body_hash = tx.vault.blind_index("request body", _exactly(body))
    if kept is None:
        submitted = take()
        keeping.keep_answer((client, key, body_hash), _answer(submitted), tx)
        return submitted
    if kept.body_hash != body_hash:
        raise KeyReusedError("This Idempotency-Key was used for another request.")
    told = kept.response
    return Submitted(UUID(told["id"]), told["reference"], None, told["state"], told["version"])


def _exactly(text: str) -> str:
    """Return what an index takes for another value as soon as one sign of *text* is another."""
    return hashlib.sha256(text.encode()).hexdigest()


def _answer(submitted: Submitted) -> dict[str, str | int]:
    return {
        "id": str(submitted.id),
        "reference": submitted.reference,
        "state": submitted.state,
        "version": submitted.version,
    }


def submit_request(
    submission: Submission,
    tx: IntakeTransaction,
    *,
    reserved: tuple[UUID, str] | None = None,
    of_person: UUID | None = None,
) -> Submitted:
    """Take in a story with its consents; raise SubmissionRefusedError naming every fault.

    *reserved* are the id and the reference it has had as a draft; *of_person* is who is known
    to have told it before: then it is meant as one more request, not a repeat.
    """
    told = checks.check(submission, tx)
    if told.hidden_from_names:
        told = with_names_found(told, tx)
    known_by = digests_of(told, tx)
    repeated = None if of_person else live_duplicate_of(told, known_by, tx.actor.agency_id, tx)
    if repeated:
        raise DuplicateRequestError(repeated)
    request_id, reference = reserved or (tx.new_id(), free_reference(tx))
    code, consent_id = new_return_code(tx), tx.new_id()
    submitted = Submitted(request_id, reference, code, SUBMITTED, FIRST)
    codes = in_codes(told, tx.now.date())
    key = keeping.keep_request(told, submitted, codes, tx, of_person)
    keep_first_consent(told.consent, submitted.id, consent_id, (codes["age"], key), tx)
    note_sameness(submitted.id, known_by, tx)
    keep_besides(told, submitted.id, consent_id, tx)
    _announce(told, submitted, consent_id, codes, tx)
    if told.hidden_from_names:
        tell_of_names(submitted.id, submitted.reference, tx)
    return submitted


def keep_besides(
    told: Submission, request_id: UUID, consent_id: UUID | None, tx: IntakeTransaction
) -> None:
    """Keep from whom it is hidden, and what was read."""
    if told.hidden_from_agencies or told.hidden_from_staff or told.hidden_from_teams:
        teams = told.hidden_from_teams
        hide(request_id, told.hidden_from_agencies, told.hidden_from_staff, tx, teams=teams)
    keep_names(request_id, FIRST, told, tx)
    if told.consent.shown and consent_id:
        keep_shown(consent_id, told.consent.shown, tx)


def free_reference(tx: IntakeTransaction) -> str:
    """Return a reference that no request has."""
    reference = reference_from(secrets.token_bytes(ENTROPY_BYTES))
    while tx.reference_is_taken(reference):
        reference = reference_from(secrets.token_bytes(ENTROPY_BYTES))
    return reference


def new_return_code(tx: IntakeTransaction) -> str | None:
    """Return the code that opens the person's page, where somebody can hand it over."""
    # A partner's system has no safe way to hand the code to the person.
    if tx.actor.kind == "client":
        return None
    return return_code_from(secrets.token_bytes(ENTROPY_BYTES))


def _announce(
    told: Submission,
    submitted: Submitted,
    consent_id: UUID,
    codes: dict[str, Any],
    tx: IntakeTransaction,
) -> None:
    consent, grants = told.consent, _grants(told.consent)
    tx.announce(
        ConsentGiven(
            consent_id=consent_id,
            request_id=submitted.id,
            notice_id=consent.notice,
            language=consent.language,
            method=consent.method,
            given_by=consent.given_by,
            valid_until=consent.valid_until,
            grants=grants,
            reference=submitted.reference,
        ),
        sequence=FIRST,
    )
    event = RequestSubmitted(
        request_id=submitted.id,
        reference=submitted.reference,
        consent_id=consent_id,
        submitted_at=tx.now,
        referrer_agency_id=tx.actor.agency_id,
        recipients=grants,
        services=tuple(wish.service for wish in told.referrals),
        hidden_from_agencies=told.hidden_from_agencies,
        hidden_from_staff=told.hidden_from_staff,
        hidden_from_teams=told.hidden_from_teams,
        onward_of=told.onward_of,
        **codes,
    )
    tx.announce(event, sequence=FIRST)


def _grants(consent: Consent) -> tuple[Grant, ...]:
    """Return what is given, one grant for each purpose and recipient."""
    merged: dict[tuple[str, UUID], list[str]] = {}
    for (purpose, recipient, category), decision in answers(consent).items():
        if decision == GIVEN:
            merged.setdefault((purpose, recipient), []).append(category)
    return tuple(Grant(*whom, tuple(categories)) for whom, categories in merged.items())
