"""The notes of a referral: the only code that opens what people wrote about a person here.

Promise: only the two agencies of the referral read them, only while they may see what it is
about, the receiver only with the person's story; each read or refused read is announced in
the transaction that decides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.usecases.content import keeps_by_state
from shared.bus.access import AccessDenied, AccessGranted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.identity import Principal

OBJECT = "notes"
PURPOSE = "refer"
STORY = "story"
NOT_YOURS, NOT_OPEN = "NOT_YOURS", "REFERRAL_NOT_OPEN"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote, opened."""

    id: UUID
    kind: str
    at: datetime
    agency_id: UUID | None
    text: str


def open_to(caller: Principal, referral: Referral, tx: MatchingTransaction) -> Sequence[Row[Any]]:
    """Return the sealed notes *caller* may read.

    A receiver without the story, by an override that nobody looked at in time, or while the
    request is restricted, reads only its own.
    """
    notes = tx.notes_of(referral.id)
    if not notes or caller.agency_id == referral.referrer_agency_id:
        return notes
    agreement = tx.agreement(referral.request_id).without_lapsed()
    shared = STORY in agreement.live(referral.agency_id)
    if shared and not tx.is_restricted(referral.request_id):
        return notes
    return [note for note in notes if note.agency_id == referral.agency_id]


def disclose(referral_id: UUID, tx: MatchingTransaction) -> tuple[Note, ...] | None:
    """Return the notes for the caller, recorded; None when they stay closed, recorded too."""
    referral = tx.referral(referral_id, tx.actor)
    if referral is None:
        hidden = tx.any_referral(referral_id)
        if hidden is not None:
            tx.announce(_denied(hidden, NOT_YOURS, tx.actor))
        return None
    if not keeps_by_state(referral, tx.actor):
        tx.announce(_denied(referral, NOT_OPEN, tx.actor))
        return None
    notes = tuple(
        Note(row.id, row.kind, row.at, row.agency_id, tx.open_note(row))
        for row in open_to(tx.actor, referral, tx)
    )
    if notes:
        tx.announce(_granted(referral, notes, tx.actor))
    return notes


def _granted(referral: Referral, notes: tuple[Note, ...], caller: Principal) -> AccessGranted:
    return AccessGranted(
        object_type=OBJECT,
        object_id=str(referral.id),
        what=tuple(sorted({note.kind for note in notes})),
        purpose=caller.purpose or PURPOSE,
        request_id=referral.request_id,
        referral_id=referral.id,
        consent_id=referral.consent_id,
        recipient_agency_id=caller.agency_id,
    )


def _denied(referral: Referral, reason: str, caller: Principal) -> AccessDenied:
    return AccessDenied(
        object_type=OBJECT,
        object_id=str(referral.id),
        reason=reason,
        purpose=caller.purpose or PURPOSE,
        request_id=referral.request_id,
        referral_id=referral.id,
        recipient_agency_id=caller.agency_id,
    )
