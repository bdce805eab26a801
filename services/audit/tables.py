"""The tables of the log, which refuse change by themselves, and of what is kept beside it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
)

from services.audit.domain.tiles import MAX_ENTRY
from services.audit.guards import guard
from shared.storage import Counter, UtcDateTime, metadata_for
from shared.web import session_tables

metadata = metadata_for("audit")

entry = Table(
    "entry",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=False),
    Column("event_id", Uuid, nullable=False, unique=True),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("type", String(80), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("request_id", Uuid),
    Column("referral_id", Uuid),
    Column("consent_id", Uuid),
    Column("actor_id", String(80)),
    Column("agency_id", Uuid),
    Column("about_agency_id", Uuid),
    CheckConstraint(f"length(leaf) BETWEEN 1 AND {MAX_ENTRY}", name="leaf_fits_a_tile"),
    CheckConstraint("length(leaf_hash) = 32", name="leaf_hash_is_whole"),
)
Index("entry_by_type", entry.c.type, entry.c.seq)
FOUND_BY = ("request_id", "referral_id", "consent_id", "actor_id", "agency_id", "about_agency_id")
for _name in FOUND_BY:
    _column = entry.c[_name]
    _told = _column.is_not(None)
    Index(f"entry_by_{_name}", _column, sqlite_where=_told, postgresql_where=_told)

node = Table(
    "node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("idx", Counter, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("tree_size", Counter, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
)

followed = Table(
    "followed",
    metadata,
    Column("producer", String(20), primary_key=True),
    Column("epoch", String(36), nullable=False),
    Column("next_seq", Counter, nullable=False),
    Column("this", String(64), nullable=False),
)

waiting = Table(
    "waiting",
    metadata,
    Column("producer", String(20), primary_key=True),
    Column("epoch", String(36), primary_key=True),
    Column("seq", Counter, primary_key=True, autoincrement=False),
    Column("leaf", JSON, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("staff_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
)

agency = Table(
    "agency",
    metadata,
    Column("agency_id", Uuid, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_hub", Boolean),  # null: not told yet, so it is none
)

called = Table(
    "called",
    metadata,
    Column("reference", String(20), primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
)

READ_MODELS = (*session_tables.READ_MODELS, "staff", "agency", "called")
"""Copies kept by what others tell alone; they can tell it again. The log is nobody's copy."""

guard(metadata)
