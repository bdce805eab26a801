"""Why a worker who saw a person's details a moment ago sees them no longer, said plainly.

Promise: only an agency to which the gate opened this request before is told anything; from
anyone else, and from whom it is hidden by now, the request stays as unknown as any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.usecases.deciding import HIDDEN, NO_GRANT, NOT_OPEN, NOT_YOURS

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.deciding import Refusal

STOPPED, TAKEN_BACK, NO_AGREEMENT, ENDED = "stopped", "taken_back", "no_agreement", "ended"
UNTOLD = frozenset({NOT_YOURS, HIDDEN})
HALTED = "halted"


def why_lost(
    request_id: UUID, referral_id: UUID | None, refusal: Refusal, tx: IntakeTransaction
) -> str | None:
    """Return why the caller's agency lost what it saw; None where it never saw anything."""
    agency_id = tx.actor.agency_id
    seen = any(opening.agency_id == agency_id for opening in tx.openings_of(request_id))
    if agency_id is None or not seen or refusal.reason in UNTOLD:
        return None
    if refusal.reason == "REQUEST_WITHDRAWN":
        return STOPPED
    if refusal.reason == NO_GRANT or _is_halted(referral_id, refusal.reason, tx):
        return TAKEN_BACK if _was_taken_back(request_id, agency_id, tx) else NO_AGREEMENT
    return ENDED


def _is_halted(referral_id: UUID | None, reason: str, tx: IntakeTransaction) -> bool:
    step = tx.referral_now(referral_id) if referral_id else None
    return reason == NOT_OPEN and step is not None and step.state == HALTED


def _was_taken_back(request_id: UUID, agency_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether the person withdrew something that this agency was told under."""
    return any(
        grant.ended_at is not None and grant.recipient_agency_id == agency_id
        for consent in tx.consents_of(request_id)
        if any(event.change == "C6" for event in tx.consent_events(consent.id))
        for grant in tx.grants_of(consent.id)
    )
