"""What time does to an entry of the guide: its review falls due (K15), its figure grows old (K16).

Promise: the entry is told of a month before, when it is no longer assured, and when it leaves
automatic matching; the figure when it is no longer believed. A review or figure begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from services.matching.domain.clocks import (
    HOME,
    Length,
    add_months,
    length,
    rung_at,
    rung_reached,
    shelf_life,
)
from services.matching.domain.ladder import Telling, rungs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.matching.domain.clocks import Calendar

REVIEW, FIGURE = "K15", "K16"
DUE_MONTHS, WARNED_MONTHS = 12, 11
STEP = Length(months=6)
"""The ladder of a review: due at 12 months, out of automatic matching at 15, the desk at 18."""
A_DAY, A_MOMENT = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What decides the clocks of one service; no `as_of` where no figure is awaited."""

    reviewed_on: date
    as_of: datetime | None
    profile: str


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be told of one service now, what to keep of it, and when to look again."""

    tellings: tuple[Telling, ...]
    kept: dict[str, Any]
    look_at: datetime


@dataclass(frozen=True, slots=True)
class _Promise:
    clock: str
    base: str
    due: datetime
    step: Length
    warned_at: datetime | None = None


def told_of_service(
    kept: Mapping[str, Any] | None, entry: Entry, now: datetime, calendar: Calendar
) -> Found:
    """Return what is to be told of *entry* by *now*, given what was told of it before."""
    tellings: list[Telling] = []
    keeping: dict[str, Any] = {}
    looks = [] if entry.as_of else [now + A_DAY]  # whether a figure is awaited may change
    for promise in _promises(entry):
        before = (kept or {}).get(promise.clock, {})
        same = before if before.get("base") == promise.base else {}
        mine = _tellings(promise, same, now, calendar)
        told = max([same.get("told", 0), *(telling.rung for telling in mine)])
        warned = bool(same.get("warned") or mine)
        tellings += mine
        keeping[promise.clock] = {"base": promise.base, "told": told, "warned": warned}
        looks.append(_next(promise, told, warned=warned, calendar=calendar))
    return Found(tuple(tellings), keeping, min(looks))


def _promises(entry: Entry) -> list[_Promise]:
    due, warned = (
        _day_after(add_months(entry.reviewed_on, months)) for months in (DUE_MONTHS, WARNED_MONTHS)
    )
    found = [_Promise(REVIEW, entry.reviewed_on.isoformat(), due, STEP, warned)]
    if entry.as_of is not None:
        old = entry.as_of + shelf_life(entry.profile) + A_MOMENT
        step = length(FIGURE, entry.profile) or Length(days=14)
        found.append(_Promise(FIGURE, entry.as_of.isoformat(), old, step))
    return found


def _day_after(day: date) -> datetime:
    """Return when *day* is over as `capacity.status` counts it, so that what is told is so."""
    return datetime.combine(day + A_DAY, time(), HOME).astimezone(UTC)


def _tellings(
    promise: _Promise, told: Mapping[str, Any], now: datetime, calendar: Calendar
) -> list[Telling]:
    reached = rung_reached(promise.due, promise.step, now, calendar)
    if reached:
        return [
            Telling(promise.clock, promise.due, rung)
            for rung in rungs(told.get("told", 0), reached)
        ]
    if promise.warned_at is None or told.get("warned") or now < promise.warned_at:
        return []
    return [Telling(promise.clock, promise.due, 0)]


def _next(promise: _Promise, told: int, *, warned: bool, calendar: Calendar) -> datetime:
    if promise.warned_at is not None and not warned:
        return promise.warned_at
    return rung_at(promise.due, promise.step, told + 1, calendar)
