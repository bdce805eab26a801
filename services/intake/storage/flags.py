"""The duty rota, and the flags it was shown. What a flag says in words is sealed."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    delete,
    select,
    update,
)

from services.intake.domain.duty import Shift
from services.intake.storage.tables import CODE, agency, metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

MOST_SHOWN = 100
CLIMBED = 2  # from this rung on the hub is told, whoever else is asked

shift = Table(
    "duty_shift",
    metadata,
    Column("place", Integer, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("days", JSON, nullable=False),
    Column("starts", String(5), nullable=False),
    Column("ends", String(5), nullable=False),
    Column("rank", Integer, nullable=False),
)
flag = Table(
    "flag",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False, index=True),
    Column("reason", CODE, nullable=False),
    Column("sealed_comment", LargeBinary),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("raised_by_kind", CODE, nullable=False),
    Column("raised_by", String(80)),
    Column("raised_by_agency_id", Uuid),
    Column("duty_agency_id", Uuid, nullable=False),
    Column("fallback_agency_id", Uuid),
    Column("look_by", UtcDateTime, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("opened_at", UtcDateTime),
    Column("opened_by", String(80)),
)
Index("flag_unopened", flag.c.opened_at, flag.c.look_by)


def shifts(tx: IntakeTransaction) -> tuple[Shift, ...]:
    """Return the whole rota."""
    return tuple(
        Shift(
            agency_id=row.agency_id,
            days=frozenset(row.days),
            starts=time.fromisoformat(row.starts),
            ends=time.fromisoformat(row.ends),
            rank=row.rank,
        )
        for row in tx.all(select(shift).order_by(shift.c.place))
    )


def keep_shifts(rota: Iterable[Shift], tx: IntakeTransaction) -> None:
    """Let *rota* be the rota from now on."""
    tx.execute(delete(shift))
    for place, one in enumerate(rota):
        tx.insert(
            shift,
            place=place,
            agency_id=one.agency_id,
            days=sorted(one.days),
            starts=f"{one.starts:%H:%M}",
            ends=f"{one.ends:%H:%M}",
            rank=one.rank,
        )


def flag_row(flag_id: UUID, tx: IntakeTransaction) -> Row[Any] | None:
    """Return one flag."""
    return tx.one(select(flag).where(flag.c.id == flag_id))


def flags_for(agency_id: UUID, since: datetime, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the flags an agency is to look at, those nobody opened first, the newest before."""
    ours = (flag.c.duty_agency_id == agency_id) | (flag.c.fallback_agency_id == agency_id)
    if agency_id == hub_id(tx):
        ours |= flag.c.rung >= CLIMBED
    recent = (flag.c.raised_at > since) | flag.c.opened_at.is_(None)
    order = (flag.c.opened_at.is_not(None), flag.c.id.desc())
    return tx.all(select(flag).where(ours, recent).order_by(*order).limit(MOST_SHOWN))


def same_flag(request_id: UUID, who: str | None, since: datetime, tx: IntakeTransaction) -> Any:  # noqa: ANN401 - a row
    """Return the flag that this caller has just raised for a request, if nobody opened it yet."""
    same = (flag.c.request_id == request_id) & flag.c.opened_at.is_(None)
    theirs = (flag.c.raised_by == who) & (flag.c.raised_at > since)
    newest = select(flag).where(same, theirs).order_by(flag.c.id.desc())
    return tx.one(newest.limit(1))


def unopened(before: datetime, below: int, limit: int, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return flags raised *before* that nobody opened and that stand below a rung."""
    waiting = flag.c.opened_at.is_(None) & (flag.c.raised_at <= before) & (flag.c.rung < below)
    return tx.all(select(flag).where(waiting).order_by(flag.c.id).limit(limit))


def unopened_since(since: datetime, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return flags raised *since* then that nobody opened, the newest first."""
    waiting = flag.c.opened_at.is_(None) & (flag.c.raised_at > since)
    return tx.all(select(flag).where(waiting).order_by(flag.c.id.desc()).limit(MOST_SHOWN))


def change_flag(flag_id: UUID, tx: IntakeTransaction, **facts: Any) -> None:  # noqa: ANN401 - columns
    """Write some columns of a flag."""
    tx.execute(update(flag).where(flag.c.id == flag_id).values(**facts))


def agencies_on_call(but: str, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the active agencies that can be on duty, of every kind *but* one, by name."""
    known = select(agency.c.id, agency.c.name).where(agency.c.active, agency.c.kind != but)
    return tx.all(known.order_by(agency.c.name, agency.c.id))


def hub_id(tx: IntakeTransaction) -> UUID | None:
    """Return the agency that coordinates the partnership, if intake has heard of it."""
    hubs = select(agency.c.id).where(agency.c.kind == "hub", agency.c.active)
    row = tx.one(hubs.order_by(agency.c.id).limit(1))
    return row.id if row else None
