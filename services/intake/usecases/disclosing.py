"""The gate: the only code that opens what a person told for another agency.

Promise: it decides from live grants and overrides in our own tables and our own copy of the
referral, in the transaction that records the access first, and opens no category that was not
granted. It returns a Refusal instead of raising, so that a refused access is recorded as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake import sealing
from services.intake.domain.contact import shown
from services.intake.storage.overrides import keep_release
from services.intake.usecases.deciding import Ask, Basis, Refusal, Release, decide
from shared.bus.access import AccessDenied, AccessGranted

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.intake.storage import IntakeTransaction

__all__ = ["Disclosure", "Refusal", "disclose"]
OBJECT = "person"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one agency may see now, and what it rests on; None was not granted."""

    request_id: UUID
    referral_id: UUID | None
    consent_id: UUID | None
    categories: tuple[str, ...]
    person: dict[str, Any] | None
    contact: dict[str, Any] | None
    story: str | None
    notes: dict[str, Any] | None
    access_needs: tuple[str, ...] | None
    household: dict[str, Any] | None = None
    overrides: tuple[UUID, ...] = ()

    @property
    def basis(self) -> dict[str, Any]:
        """Return the ids of what it rests on: a consent, overrides, or both."""
        consent = {"consent": self.consent_id} if self.consent_id else {}
        return consent | ({"overrides": list(self.overrides)} if self.overrides else {})


def disclose(
    request_id: UUID,
    referral_id: UUID | None,
    recipient_agency: UUID,
    purpose: str,
    tx: IntakeTransaction,
    categories: Collection[str] | None = None,
) -> Disclosure | Refusal:
    """Return what *recipient_agency* may see of a request put to it, recording either answer.

    *categories* asks for less than all. Without a referral only an override opens anything.
    Call it in a write transaction and show nothing before that is committed.
    """
    asked = None if categories is None else frozenset(categories)
    ask = Ask(request_id, referral_id, recipient_agency, purpose, asked)
    basis = decide(ask, tx)
    if isinstance(basis, Refusal):
        tx.announce(_denied(ask, basis.reason))
        return basis
    for release in basis.releases:
        _record(ask, release, tx)
    seen = frozenset[str]().union(*(one.what for one in basis.releases if one.is_told))
    if seen:
        tx.keep_opening(ask.request_id, ask.recipient, sorted(seen), ask.purpose)
    return _open(ask, basis, tx)


def _open(ask: Ask, basis: Basis, tx: IntakeTransaction) -> Disclosure:
    seen, case = basis.categories, basis.case
    told = {c: _person_part(case, c, tx) for c in sealing.PERSON_COLUMNS if c in seen}
    return Disclosure(
        request_id=ask.request_id,
        referral_id=ask.referral_id,
        consent_id=next((one.consent_id for one in basis.releases if one.consent_id), None),
        categories=tuple(sorted(seen)),
        person=(told.get("identity", {}) | told.get("address", {})) or None,
        contact=_contact(told["contact"]) if "contact" in told else None,
        story=_story(case, tx) if "story" in seen else None,
        notes=_notes(case, tx) if "story" in seen else None,
        access_needs=tuple(case.access_needs) if "access_needs" in seen else None,
        household=told.get("household") or None,
        overrides=tuple(one.override_id for one in basis.releases if one.override_id),
    )


def _person_part(case: Any, category: str, tx: IntakeTransaction) -> dict[str, Any]:  # noqa: ANN401
    column = sealing.PERSON_COLUMNS[category]
    blob, place = getattr(case, column), ("person", column, case.person_id)
    return {} if blob is None else sealing.unseal(tx.vault, case.person_key, blob, place)


def _contact(told: dict[str, Any]) -> dict[str, Any]:
    channels = [shown(channel) for channel in sealing.channels(told)]
    return {**told, "channels": channels}


def _story(case: Any, tx: IntakeTransaction) -> str:  # noqa: ANN401 - a row
    place = ("request", "sealed_story", case.id)
    story: str = sealing.unseal(tx.vault, case.request_key, case.sealed_story, place)
    return story


def _notes(case: Any, tx: IntakeTransaction) -> dict[str, Any] | None:  # noqa: ANN401 - a row
    if case.sealed_notes is None:
        return None
    place = ("named_service", "sealed_notes", case.notes_id)
    notes: dict[str, Any] = sealing.unseal(tx.vault, case.request_key, case.sealed_notes, place)
    return notes


def _record(ask: Ask, release: Release, tx: IntakeTransaction) -> None:
    """Write the audit row, and what an override has now let be seen."""
    tx.announce(
        AccessGranted(
            object_type=OBJECT,
            object_id=str(ask.request_id),
            what=tuple(sorted(release.what)),
            purpose=ask.purpose,
            request_id=ask.request_id,
            referral_id=ask.referral_id,
            consent_id=release.consent_id,
            recipient_agency_id=ask.recipient,
            override_id=release.override_id,
        )
    )
    if release.override_id:
        keep_release(release.override_id, ask.recipient, release.what, tx)


def _denied(ask: Ask, reason: str) -> AccessDenied:
    return AccessDenied(
        object_type=OBJECT,
        object_id=str(ask.request_id),
        reason=reason,
        purpose=ask.purpose,
        request_id=ask.request_id,
        referral_id=ask.referral_id,
        recipient_agency_id=ask.recipient,
    )
