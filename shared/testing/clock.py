"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Tells the hour a test decided."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the decided moment."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move on by *by* (backwards if negative)."""
        self.at += by
