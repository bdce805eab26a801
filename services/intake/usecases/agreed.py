"""A request that waited for the person's yes, or for an override, goes on its way (T3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.intake.domain.request_transitions import RequestState
from services.intake.restating import as_submitted
from services.intake.storage.acknowledging import start_clock
from services.intake.storage.changes import set_state
from services.intake.storage.overrides import live_override_grants
from services.intake.usecases.acknowledging import clock_from
from services.intake.usecases.naming_hidden import tell_if_names_wait

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction


def submit_when_agreed(request_id: UUID, tx: IntakeTransaction) -> bool:
    """Submit a request that waited, once there is a consent or an override (T3); tell if so."""
    row = tx.request_row(request_id)
    if row is None or row.state != RequestState.AWAITING_CONSENT:
        return False
    if not (tx.live_consents(request_id) or live_override_grants(request_id, tx)):
        return False
    set_state(request_id, RequestState.SUBMITTED, tx)
    if row.acknowledge_by is not None:
        start_clock(request_id, clock_from(tx.now, row.urgency, tx.nation()), tx)
    version = tx.next_version(request_id)
    tx.announce(replace(as_submitted(row, tx), submitted_at=tx.now), sequence=version)
    tell_if_names_wait(request_id, row.reference, tx)
    return True
