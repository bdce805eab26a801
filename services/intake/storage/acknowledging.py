"""Which requests their person was told of (K1), and which of them nobody was told of in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, Uuid, select, update

from services.intake.storage import tables as t
from services.intake.storage.tables import metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

MOST = 500
acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)


def note_acknowledged(request_id: UUID, tx: IntakeTransaction) -> None:
    """Keep that a channel took the first message to the person of a request."""
    tx.add_unless_there(acknowledgement, request_id=request_id, at=tx.now)


def is_acknowledged(request_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether a channel took a message to the person of a request."""
    mine = acknowledgement.c.request_id == request_id
    return tx.one(select(acknowledgement.c.at).where(mine)) is not None


def to_look_at(tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the requests at whose clock it is time to look, the oldest first."""
    columns = (
        t.request.c.id,
        t.request.c.reference,
        t.request.c.state,
        t.request.c.submitter_agency_id,
        t.request.c.submitted_at,
        t.request.c.acknowledge_by,
        acknowledgement.c.at.label("acknowledged_at"),
    )
    due = t.request.c.acknowledge_look_at <= tx.now
    rows = select(*columns).outerjoin(
        acknowledgement, acknowledgement.c.request_id == t.request.c.id
    )
    return tx.all(rows.where(due).order_by(t.request.c.acknowledge_look_at).limit(MOST))


def start_clock(request_id: UUID, due: datetime, tx: IntakeTransaction) -> None:
    """Keep by when the person of a request that counts from now on is to be told."""
    mine = update(t.request).where(t.request.c.id == request_id)
    tx.execute(mine.values(acknowledge_by=due, acknowledge_look_at=due))


def look_again(request_id: UUID, at: datetime | None, tx: IntakeTransaction) -> None:
    """Keep when to look at a clock again; None stops it."""
    mine = update(t.request).where(t.request.c.id == request_id)
    tx.execute(mine.values(acknowledge_look_at=at))
