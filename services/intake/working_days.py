"""Working days: weekends and a nation's bank holidays are none, days end at local midnight."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

LOCAL = ZoneInfo("Europe/London")
SATURDAY = 5
ENGLAND = "england"
SUBDIVISIONS = {ENGLAND: "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}


def working_days_after(moment: datetime, count: int, nation: str) -> datetime:
    """Return the last second of the *count*-th working day after *moment*, in UTC."""
    day = moment.astimezone(LOCAL).date()
    while count:
        day += timedelta(days=1)
        count -= _is_working_day(day, SUBDIVISIONS[nation])
    midnight = datetime.combine(day + timedelta(days=1), time(), LOCAL)
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def works_in(nation: str) -> Callable[[date], bool]:
    """Return what tells whether people go to work on a day in *nation*."""
    return partial(_is_working_day, subdivision=SUBDIVISIONS[nation])


def _is_working_day(day: date, subdivision: str) -> bool:
    return day.weekday() < SATURDAY and day not in _bank_holidays(subdivision, day.year)


@cache
def _bank_holidays(subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year))
