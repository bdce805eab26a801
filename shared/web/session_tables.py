"""The tables that every service has because staff sign in to it and clients may be revoked."""

from __future__ import annotations

from sqlalchemy import JSON, Column, LargeBinary, MetaData, String, Table, Uuid

from shared.storage.tables import UtcDateTime

_PATTERN = MetaData()

SESSION = Table(
    "staff_session",
    _PATTERN,
    Column("id_hash", LargeBinary(32), primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("staff_id", Uuid, nullable=False, index=True),
    Column("agency_id", Uuid, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("name", String(200), nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)
REVOKED = Table(
    "revoked_client",
    _PATTERN,
    Column("client_id", String(100), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)


def sessions_for(metadata: MetaData) -> None:
    """Add the staff sessions and revoked clients of one service to its *metadata*."""
    for table in (SESSION, REVOKED):
        table.to_metadata(metadata)
