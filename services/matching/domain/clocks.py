"""The promises about time: how long each profile allows, and when an answer falls due.

Promise: months are clamped to the month's end, working days skip weekends and the bank
holidays of the calendar handed in, and a day ends at midnight where the people live.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

IsHoliday: TypeAlias = Callable[[date], bool]

SATURDAY = 5
URGENT = "urgent"
MONTHS_IN_A_YEAR = 12
A_WEEK = timedelta(weeks=1)


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


CLOCKS: dict[str, dict[str, Length | None]] = {
    "default": {
        "K2": Length(working_days=5),
        "K3": Length(working_days=5),
        "K6": Length(months=2),
        "K16": Length(days=14),
    },
    "home_start": {
        "K2": Length(working_days=5),
        "K3": Length(working_days=5),
        "K6": Length(months=2),
        "K16": Length(days=14),
    },
    "front_door": {
        "K2": Length(hours=24),
        "K3": Length(hours=4),
        "K6": None,
        "K16": Length(days=1),
    },
    "advice": {
        "K2": Length(working_days=3),
        "K3": Length(working_days=5),
        "K6": Length(working_days=20),
        "K16": Length(days=7),
    },
}
HALVED_WHEN_URGENT = frozenset({"K1", "K2", "K3", "K4"})


def length(clock: str, profile: str, urgency: str = "routine") -> Length | None:
    """Return how long *clock* runs; urgent halves the early ones, rounding down to one."""
    full = CLOCKS.get(profile, CLOCKS["default"])[clock]
    if full is None or urgency != URGENT or clock not in HALVED_WHEN_URGENT:
        return full
    return Length(
        working_days=_half(full.working_days),
        hours=_half(full.hours),
        months=full.months,
        days=_half(full.days),
    )


def answer_by(
    *, sent_at: datetime, submitted_at: datetime, profile: str, urgency: str, calendar: Calendar
) -> datetime:
    """Return the moment by which the agency must answer (K2)."""
    allowed = length("K2", profile, urgency) or Length(working_days=5)
    # A front door promises its hours from the moment the person asked.
    start = submitted_at if allowed.hours else sent_at
    return _after(start, allowed, calendar)


def question_by(asked_at: datetime, profile: str, urgency: str, calendar: Calendar) -> datetime:
    """Return the moment by which a question must be answered (K3)."""
    allowed = length("K3", profile, urgency) or Length(working_days=5)
    return _after(asked_at, allowed, calendar)


def settle_by(start: datetime, calendar: Calendar) -> datetime:
    """Return by when a stop must be confirmed, or a wish to cancel be settled: 1 working day."""
    return _after(start, Length(working_days=1), calendar)


def rung_due(due: datetime, allowed: timedelta, now: datetime) -> int:
    """Return how far up the ladder lateness has climbed: at once, half again, whole, weekly."""
    late = now - due
    if late < timedelta():
        return 0
    if late < allowed:
        return 1 + (late >= allowed / 2)
    return 3 + (late - allowed) // A_WEEK


def extended(due: datetime, paused: datetime, until: datetime, calendar: Calendar) -> datetime:
    """Return *due* moved by a pause: a day by the working days of it, an hour by its length."""
    day, end = calendar.local_date(due), calendar.local_date(until)
    if due != calendar.end_of(day):
        return due + max(until - paused, timedelta())
    first = calendar.local_date(paused)
    days = (first + timedelta(days=n + 1) for n in range(max(0, (end - first).days)))
    missed = sum(calendar.is_working_day(one) for one in days)
    return calendar.end_of(add_working_days(day, missed, calendar))


def latest_start(sent_at: datetime, profile: str, calendar: Calendar) -> date | None:
    """Return the last day on which support may be forecast to start (K6)."""
    allowed = length("K6", profile)
    if allowed is None:
        return None
    return calendar.local_date(_after(sent_at, allowed, calendar))


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


def _half(amount: int) -> int:
    return max(1, amount // 2) if amount else 0


def _after(start: datetime, allowed: Length, calendar: Calendar) -> datetime:
    if allowed.hours:
        return start + timedelta(hours=allowed.hours)
    day = add_working_days(calendar.local_date(start), allowed.working_days, calendar)
    return calendar.end_of(add_months(day, allowed.months) + timedelta(days=allowed.days))
