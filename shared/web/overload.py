"""Whether more is taken in than is carried on: then programs are asked to come back later.

Promise: no person is ever turned away here, and no program is while nothing is carried at all:
what is accepted waits safely then, and taking in more does not make it wait longer.
"""

from __future__ import annotations

from collections import defaultdict, deque
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from flask import current_app
from sqlalchemy import select
from werkzeug.exceptions import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Flask

    from shared.storage import Transaction

LIMIT = 30.0  # seconds the next one may wait while others are carried
STANDSTILL = 10.0  # seconds without progress after which a carrier counts as lost
LOOK = 1.0  # seconds between two looks
RETRY_AFTER = 30  # seconds
KEY = "onward.crowd"
OUTBOX = "outbox"
log = structlog.get_logger("onward.web")


class Behind(NamedTuple):
    """How far somebody has got, as a number that grows, and how many seconds the next waits."""

    reached: int
    waited: float


class Carrier:
    """Somebody who carries on what was taken in, as it was seen look by look.

    It goes on when it got further twice in a row. Once is not enough: what somebody did by hand
    about one old request says nothing about those that came after it.
    """

    def __init__(self) -> None:
        self.waited = 0.0
        self._reached: int | None = None
        self._steps = deque([float("-inf")] * 2, maxlen=2)

    def note(self, found: Behind | None, now: float, *, watched: bool) -> None:
        """Note what was *found*; what happened while it was not *watched* is no step of now."""
        self.waited = found.waited if found else 0.0
        if found is None:
            return
        if self._reached is not None and found.reached > self._reached and watched:
            self._steps.append(now)
        self._reached = max(found.reached, self._reached or 0)

    def is_too_slow(self, now: float) -> bool:
        """Tell whether it goes on, but not as fast as more is taken in."""
        before, last = self._steps
        goes_on = now - last < STANDSTILL and last - before < STANDSTILL
        return goes_on and self.waited > LIMIT


class Crowd:
    """Knows, by looking now and then, whether what was taken in is carried too slowly."""

    def __init__(
        self, look: Callable[[], Mapping[str, Behind]], clock: Callable[[], float] = monotonic
    ) -> None:
        self._look, self._clock = look, clock
        self._looked = float("-inf")
        self._carriers: defaultdict[str, Carrier] = defaultdict(Carrier)
        self._slow: tuple[str, ...] = ()

    def is_too_large(self) -> bool:
        """Tell whether somebody carries on what was taken in, but not as fast as it comes."""
        now = self._clock()
        if now - self._looked >= LOOK:
            before, self._looked = self._looked, now
            self._note(self._look(), now, watched=now - before < STANDSTILL)
        known = tuple(self._carriers.items())
        slow = tuple(name for name, one in known if one.is_too_slow(now))
        if slow != self._slow:
            self._slow = slow
            _tell(slow, max((self._carriers[name].waited for name in slow), default=0))
        return bool(slow)

    def _note(self, found: Mapping[str, Behind], now: float, *, watched: bool) -> None:
        for name in self._carriers.keys() | found.keys():
            self._carriers[name].note(found.get(name), now, watched=watched)


def _tell(slow: Sequence[str], seconds: float) -> None:
    """Write down who is behind, and how many seconds at most; or that nobody is any more."""
    if slow:
        log.warning("programs_turned_away", source=slow, seconds=round(seconds))
    else:
        log.info("programs_welcome_again")


def install(app: Flask, others: Callable[[Any], Mapping[str, Behind]] = lambda _: {}) -> None:
    """Let *app* know how large its crowd is: by its outbox, and by what *others* have reached."""
    store = app.extensions["store"]

    def look() -> dict[str, Behind]:
        with store.read() as tx:
            carried = outbox(tx)
            return {**({OUTBOX: carried} if carried else {}), **others(tx)}

    app.extensions[KEY] = Crowd(look)


def turn_programs_away() -> None:
    """Refuse a program's request with 503 and Retry-After while the crowd is too large."""
    if current_app.extensions[KEY].is_too_large():
        raise ServiceUnavailable(retry_after=RETRY_AFTER)


def outbox(tx: Transaction) -> Behind | None:
    """Return the announcement that has waited longest of those that may be carried now."""
    rows = tx.table("outbox")
    due = rows.c.published_at.is_(None) & rows.c.not_before.is_(None)
    row = tx.one(select(rows.c.id, rows.c.created_at).where(due).order_by(rows.c.id).limit(1))
    return Behind(row.id, (tx.now - row.created_at).total_seconds()) if row else None
