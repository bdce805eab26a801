"""Whether more is taken in than is carried on: then programs are asked to come back later.

Promise: no person is ever turned away here, and no program is while nothing is carried at all:
what is accepted waits safely then, and taking in more does not make it wait longer.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app
from sqlalchemy import select
from werkzeug.exceptions import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from shared.storage import Store

LIMIT = 30.0  # seconds the oldest announcement may wait while others are carried
STANDSTILL = 10.0  # seconds without progress after which the carrier counts as lost
LOOK = 1.0  # seconds between two looks
RETRY_AFTER = 30  # seconds
KEY = "onward.crowd"


class Oldest(NamedTuple):
    """The announcement that has waited longest for its carrier: its number, and seconds."""

    number: int
    waited: float


class Crowd:
    """Knows, by looking now and then, whether what was taken in is carried too slowly."""

    def __init__(
        self, oldest: Callable[[], Oldest | None], clock: Callable[[], float] = monotonic
    ) -> None:
        self._oldest, self._clock = oldest, clock
        self._looked = self._moved = float("-inf")
        self._number: int | None = None
        self._waited = 0.0

    def is_too_large(self) -> bool:
        """Tell whether announcements are carried, but not as fast as they come."""
        now = self._clock()
        if now - self._looked >= LOOK:
            self._look(now)
        return self._waited > LIMIT and now - self._moved < STANDSTILL

    def _look(self, now: float) -> None:
        before, self._looked = self._looked, now
        found = self._oldest()
        number, self._waited = found or (None, 0.0)
        if number != self._number and now - before < STANDSTILL:
            self._moved = now
        self._number = number


def install(app: Flask) -> None:
    """Let *app* know how large its crowd is."""
    store = app.extensions["store"]
    app.extensions[KEY] = Crowd(lambda: oldest(store))


def turn_programs_away() -> None:
    """Refuse a program's request with 503 and Retry-After while the crowd is too large."""
    if current_app.extensions[KEY].is_too_large():
        raise ServiceUnavailable(retry_after=RETRY_AFTER)


def oldest(store: Store[Any]) -> Oldest | None:
    """Return the announcement of *store* that has waited longest and may be carried now."""
    with store.read() as tx:
        outbox = tx.table("outbox")
        due = outbox.c.published_at.is_(None) & outbox.c.not_before.is_(None)
        row = tx.one(
            select(outbox.c.id, outbox.c.created_at).where(due).order_by(outbox.c.id).limit(1)
        )
    return Oldest(row.id, (tx.now - row.created_at).total_seconds()) if row else None
