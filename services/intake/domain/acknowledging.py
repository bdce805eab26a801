"""The clock of the acknowledgement (K1): by when, and how far up the ladder lateness has climbed.

Promise: one working day for everybody and for what is urgent a day of the clock at most, so that
no service's own promise is longer kept waiting for; each rung has its moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

URGENT = "urgent"
A_DAY, A_WEEK = timedelta(hours=24), timedelta(weeks=1)
LAST = 3  # the rung from which on it climbs weekly


def due_at(submitted_at: datetime, urgency: str, end_of_next_working_day: datetime) -> datetime:
    """Return by when whoever asked is to be told that it has arrived."""
    if urgency == URGENT:
        return min(submitted_at + A_DAY, end_of_next_working_day)
    return end_of_next_working_day


def rung_at(submitted_at: datetime, due: datetime, now: datetime) -> int:
    """Return the rung reached: at once, after half the time again, after the whole, then weekly."""
    late, allowed = now - due, due - submitted_at
    if late < allowed:
        return 1 + (late >= allowed / 2)
    return LAST + (late - allowed) // A_WEEK


def next_look(submitted_at: datetime, due: datetime, rung: int) -> datetime:
    """Return when the rung after *rung* is reached."""
    allowed = due - submitted_at
    if rung < LAST:
        return due + allowed * rung / 2
    return due + allowed + (rung + 1 - LAST) * A_WEEK
