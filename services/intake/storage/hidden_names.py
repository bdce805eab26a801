"""Names a request is hidden from: rows of its changes, sealed, and whether anybody has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from services.intake.domain.request_transitions import LIVE, TOLD
from services.intake.storage import tables as t
from services.intake.storage.changes import changes
from services.intake.storage.hidden import hidden_from, not_hidden

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row, Select

    from services.intake.storage import IntakeTransaction
    from shared.identity import Principal

NAMED, SETTLED = "HIDDEN_NAMES", "HIDDEN_NAMES_SETTLED"
KNOWN, LATE = "HIDDEN_NAMES_KNOWN", "HIDDEN_NAMES_LATE"
CODES = frozenset({NAMED, SETTLED, KNOWN, LATE})
MOST_SHOWN = 100
HUB = "hub"


def waiting(who: Principal, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the live requests with names nobody has looked for, the oldest first."""
    if who.agency_id is None:
        return []
    shown = not_hidden(t.request.c.id, who.agency_id, who)
    found = _waiting().where(t.request.c.state.in_(sorted(LIVE)), shown)
    return tx.all(found.order_by("since", t.request.c.id).limit(MOST_SHOWN))


def unlooked(tx: IntakeTransaction) -> list[Row[Any]]:
    """Return every request with names the hub was told of and nobody has looked for.

    A request that is hidden from the hub itself is none of these: nobody there may look.
    """
    hubs = select(t.agency.c.id).where(t.agency.c.kind == HUB)
    of_request = hidden_from.c.request_id == t.request.c.id
    from_hub = select(hidden_from.c.id).where(of_request, hidden_from.c.id.in_(hubs))
    found = _waiting().where(t.request.c.state.in_(sorted(TOLD)), ~from_hub.exists())
    return tx.all(found.order_by("since", t.request.c.id))


def told_late(request_id: UUID, since: datetime, tx: IntakeTransaction) -> list[datetime]:
    """Return each moment after *since* at which it was told that names wait too long."""
    mine = (changes.c.request_id == request_id) & (changes.c.code == LATE)
    found = tx.all(select(changes.c.at).where(mine, changes.c.at > since))
    return sorted(row.at for row in found)


def unsettled(request_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the rows that hold the names of one request which nobody has looked for."""
    mine = select(changes).where(changes.c.request_id == request_id, _open())
    return tx.all(mine.order_by(changes.c.id))


def kept(tx: IntakeTransaction, request_id: UUID | None = None, *codes: str) -> list[Row[Any]]:
    """Return the rows with names of one request, or of every live one."""
    mine = select(changes).where(changes.c.code.in_(codes or (NAMED, KNOWN)))
    if request_id is not None:
        return tx.all(mine.where(changes.c.request_id == request_id))
    live = t.request.c.state.in_(sorted(LIVE))
    return tx.all(mine.join(t.request, t.request.c.id == changes.c.request_id).where(live))


def is_told(state: str) -> bool:
    """Tell whether others were told of a request that stands so."""
    return state in TOLD


def _waiting() -> Select[Any]:
    return (
        select(t.request.c.id.label("request_id"), t.request.c.reference, t.request.c.version)
        .add_columns(func.min(changes.c.at).label("since"))
        .join(changes, changes.c.request_id == t.request.c.id)
        .where(_open())
        .group_by(t.request.c.id, t.request.c.reference, t.request.c.version)
    )


def _open() -> ColumnElement[bool]:
    later = changes.alias()
    settled = select(later.c.id).where(
        later.c.request_id == changes.c.request_id,
        later.c.code == SETTLED,
        later.c.version >= changes.c.version,
    )
    return (changes.c.code == NAMED) & ~settled.correlate(changes).exists()
