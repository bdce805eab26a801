"""The tables that every service has because staff sign in to it and clients may be revoked."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, LargeBinary, MetaData, String, Table, Uuid

from shared.storage.moments import UtcDateTime

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
    Column("code_at", UtcDateTime),
    Column("teams", JSON),
)
"""`code_at` is when whoever signed on last gave a second factor, as identity tells."""
STAFF = Table(
    "staff_standing",
    _PATTERN,
    Column("staff_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
)
CLIENT = Table(
    "client_standing",
    _PATTERN,
    Column("client_id", String(100), primary_key=True),
    Column("revoked_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)
READ_MODELS = ("staff_standing", "client_standing")
"""Kept by what identity tells alone: it can tell it again. Sessions are made by signing in."""


def sessions_for(metadata: MetaData) -> None:
    """Add the staff sessions of one service, and what identity told it, to its *metadata*."""
    for table in (SESSION, STAFF, CLIENT):
        table.to_metadata(metadata)
