"""Names a request is hidden from and that nobody on file has: rows of its changes, sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from services.intake.domain.request_transitions import LIVE
from services.intake.storage import tables as t
from services.intake.storage.changes import changes
from services.intake.storage.hidden import not_hidden

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row

    from services.intake.storage import IntakeTransaction
    from shared.identity import Principal

NAMED, SETTLED = "HIDDEN_NAMES", "HIDDEN_NAMES_SETTLED"
CODES = frozenset({NAMED, SETTLED})
MOST_SHOWN = 100


def waiting(who: Principal, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the live requests with names nobody has looked for, the oldest first."""
    if who.agency_id is None:
        return []
    since = func.min(changes.c.at).label("since")
    found = (
        select(t.request.c.id.label("request_id"), t.request.c.reference, t.request.c.version)
        .add_columns(since)
        .join(changes, changes.c.request_id == t.request.c.id)
        .where(_open(), t.request.c.state.in_(sorted(LIVE)))
        .where(not_hidden(t.request.c.id, who.agency_id, who))
        .group_by(t.request.c.id, t.request.c.reference, t.request.c.version)
    )
    return tx.all(found.order_by(since, t.request.c.id).limit(MOST_SHOWN))


def unsettled(request_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the rows that hold the names of one request which nobody has looked for."""
    mine = select(changes).where(changes.c.request_id == request_id, _open())
    return tx.all(mine.order_by(changes.c.id))


def _open() -> ColumnElement[bool]:
    later = changes.alias()
    settled = select(later.c.id).where(
        later.c.request_id == changes.c.request_id,
        later.c.code == SETTLED,
        later.c.version >= changes.c.version,
    )
    return (changes.c.code == NAMED) & ~settled.correlate(changes).exists()
