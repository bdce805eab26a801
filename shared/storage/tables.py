"""The tables that every service has because it announces and hears."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    Uuid,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; a naive one is refused, for nobody knows when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return *value* in UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment without a time zone cannot be stored"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return *value* aware again, where the database forgot its zone."""
        del dialect
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


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
        Column("id", Integer, primary_key=True),
        Column("message_id", Uuid, nullable=False, unique=True),
        Column("type", String(80), nullable=False),
        Column("subject", String(80), nullable=False),
        Column("sequence", Integer),
        Column("headers", JSON, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("not_before", UtcDateTime),
        Column("producer_seq", Integer, unique=True),
        Column("producer_prev", String(64)),
        Column("published_at", UtcDateTime),
    )
    Index("outbox_unpublished", outbox.c.id, sqlite_where=unpublished, postgresql_where=unpublished)
    Table(
        "handed",
        metadata,
        Column("message_id", Uuid, primary_key=True),
        Column("subscriber", String(20), primary_key=True),
        Column("at", UtcDateTime, nullable=False),
        Column("parked_reason", String(200)),
    )
    Table(
        "producer",
        metadata,
        Column("epoch", Uuid, primary_key=True),
        Column("started_at", UtcDateTime, nullable=False),
        Column("current", Boolean, nullable=False),
        Column("last_seq", Integer),  # where the relay numbers: the highest it has given out
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
