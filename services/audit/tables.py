"""The tables of the log, which refuse change by themselves, and of what is kept beside it.

Triggers are a speed bump for whoever holds the file; the proof is in the checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    event,
)

from services.audit.domain.tiles import MAX_ENTRY
from shared.storage import UtcDateTime, metadata_for

if TYPE_CHECKING:
    from collections.abc import Iterator

metadata = metadata_for("audit")

entry = Table(
    "entry",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
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
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("tree_size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
)

followed = Table(
    "followed",
    metadata,
    Column("producer", String(20), primary_key=True),
    Column("epoch", String(36), nullable=False),
    Column("next_seq", Integer, nullable=False),
    Column("this", String(64), nullable=False),
)

waiting = Table(
    "waiting",
    metadata,
    Column("producer", String(20), primary_key=True),
    Column("epoch", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
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
)

called = Table(
    "called",
    metadata,
    Column("reference", String(20), primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
)

FINAL = "the audit log cannot be changed"
REFUSED_INSERTS = {
    entry: "NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM entry) "
    "OR EXISTS (SELECT 1 FROM entry WHERE event_id = NEW.event_id)",
    node: "EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND idx = NEW.idx)",
    checkpoint: "NEW.tree_size <= (SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint)",
}


def _guards(table: Table, refused: str) -> Iterator[Any]:
    for what in ("UPDATE", "DELETE"):
        yield DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER {table.name}_refuses_{what.lower()} BEFORE {what} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        )
    yield DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER {table.name}_only_grows BEFORE INSERT ON {table.name} "
        f"WHEN {refused} BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
    )


for _table, _refused in REFUSED_INSERTS.items():
    for _guard in _guards(_table, _refused):
        event.listen(_table, "after_create", _guard.execute_if(dialect="sqlite"))
