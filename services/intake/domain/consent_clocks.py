"""The clocks of a consent: warnings before it ends, its end, and its confirmation in writing.

Promise: each moment is looked at once; one that was missed is made up for by the next alone.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WARNED_BEFORE = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
CONFIRMED_WITHIN = 5  # working days, after something was said aloud
TOLD_WITHIN = 1  # working day, after it was taken back
HIGHEST_RUNG = 3
WEEK = timedelta(weeks=1)
MONTHS, MONTHS_AFTER = 12, 6
"""How long a yes holds at most, as the notice says, and how long after the help it was for."""
TOO_LONG = "The notice says twelve months at most. Choose a day within a year."


def ends_on(agreed: date, help_ended: date | None) -> date:
    """Return the day a consent ends: as agreed, or six months after the help, if that is sooner."""
    return agreed if help_ended is None else min(agreed, add_months(help_ended, MONTHS_AFTER))


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, clamped to the month's end."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ends_at(valid_until: date) -> datetime:
    """Return the moment from which a consent no longer holds."""
    return datetime.combine(valid_until, time(), UTC)


def next_look(
    valid_until: date | None, overdue_at: datetime | None, after: datetime
) -> datetime | None:
    """Return the first moment after *after* at which something about a consent falls due."""
    found = [overdue_at] if overdue_at else []
    found += [moment for moment in _moments(valid_until) if moment > after]
    return min(found, default=None)


def is_warned(valid_until: date, since: datetime | None, now: datetime) -> bool:
    """Tell whether a warning falls due that did not yet at *since*, and the end has not come."""
    end = ends_at(valid_until)
    due = [moment for moment in _moments(valid_until) if moment <= now]
    return now < end and bool(due) and since is not None and since <= due[-1]


def next_rung(due_at: datetime, length: timedelta, rung: int) -> datetime:
    """Return when what is still late climbs on: after half its length again, all of it, a week."""
    if rung == 0:
        return due_at
    if rung < HIGHEST_RUNG:
        return due_at + length * rung / 2
    return due_at + length + WEEK * (rung - HIGHEST_RUNG + 1)


def default_end(today: date) -> date:
    """Return the day a consent given today ends at the latest: in twelve months."""
    return add_months(today, MONTHS)


def _moments(valid_until: date | None) -> Iterator[datetime]:
    if valid_until is not None:
        end = ends_at(valid_until)
        yield from (end - before for before in WARNED_BEFORE)
        yield end
