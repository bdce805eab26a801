"""The gate: the only code that opens what a person told for another agency.

Promise: it decides from a live grant in our own tables and our own copy of the referral, in
the transaction that records the access, and opens no category that was not granted. It
returns a Refusal instead of raising, so that a refused access is recorded as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row

from services.intake import sealing
from services.intake.domain.contact import shown
from services.intake.domain.gate import Scope, scope_of, visible
from shared.bus.access import AccessDenied, AccessGranted

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

NOT_YOURS = "NOT_YOURS"
NOT_OPEN = "REFERRAL_NOT_OPEN"
NO_GRANT = "NO_LIVE_GRANT"
ERASED = "ERASED"
OBJECT = "person"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one agency may see now, and the consent it rests on; None was not granted."""

    request_id: UUID
    referral_id: UUID
    consent_id: UUID
    categories: tuple[str, ...]
    person: dict[str, Any] | None
    contact: dict[str, Any] | None
    story: str | None
    notes: dict[str, Any] | None
    access_needs: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate stays closed; the reason is a code for the log, not for the caller."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Ask:
    """Who asks for what."""

    request_id: UUID
    referral_id: UUID
    recipient: UUID
    purpose: str


@dataclass(frozen=True, slots=True)
class _Basis:
    """Why the gate opens: the rows it decided from."""

    request: Row[Any]
    service_id: UUID
    consent_id: UUID
    categories: frozenset[str]
    person_key: bytes
    request_key: bytes


def disclose(
    request_id: UUID,
    referral_id: UUID,
    recipient_agency: UUID,
    purpose: str,
    tx: IntakeTransaction,
) -> Disclosure | Refusal:
    """Return what *recipient_agency* may see of a request put to it, recording either answer.

    Call it in a write transaction and show nothing before that is committed.
    """
    ask = _Ask(request_id, referral_id, recipient_agency, purpose)
    basis = _decide(ask, tx)
    if isinstance(basis, Refusal):
        tx.announce(_denied(ask, basis.reason))
        return basis
    tx.announce(_granted(ask, basis))
    tx.keep_opening(ask.request_id, ask.recipient, sorted(basis.categories), ask.purpose)
    return _open(ask, basis, tx)


def _decide(ask: _Ask, tx: IntakeTransaction) -> _Basis | Refusal:
    referral = tx.referral_now(ask.referral_id)
    request = tx.request_row(ask.request_id)
    if request is None or referral is None or not _belong(ask, referral):
        return Refusal(NOT_YOURS)
    scope = scope_of(referral.state, referral.at, tx.now)
    if scope is Scope.NOTHING:
        return Refusal(NOT_OPEN)
    consent_id, categories = _grant(ask, scope, tx)
    if consent_id is None:
        return Refusal(NO_GRANT)
    person_key, request_key = tx.key_of(request.person_id), tx.key_of(request.id)
    if person_key is None or request_key is None:
        return Refusal(ERASED)
    return _Basis(request, referral.service_id, consent_id, categories, person_key, request_key)


def _belong(ask: _Ask, referral: Row[Any]) -> bool:
    return (referral.request_id, referral.agency_id) == (ask.request_id, ask.recipient)


def _grant(ask: _Ask, scope: Scope, tx: IntakeTransaction) -> tuple[UUID | None, frozenset[str]]:
    """Return the newest live consent that lets something be seen, and what."""
    for consent in tx.live_consents(ask.request_id):
        seen = visible(tx.granted(consent.id, ask.purpose, ask.recipient), scope)
        if seen:
            return consent.id, seen
    return None, frozenset()


def _open(ask: _Ask, basis: _Basis, tx: IntakeTransaction) -> Disclosure:
    seen, story_seen = basis.categories, "story" in basis.categories
    told = _person_parts(basis, tx)
    return Disclosure(
        request_id=ask.request_id,
        referral_id=ask.referral_id,
        consent_id=basis.consent_id,
        categories=tuple(sorted(seen)),
        person=(told.get("identity", {}) | told.get("address", {})) or None,
        contact=_contact(told["contact"]) if "contact" in told else None,
        story=_story(basis, tx) if story_seen else None,
        notes=_notes(basis, tx) if story_seen else None,
        access_needs=tuple(basis.request.access_needs) if "access_needs" in seen else None,
    )


def _person_parts(basis: _Basis, tx: IntakeTransaction) -> dict[str, dict[str, Any]]:
    person_id = basis.request.person_id
    opened = [c for c in sealing.PERSON_COLUMNS if c in basis.categories]
    row = tx.person_row(person_id) if opened else None
    return (
        {}
        if row is None
        else {
            category: sealing.open_person(tx.vault, basis.person_key, row, category)
            for category in opened
        }
    )


def _contact(told: dict[str, Any]) -> dict[str, Any]:
    channels = [shown(channel) for channel in sealing.channels(told)]
    return {**told, "channels": channels}


def _story(basis: _Basis, tx: IntakeTransaction) -> str:
    place = ("request", "sealed_story", basis.request.id)
    story: str = sealing.unseal(tx.vault, basis.request_key, basis.request.sealed_story, place)
    return story


def _notes(basis: _Basis, tx: IntakeTransaction) -> dict[str, Any] | None:
    row = tx.notes_for(basis.request.id, basis.service_id)
    if row is None:
        return None
    place = ("named_service", "sealed_notes", row.id)
    notes: dict[str, Any] = sealing.unseal(tx.vault, basis.request_key, row.sealed_notes, place)
    return notes


def _granted(ask: _Ask, basis: _Basis) -> AccessGranted:
    return AccessGranted(
        object_type=OBJECT,
        object_id=str(ask.request_id),
        what=tuple(sorted(basis.categories)),
        purpose=ask.purpose,
        request_id=ask.request_id,
        referral_id=ask.referral_id,
        consent_id=basis.consent_id,
        recipient_agency_id=ask.recipient,
    )


def _denied(ask: _Ask, reason: str) -> AccessDenied:
    return AccessDenied(
        object_type=OBJECT,
        object_id=str(ask.request_id),
        reason=reason,
        purpose=ask.purpose,
        request_id=ask.request_id,
        referral_id=ask.referral_id,
        recipient_agency_id=ask.recipient,
    )
