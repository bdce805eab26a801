"""What a restriction of the request does to clocks: they stand still as long as it lasts.

Promise: nobody is late with what they may not do, and when it ends everybody has as long as they
had before. A day that somebody named stays, if it is still to come.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.matching.domain.running import NAMED, later_by

if TYPE_CHECKING:
    from datetime import datetime

    from services.matching.domain.clocks import Calendar
    from services.matching.domain.running import Clock, Running


def rested(running: Running, now: datetime) -> Running:
    """Return the clocks at rest from *now*; those at rest already go on resting."""
    return replace(running, resting=running.resting or now, rested=True)


def woken(running: Running, now: datetime, calendar: Calendar) -> Running:
    """Return the clocks as they run on *now* after their rest."""
    if running.resting is None:
        return running
    clocks = {
        name: _woken(name, clock, running, (running.resting, now), calendar)
        for name, clock in running.clocks.items()
    }
    return replace(running, clocks=clocks, resting=None)


def _woken(
    name: str, clock: Clock, running: Running, rest: tuple[datetime, datetime], calendar: Calendar
) -> Clock:
    began, ends = rest
    if running.halted is not None and name != "T26":
        ends = min(ends, running.halted)  # the halt is counted when it ends
    pause = (max(began, clock.since), ends)
    if pause[1] <= pause[0] or (name in NAMED and clock.due > ends):
        return clock
    return later_by(name, clock, running, pause, calendar)
