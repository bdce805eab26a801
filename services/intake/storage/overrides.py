"""Rows of overrides (C11): records of their own, beside every consent and never one.

The rationale stands sealed under the key of the request, so that it goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    bindparam,
    select,
    update,
)

from services.intake.domain.overrides import UNREVIEWED, is_lapsed, released
from services.intake.messages.grants import Grant
from services.intake.storage.tables import CODE, metadata, request
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from shared.storage import Transaction

override = Table(
    "override",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False, index=True),
    Column("ground", CODE, nullable=False),
    Column("why_no_consent", CODE, nullable=False),
    Column("person_told", Boolean, nullable=False),
    Column("why_not_told", CODE),
    Column("sealed_rationale", LargeBinary, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", String(80), nullable=False),
    Column("recorded_by_agency_id", Uuid, nullable=False, index=True),
    Column("review_by", UtcDateTime, nullable=False),
    Column("state", CODE, nullable=False, index=True),
    Column("reviewed_by", String(80)),
    Column("reviewed_at", UtcDateTime),
    Column("rung", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
override_grant = Table(
    "override_grant",
    metadata,
    Column("override_id", Uuid, ForeignKey("override.id"), primary_key=True),
    Column("purpose", CODE, primary_key=True),
    Column("recipient_agency_id", Uuid, primary_key=True, index=True),
    Column("category", CODE, primary_key=True),
)
override_release = Table(
    "override_release",
    metadata,
    Column("override_id", Uuid, ForeignKey("override.id"), primary_key=True),
    Column("agency_id", Uuid, primary_key=True),
    Column("category", CODE, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
"""What each recipient was shown on the strength of an override, and since when."""

# Built once: making a statement costs more than running it.
_GRANTS = (
    select(override, override_grant.c.purpose, override_grant.c.recipient_agency_id)
    .add_columns(override_grant.c.category)
    .join(override_grant, override_grant.c.override_id == override.c.id)
    .where(override.c.request_id == bindparam("request_id"))
    .order_by(override.c.recorded_at.desc(), override.c.id.desc())
)
_NAMING = _GRANTS.where(
    override_grant.c.purpose == bindparam("purpose"),
    override_grant.c.recipient_agency_id == bindparam("recipient"),
)
_SHOWN = select(override_release.c.category).where(
    override_release.c.override_id == bindparam("override_id"),
    override_release.c.agency_id == bindparam("agency_id"),
)
_SHOWN_OVERRIDE = select(override, request.c.reference).join(
    request, request.c.id == override.c.request_id
)


def override_row(override_id: UUID, tx: Transaction) -> Row[Any] | None:
    """Return one override with the reference of its request."""
    return tx.one(_SHOWN_OVERRIDE.where(override.c.id == override_id))


def overrides_recorded(tx: Transaction, agency_id: UUID | None = None) -> list[Row[Any]]:
    """Return the overrides of one agency, or all: first those to review, then newest first."""
    mine = _SHOWN_OVERRIDE
    if agency_id is not None:
        mine = mine.where(override.c.recorded_by_agency_id == agency_id)
    done = override.c.state != UNREVIEWED
    return tx.all(mine.order_by(done, override.c.recorded_at.desc(), override.c.id.desc()))


def overrides_naming(agency_id: UUID, tx: Transaction) -> list[Row[Any]]:
    """Return the overrides that name an agency as a recipient, newest first."""
    named = select(override_grant.c.override_id).where(
        override_grant.c.recipient_agency_id == agency_id
    )
    newest = override.c.recorded_at.desc(), override.c.id.desc()
    return tx.all(_SHOWN_OVERRIDE.where(override.c.id.in_(named)).order_by(*newest))


def untold_since(request_id: UUID, tx: Transaction) -> dict[UUID, datetime]:
    """Return which agencies know by an override that the person was not told of, and since when."""
    rows: list[Any] = tx.ask(_GRANTS, request_id=request_id)
    told = {row.recipient_agency_id for row in rows if row.person_told}
    newest_first = ((row.recipient_agency_id, row.recorded_at) for row in rows)
    return {agency: since for agency, since in newest_first if agency not in told}


def unreviewed_since(moment: datetime, tx: Transaction) -> list[Row[Any]]:
    """Return the overrides whose review was due by *moment* and has not come."""
    due = (override.c.state == UNREVIEWED) & (override.c.review_by <= moment)
    return tx.all(_SHOWN_OVERRIDE.where(due).order_by(override.c.review_by, override.c.id))


def change_override(override_id: UUID, tx: Transaction, **values: Any) -> None:  # noqa: ANN401
    """Keep what became of an override."""
    tx.execute(update(override).where(override.c.id == override_id).values(**values))


def grants_of_override(override_id: UUID, tx: Transaction) -> tuple[Grant, ...]:
    """Return whom an override names and what each is to know, as it was recorded."""
    mine = select(override_grant).where(override_grant.c.override_id == override_id)
    columns = override_grant.c
    order = columns.purpose, columns.recipient_agency_id, columns.category
    return _merged(tx.all(mine.order_by(*order)))


def live_override_grants(request_id: UUID, tx: Transaction) -> tuple[Grant, ...]:
    """Return what the overrides of a request let their recipients see anew."""
    rows: list[Any] = tx.ask(_GRANTS, request_id=request_id)
    return _merged(row for row in rows if _is_open(row, tx.now))


def _is_open(row: Any, now: datetime) -> bool:  # noqa: ANN401 - a row
    lapsed = is_lapsed(row.state, row.review_by, now)
    return bool(released((row.category,), (), state=row.state, lapsed=lapsed))


def _merged(rows: Iterable[Any]) -> tuple[Grant, ...]:
    found: dict[tuple[str, UUID], dict[str, None]] = {}
    for row in rows:
        found.setdefault((row.purpose, row.recipient_agency_id), {})[row.category] = None
    return tuple(Grant(*whom, tuple(categories)) for whom, categories in found.items())


def overrides_for(
    request_id: UUID, purpose: str, recipient: UUID, tx: Transaction
) -> list[tuple[Any, frozenset[str]]]:
    """Return the overrides that name *recipient*, newest first, with what each releases now."""
    mine: dict[UUID, tuple[Any, set[str]]] = {}
    asked = {"request_id": request_id, "purpose": purpose, "recipient": recipient}
    rows: list[Any] = tx.ask(_NAMING, **asked)
    for row in rows:
        mine.setdefault(row.id, (row, set()))[1].add(row.category)
    return [(row, _released(row, granted, recipient, tx)) for row, granted in mine.values()]


def _released(row: Any, granted: set[str], recipient: UUID, tx: Transaction) -> frozenset[str]:  # noqa: ANN401
    lapsed = is_lapsed(row.state, row.review_by, tx.now)
    before = shown_by(row.id, recipient, tx) if lapsed else ()
    return released(granted, before, state=row.state, lapsed=lapsed)


def shown_by(override_id: UUID, agency_id: UUID, tx: Transaction) -> tuple[str, ...]:
    """Return what an agency was shown on the strength of an override."""
    rows: list[Any] = tx.ask(_SHOWN, override_id=override_id, agency_id=agency_id)
    return tuple(row.category for row in rows)


def keep_release(override_id: UUID, agency_id: UUID, what: Iterable[str], tx: Transaction) -> None:
    """Keep what an agency was shown on the strength of an override."""
    for category in what:
        facts = {"override_id": override_id, "agency_id": agency_id, "category": category}
        tx.add_unless_there(override_release, **facts, at=tx.now)
