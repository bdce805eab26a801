"""Receipts: what somebody was told, what they agreed to, with whom, and how to take it back.

Promise: a receipt names agencies, kinds of information and days, never the person; the same
consent in the same state has the same receipt, whoever asks and however often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from services.intake.storage.wordings import shown_for
from services.intake.usecases.consent_checks import consent_of, request_of
from services.intake.usecases.consent_views import LedgerEntry, entry_of

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction


@dataclass(frozen=True, slots=True)
class Party:
    """An agency that is named in a receipt, as it is reached."""

    id: UUID
    name: str
    kind: str
    phone: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One consent as its receipt tells it; `wording` is the hash of the page that asked."""

    id: UUID
    reference: str
    person_id: UUID
    entry: LedgerEntry
    notice_sha256: str
    notice_text: str
    wording: str | None
    witnessed: bool
    recorded_by_agency: UUID | None
    parties: dict[UUID, Party]
    hub: Party | None


def receipt_of(consent_id: UUID, tx: IntakeTransaction, request_id: UUID | None = None) -> Receipt:
    """Return the receipt of a consent, of this request if one is named."""
    row = consent_of(consent_id, tx, request_id)
    request = request_of(row.request_id, tx)
    entry = entry_of(row, request, tx)
    notice = tx.notice_row(row.notice_id, row.language)
    shown = shown_for(consent_id, tx)
    hub = tx.hub_row()
    return Receipt(
        id=uuid5(consent_id, str(entry.sequence)),
        reference=request.reference,
        person_id=request.person_id,
        entry=entry,
        notice_sha256=notice.sha256 if notice else "",
        notice_text=notice.text if notice else "",
        wording=shown.consent_sha256 if shown else None,
        witnessed=row.sealed_witness is not None,
        recorded_by_agency=row.collected_by_agency_id,
        parties=_parties(entry, row.collected_by_agency_id, tx),
        hub=_party(hub) if hub else None,
    )


def _parties(entry: LedgerEntry, recorder: UUID | None, tx: IntakeTransaction) -> dict[UUID, Party]:
    named = dict.fromkeys(grant.recipient for grant in entry.grants)
    if recorder:
        named[recorder] = None
    found = ((agency_id, tx.agency_row(agency_id)) for agency_id in named)
    return {
        agency_id: _party(row) if row else Party(agency_id, str(agency_id), "agency", "")
        for agency_id, row in found
    }


def _party(row: Row[Any]) -> Party:
    return Party(row.id, row.name, row.kind, row.phone)
