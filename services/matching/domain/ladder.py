"""When the lateness of a clock is told, and how far up it has climbed by then.

Promise: at once, after half the time again, after the whole, then weekly; each rung is told
once. Whoever slept for weeks tells each of the first three, and of the weekly ones the last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.matching.domain.clocks import RUNG_OF_DESK, Length, rung_at, rung_reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.domain.clocks import Calendar
    from services.matching.domain.running import Clock, Running

WARNED_BEFORE = {
    "K6": timedelta(days=7, hours=15),
    "K7": timedelta(days=7, hours=15),
    "K8": timedelta(days=2, hours=15),
    "K12": timedelta(hours=15),
    "T21": timedelta(hours=15),
    "T22": timedelta(days=2, hours=15),
}
"""How long before it is due a clock is told of as a prompt, where it is: of a day, its morning."""
PROMPTS = frozenset({"K12", "T21"})
"""Clocks that only prompt: nobody is late with them, and they end with the day they are due."""
A_STEP = Length(days=7)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be told of one clock: a prompt at rung 0, else that it is late."""

    clock: str
    due_at: datetime
    rung: int


def look_at(running: Running, calendar: Calendar) -> datetime | None:
    """Return when there is next something to tell of these clocks."""
    moments = (_next(name, running, calendar) for name in running.clocks)
    return min((moment for moment in moments if moment is not None), default=None)


def due_at(running: Running) -> datetime | None:
    """Return the soonest moment by which somebody must do something."""
    return min((due for _, due in dues(running)), default=None)


def dues(running: Running) -> list[tuple[str, datetime]]:
    """Return what is awaited of anybody and by when, the soonest first."""
    awaited = (name for name in running.clocks if name not in PROMPTS)
    found = ((name, due_of(name, running)) for name in awaited)
    return sorted(((name, due) for name, due in found if due), key=lambda one: (one[1], one[0]))


def told(running: Running, now: datetime, calendar: Calendar) -> tuple[list[Telling], Running]:
    """Return what is to be told by *now*, and the clocks once it is."""
    tellings: list[Telling] = []
    clocks = dict(running.clocks)
    for name, clock in running.clocks.items():
        due = due_of(name, running)
        if due is None:
            continue
        mine = list(_of(name, clock, due, running, now, calendar))
        tellings += mine
        if mine:
            clocks[name] = _noted(clock, mine)
        if name in PROMPTS and now >= due:
            del clocks[name]
    return tellings, replace(running, clocks=clocks)


def due_of(name: str, running: Running) -> datetime | None:
    """Return when a clock falls due as things are, None while it stands still for nobody knows."""
    clock = running.clocks[name]
    halted = running.halted is not None and name != "T26"
    rests = halted or running.resting is not None
    return None if rests or (clock.stood and not clock.until) else clock.due


def carried_over(anew: Running, kept: Running | None, now: datetime) -> Running:
    """Return clocks made *anew*, with what was told of those *kept*; a prompt ends with its day.

    No history tells of a rest: clocks that rested are as they were kept.
    """
    clocks = dict(anew.clocks)
    for name, clock in clocks.items():
        was = kept.clocks.get(name) if kept is not None else None
        if kept is not None and was is not None and was.since == clock.since:
            told_of = replace(clock, told=was.told, warned=was.warned)
            clocks[name] = was if kept.rested else told_of
    over = {name for name in PROMPTS & clocks.keys() if now >= clocks[name].due}
    gone = frozenset() if anew.resting is not None else over
    return replace(anew, clocks={name: c for name, c in clocks.items() if name not in gone})


def rungs(told_of: int, reached: int) -> list[int]:
    """Return the rungs to tell: each of the ladder, and of the weekly ones only the last."""
    weekly = [reached] if reached > max(told_of, RUNG_OF_DESK) else []
    return [*range(told_of + 1, min(reached, RUNG_OF_DESK) + 1), *weekly]


def _of(
    name: str, clock: Clock, due: datetime, running: Running, now: datetime, calendar: Calendar
) -> Iterator[Telling]:
    before = WARNED_BEFORE.get(name)
    late = now >= due and name not in PROMPTS
    if before is not None and not clock.warned and not late and now >= due - before:
        yield Telling(name, due, 0)
    if late:
        reached = rung_reached(due, running.length(name) or A_STEP, now, calendar)
        yield from (Telling(name, due, rung) for rung in rungs(clock.told, reached))


def _noted(clock: Clock, tellings: list[Telling]) -> Clock:
    last = tellings[-1].rung
    return replace(clock, told=max(clock.told, last), warned=True)


def _next(name: str, running: Running, calendar: Calendar) -> datetime | None:
    clock, due = running.clocks[name], due_of(name, running)
    if due is None:
        return None
    before = WARNED_BEFORE.get(name)
    if before is not None and not clock.warned:
        return due - before
    if name in PROMPTS:
        return due
    return rung_at(due, running.length(name) or A_STEP, clock.told + 1, calendar)
