"""The bank holidays of each nation, from the `holidays` library."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import holidays

from services.matching.domain.clocks import HOME, Calendar

if TYPE_CHECKING:
    from datetime import date

SUBDIVISIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}


@cache
def calendar_for(nation: str) -> Calendar:
    """Return the calendar of one of the four nations."""
    subdivision = SUBDIVISIONS[nation]

    def is_holiday(day: date) -> bool:
        return day in _bank_holidays(subdivision, day.year)

    return Calendar(HOME, is_holiday)


@cache
def _bank_holidays(subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year))
