"""When a request is read and by whom, and whether that is now; the hours are data.

Promise: whoever writes at night is told plainly that nobody reads it before the morning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from services.intake.working_days import LOCAL, working_days_after

HOURS = Path(__file__).with_name("forms") / "definitions" / "hours.json"


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether somebody reads now, who, their hours in words, and when they are next there."""

    now: bool
    who: str
    hours: str
    next_at: datetime


def reading(now: datetime, nation: str) -> Reading:
    """Return who reads what is sent *now*, and when; on bank holidays of the *nation* nobody."""
    told, here = _hours(), now.astimezone(LOCAL)
    opens, closes = (time.fromisoformat(told[name]) for name in ("opens", "closes"))
    day = _working_day(here.date(), nation)
    if day == here.date() and opens <= here.time() < closes:
        return Reading(now=True, who=told["who"], hours=told["hours"], next_at=here)
    if day == here.date() and here.time() >= closes:
        day = _working_day(day + timedelta(days=1), nation)
    next_at = datetime.combine(day, opens, LOCAL)
    return Reading(now=False, who=told["who"], hours=told["hours"], next_at=next_at)


def _working_day(day: date, nation: str) -> date:
    """Return *day*, or the first working day after it."""
    before = datetime.combine(day - timedelta(days=1), time(12), LOCAL)
    return working_days_after(before, 1, nation).astimezone(LOCAL).date()


@cache
def _hours() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(HOURS.read_bytes())
    return found
