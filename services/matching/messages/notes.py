"""What matching tells of what the two sides of a referral write to each other: never the words."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import announces


@announces("note.written.v1", subject="note_id")
@dataclass(frozen=True, slots=True)
class NoteWritten:
    """One side of a referral wrote to the other; the note lies sealed with matching."""

    note_id: UUID
    referral_id: UUID
    request_id: UUID
    reference: str
    service_id: UUID
    by_agency_id: UUID
    to_agency_id: UUID
