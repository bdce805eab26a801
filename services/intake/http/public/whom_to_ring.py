"""Who coordinates this partnership, for a person who would rather speak to someone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.intake.storage import tables as t

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

HUB = "hub"
_HUBS = (
    select(t.agency.c.id, t.agency.c.name, t.agency.c.phone)
    .where(t.agency.c.kind == HUB, t.agency.c.active)
    .order_by(t.agency.c.name, t.agency.c.id)
)


def whom_to_ring(tx: IntakeTransaction) -> Row[Any] | None:
    """Return name and phone of the hub, if this partnership has one."""
    return next(iter(tx.ask(_HUBS)), None)
