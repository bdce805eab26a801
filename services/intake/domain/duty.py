"""Who looks when somebody may be in danger: shifts of agencies, in local hours.

An agency is told at its role mailbox, which notify knows.

Promise: there is an answer for every hour if the rota has one; rank 1 looks first, rank 2 is
asked when nobody looked within the hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIRST, FALLBACK = 1, 2
MONDAY = date(2024, 1, 1)
LOOK_WITHIN = timedelta(hours=1)
DANGER, CHILD, WORSE, OTHER = "IN_DANGER_NOW", "CHILD_AT_RISK", "GETTING_WORSE", "OTHER"
REASONS = {
    DANGER: "Somebody may be in danger now",
    CHILD: "A child may be at risk",
    WORSE: "Things have become much worse",
    OTHER: "Something else worries me",
}
LONGEST_COMMENT = 2000
UNTOLD = frozenset({"proposed"})
"""In these states of a referral its agency does not know that there is a request."""
RUNGS = {2: LOOK_WITHIN, 3: LOOK_WITHIN * 2}
"""Rung of the ladder -> how long after the flag it is climbed."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The hours in which an agency is on duty; one that ends earlier than it begins runs on."""

    agency_id: UUID
    days: frozenset[int]
    starts: time
    ends: time
    rank: int

    def covers(self, local: datetime) -> bool:
        """Tell whether *local* lies in this shift; a day is the one on which it began."""
        clock, day = local.time(), local.weekday()
        if self.starts == self.ends:
            return day in self.days
        if self.starts < self.ends:
            return day in self.days and self.starts <= clock < self.ends
        began_today = day in self.days and clock >= self.starts
        return began_today or ((day - 1) % 7 in self.days and clock < self.ends)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of one day; without `ends` it lasts until midnight."""

    day: int
    starts: time
    ends: time | None


def gaps(shifts: Sequence[Shift], rank: int = FIRST) -> tuple[Gap, ...]:
    """Return the stretches of a week in which nobody is on duty in this *rank*."""
    mine = [shift for shift in shifts if shift.rank == rank]
    marks = sorted({time(), *(s.starts for s in mine), *(s.ends for s in mine)})
    found: list[Gap] = []
    for day in range(7):
        for starts, ends in zip(marks, [*marks[1:], None], strict=True):
            if on_duty(mine, datetime.combine(MONDAY + timedelta(days=day), starts), rank):
                continue
            last = found[-1] if found else None
            if last and last.day == day and last.ends == starts:
                found[-1] = Gap(day, last.starts, ends)
            else:
                found.append(Gap(day, starts, ends))
    return tuple(found)


def on_duty(shifts: Iterable[Shift], local: datetime, rank: int) -> Shift | None:
    """Return who is on duty at *local* in this *rank*, the longest begun first."""
    found = (shift for shift in shifts if shift.rank == rank and shift.covers(local))
    return min(found, key=lambda shift: (shift.starts, str(shift.agency_id)), default=None)


def reason_of(told: str) -> tuple[str, str]:
    """Return the code of a reason and what was said in words: only the code may be announced."""
    text = told.strip()
    return (text, "") if text in REASONS else (OTHER, text[:LONGEST_COMMENT])
