"""Working days: weekends and the bank holidays of England are none, days end at local midnight."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from datetime import date

LOCAL = ZoneInfo("Europe/London")
SATURDAY = 5


def working_days_after(moment: datetime, count: int) -> datetime:
    """Return the last second of the *count*-th working day after *moment*, in UTC."""
    day = moment.astimezone(LOCAL).date()
    while count:
        day += timedelta(days=1)
        count -= _is_working_day(day)
    midnight = datetime.combine(day + timedelta(days=1), time(), LOCAL)
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def _is_working_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
