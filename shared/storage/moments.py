"""Moments in a database: aware, in UTC, whatever the database knows of zones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; a naive one is refused, for nobody knows when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Return what turns a moment into what the driver takes."""
        return _as_text if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what makes an aware moment of what the driver gives."""
        del coltype
        return _from_text if dialect.name == "sqlite" else _in_utc


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        message = "a moment without a time zone cannot be stored"
        raise ValueError(message)
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """Write as SQLAlchemy does for SQLite, which has no type for moments."""
    moment = _in_utc(value)
    return moment.isoformat(" ", "microseconds")[: -len("+00:00")] if moment else None


def _from_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None
