"""The tables of the coordinator's desk: lines, and what was decided of each."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table, Uuid

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

desk_line = Table(
    "desk_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("object_id", Uuid, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("request_id", Uuid, nullable=False),
    Column("referral_id", Uuid),
    Column("reference", String(20)),
    Column("code", String(40)),
    Column("owner_id", Uuid),
    Column("due_at", UtcDateTime),
    Column("look_on", Date),
    Column("version", Integer, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(40)),
    Index("desk_line_of_request", "request_id"),
)
_open = desk_line.c.ended_at.is_(None)
Index(
    "one_open_desk_line",
    desk_line.c.object_id,
    desk_line.c.kind,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)
"""One line at most is open for one cause."""
desk_decision = Table(
    "desk_decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by_kind", String(10), nullable=False),
    Column("by_id", String(80)),
    Column("code", String(40), nullable=False),
    Column("look_on", Date),
    Column("sealed", LargeBinary),
)
