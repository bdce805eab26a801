"""The promises about time: how long each profile allows, and how late is how late.

Promise: months are clamped to the month's end, working days skip weekends and the bank
holidays of the calendar handed in, and a day ends at midnight where the people live.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

IsHoliday: TypeAlias = Callable[[date], bool]

SATURDAY = 5
URGENT = "urgent"
MONTHS_IN_A_YEAR = 12
A_WEEK = timedelta(weeks=1)
UNTIL_MORNING = timedelta(hours=9)
HALF_A_DAY, DAYS_OF_HALF_A_MONTH = 12, 15
RUNG_OF_MANAGER, RUNG_OF_DESK = 2, 3


HOME = ZoneInfo("Europe/London")


@lru_cache(maxsize=64)
def local_date(moment: datetime) -> date:
    """Return the date people read on their own clocks at *moment*, in each of the four nations."""
    return moment.astimezone(HOME).date()


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time in exactly one unit."""

    working_days: int = 0
    hours: int = 0
    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the people live: their zone and their bank holidays."""

    zone: tzinfo
    is_holiday: IsHoliday

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices are open on *day*."""
        return day.weekday() < SATURDAY and not self.is_holiday(day)

    def local_date(self, moment: datetime) -> date:
        """Return the date people read on their own clocks at *moment*."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """Return the last moment of *day* there, in UTC."""
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone)
        return midnight.astimezone(UTC) - timedelta(seconds=1)


_DEFAULT: dict[str, Length | None] = {
    "K2": Length(working_days=5),
    "K3": Length(working_days=5),
    "K4": Length(working_days=10),
    "K5": Length(months=1),
    "K6": Length(months=2),
    "K7": Length(days=28),
    "K8": Length(days=14),
    "K10": Length(days=7),
    "K11": Length(working_days=5),
    "K12": Length(days=42),
    "K15": Length(months=12),
    "K16": Length(days=14),
    "T21": Length(days=7),
    "T22": Length(days=7),
    "T25": Length(working_days=1),
    "T26": Length(working_days=1),
}
"""How long each clock runs. K7, T21 and T22 end on a day that somebody names; what stands here
of them is the step of their ladder."""
CLOCKS: dict[str, dict[str, Length | None]] = {
    "default": _DEFAULT,
    "home_start": _DEFAULT | {"K4": Length(days=14)},
    "front_door": _DEFAULT
    | {
        "K2": Length(hours=24),
        "K3": Length(hours=4),
        "K5": None,
        "K6": None,
        "K7": None,
        "K8": None,
        "K10": Length(hours=24),
        "K16": Length(days=1),
    },
    "advice": _DEFAULT
    | {
        "K2": Length(working_days=3),
        "K4": Length(working_days=5),
        "K5": Length(working_days=10),
        "K6": Length(working_days=20),
        "K7": Length(days=14),
        "K8": Length(working_days=10),
        "K16": Length(days=7),
    },
}
BY_BAND: dict[tuple[str, str], dict[int, Length]] = {
    ("front_door", "K4"): {4: Length(hours=24), 3: Length(working_days=5)},
}
"""The clocks that depend on how much help is needed; a band not named is as the default."""
FIRST_CHECK: dict[str, Length] = {"home_start": Length(months=1)}
"""From when those who wait are checked on (K8), counted from the receipt of the referral."""
EXTENSION_WEEKS = {"advice": (2, 2), "default": (2, 4)}
"""The shortest and the longest extension, once, with the referrer's agreement (T18)."""
HALVED_WHEN_URGENT = frozenset({"K1", "K2", "K3", "K4"})


@cache
def length(
    clock: str, profile: str, urgency: str = "routine", band: int | None = None
) -> Length | None:
    """Return how long *clock* runs; urgent halves the early ones, rounding down to one."""
    known = profile if profile in CLOCKS else "default"
    full = BY_BAND.get((known, clock), {}).get(band or 0, CLOCKS[known][clock])
    if full is None or urgency != URGENT or clock not in HALVED_WHEN_URGENT:
        return full
    return Length(
        working_days=_half(full.working_days),
        hours=_half(full.hours),
        months=full.months,
        days=_half(full.days),
    )


def moved(due: datetime, stood: datetime, until: datetime, by: Length, cal: Calendar) -> datetime:
    """Return *due* after standing still from *stood* to *until*: never earlier than it was.

    Hours move by hours, working days by the working days missed, all else by whole days.
    """
    if by.hours:
        return due + max(until - stood, timedelta())
    day, first, end = cal.local_date(due), cal.local_date(stood), cal.local_date(until)
    days = max(0, (end - first).days)
    if not by.working_days:
        return cal.end_of(day + timedelta(days=days))
    missed = sum(cal.is_working_day(first + timedelta(days=n + 1)) for n in range(days))
    return cal.end_of(add_working_days(day, missed, cal))


def rung_at(due: datetime, allowed: Length, rung: int, calendar: Calendar) -> datetime:
    """Return when lateness reaches *rung*: at once, half the time again, the whole, weekly.

    What is counted in days is told in the morning: nobody's phone should ring at midnight.
    """
    if rung <= 1:
        return due
    if rung == RUNG_OF_MANAGER:
        return _told_by_day(due, _half_again(allowed), calendar)
    return _told_by_day(due, allowed, calendar) + (rung - RUNG_OF_DESK) * A_WEEK


def rung_reached(due: datetime, allowed: Length, now: datetime, calendar: Calendar) -> int:
    """Return how far up the ladder lateness has climbed by *now*; 0 when nothing is late."""
    if now < due:
        return 0
    last = rung_at(due, allowed, RUNG_OF_DESK, calendar)
    if now >= last:
        return RUNG_OF_DESK + (now - last) // A_WEEK
    return 1 + (now >= rung_at(due, allowed, RUNG_OF_MANAGER, calendar))


def shelf_life(profile: str) -> timedelta:
    """Return how long a capacity figure is believed (K16)."""
    allowed = length("K16", profile) or Length(days=14)
    return timedelta(days=allowed.days)


def add_working_days(start: date, count: int, calendar: Calendar) -> date:
    """Return the *count*-th working day after *start*."""
    day = start
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day


def add_months(start: date, count: int) -> date:
    """Return the same day *count* months later, or that month's last day."""
    month = start.year * MONTHS_IN_A_YEAR + start.month - 1 + count
    year, month = divmod(month, MONTHS_IN_A_YEAR)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def later(start: datetime, allowed: Length, calendar: Calendar) -> datetime:
    """Return when *allowed* is over: an hour after hours, else the end of a day there."""
    if allowed.hours:
        return start + timedelta(hours=allowed.hours)
    return _end_of_days(calendar.local_date(start), allowed, calendar)


def _told_by_day(start: datetime, allowed: Length, calendar: Calendar) -> datetime:
    end = later(start, allowed, calendar)
    return end if allowed.hours else end + UNTIL_MORNING


@lru_cache(maxsize=4096)  # every referral of a day asks the same of the calendar
def _end_of_days(start: date, allowed: Length, calendar: Calendar) -> datetime:
    day = add_working_days(start, allowed.working_days, calendar)
    return calendar.end_of(add_months(day, allowed.months) + timedelta(days=allowed.days))


def _half(amount: int) -> int:
    return max(1, amount // 2) if amount else 0


def _half_again(allowed: Length) -> Length:
    """Return half of a time, rounded up; of one working day, half a day."""
    if allowed.hours or allowed.working_days == 1:
        return Length(hours=max(1, allowed.hours // 2) if allowed.hours else HALF_A_DAY)
    odd_month = DAYS_OF_HALF_A_MONTH * (allowed.months % 2)
    return Length(
        working_days=(allowed.working_days + 1) // 2,
        months=allowed.months // 2,
        days=(allowed.days + 1) // 2 + odd_month,
    )
