"""The tables that every service has because it announces and hears."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    text,
)

from shared.storage.moments import UtcDateTime

# What grows with every message; SQLite's integers have 64 bits by themselves.
Counter = BigInteger().with_variant(Integer, "sqlite")
# Rows that come and go by the thousand: swept long before a fifth of the table is dead.
SWEPT = {
    "autovacuum_vacuum_scale_factor": 0.01,
    "autovacuum_vacuum_insert_scale_factor": 0.05,
    "autovacuum_analyze_scale_factor": 0.02,
}


def metadata_for(service: str) -> MetaData:
    """Return fresh metadata for *service*, with the tables of the bus and of sessions in it."""
    from shared.web.session_tables import sessions_for  # noqa: PLC0415 - the web imports storage

    metadata = MetaData(info={"service": service})
    _outgoing(metadata)
    _incoming(metadata)
    _alarms(metadata)
    sessions_for(metadata)
    return metadata


def _outgoing(metadata: MetaData) -> None:
    unpublished = text("published_at IS NULL")
    outbox = Table(
        "outbox",
        metadata,
        Column("id", Counter, primary_key=True),
        Column("message_id", Uuid, nullable=False, unique=True),
        Column("type", String(80), nullable=False),
        Column("subject", String(80), nullable=False),
        Column("sequence", Counter),
        Column("headers", JSON, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("not_before", UtcDateTime),
        Column("producer_seq", Counter, unique=True),
        Column("producer_prev", String(64)),
        Column("published_at", UtcDateTime),
        postgresql_with=SWEPT,
    )
    Index("outbox_unpublished", outbox.c.id, sqlite_where=unpublished, postgresql_where=unpublished)
    Table(
        "handed",
        metadata,
        Column("message_id", Uuid, primary_key=True),
        Column("subscriber", String(20), primary_key=True),
        Column("at", UtcDateTime, nullable=False),
        Column("parked_reason", String(200)),
        postgresql_with=SWEPT,
    )
    Table(
        "producer",
        metadata,
        Column("epoch", Uuid, primary_key=True),
        Column("started_at", UtcDateTime, nullable=False),
        Column("current", Boolean, nullable=False),
        Column("last_seq", Counter),  # where the relay numbers: the highest it has given out
        Column("last_hash", String(64)),
        Column("in_flight", JSON),  # the batch that was numbered last
    )


def _incoming(metadata: MetaData) -> None:
    Table(
        "inbox",
        metadata,
        Column("consumer", String(20), primary_key=True),
        Column("message_id", Uuid, primary_key=True),
        Column("at", UtcDateTime, nullable=False),
        postgresql_with=SWEPT,
    )
    Table(
        "inbox_failure",
        metadata,
        Column("message_id", Uuid, primary_key=True),
        Column("error", String(200), nullable=False),
        Column("at", UtcDateTime, nullable=False),
    )


def _alarms(metadata: MetaData) -> None:
    Table(
        "alarms",
        metadata,
        Column("name", String(60), primary_key=True),
        Column("since", UtcDateTime, nullable=False),
        Column("fact", String(200), nullable=False),
        Column("anchor", String(60), nullable=False),
    )
