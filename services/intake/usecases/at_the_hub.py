"""Whether somebody stands at the hub of the partnership, and not at one of its agencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction

HUB, COORDINATOR = "hub", "coordinator"


def is_hub(agency_id: UUID | None, tx: IntakeTransaction) -> bool:
    """Tell whether an agency is the hub."""
    agency = tx.agency_row(agency_id) if agency_id else None
    return agency is not None and agency.kind == HUB


def coordinates(tx: IntakeTransaction) -> bool:
    """Tell whether the caller is a coordinator at the hub."""
    return COORDINATOR in tx.actor.roles and is_hub(tx.actor.agency_id, tx)
