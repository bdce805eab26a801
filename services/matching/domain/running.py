"""Which clocks run on a referral: a table says what each transition starts, stops and pauses.

Promise: the clocks follow from the steps alone, so they can be made anew from the history at any
time. A pause never shortens what was promised, and no clock changes a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from services.matching.domain.clocks import FIRST_CHECK, Length, later, length, moved
from services.matching.domain.effects import EFFECTS, Effect
from services.matching.domain.transitions import BY_STEP, LIVE, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.matching.domain.clocks import Calendar

A_DAY = Length(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise: since when, until when, and how much of its lateness was told.

    It stands still since `stood`. By itself it runs on at `until`, where that is known: `due`
    counts on that then, and `before` says what it was.
    """

    since: datetime
    due: datetime
    told: int = 0
    warned: bool = False
    stood: datetime | None = None
    until: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The clocks of one referral, on the terms it was sent on; `met`: the person was reached.

    They rest since `resting`, while the request is restricted; `rested`: they did so once.
    """

    profile: str
    urgency: str
    asked: datetime
    sent: datetime
    band: int | None = None
    halted: datetime | None = None
    met: bool = False
    resting: datetime | None = None
    rested: bool = False
    clocks: Mapping[str, Clock] = field(default_factory=dict)

    def length(self, clock: str) -> Length | None:
        """Return how long *clock* runs on these terms."""
        return length(clock, self.profile, self.urgency, self.band)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a referral, as far as clocks care.

    `until` is a day that somebody named; `fully` tells that a contact reached the person, that
    an outcome came with the end, that a hold is the person's own wish; `first`, that no contact
    reached them before.
    """

    number: str
    event: str
    at: datetime
    state: State
    until: date | None = None
    fully: bool = False
    first: bool = False


FIRST_CONTACT_FROM = {"home_start": "T7"}
"""From which transition K4 runs, where that is not T11."""
NAMED = frozenset({"K7", "T21", "T22"})
"""Clocks that end on the day a step names."""
STALLED = "K10"


def after(running: Running, step: Step, calendar: Calendar) -> Running:
    """Return the clocks as they run once *step* has happened."""
    effect = EFFECTS.get((step.number, step.event.removeprefix("referral.")), Effect())
    if _ends(step):
        running = replace(running, clocks={}, halted=None)
    if running.halted is not None and step.state is not State.HALTED:
        running = _released(running, step, calendar)
    clocks = dict(running.clocks)
    _stop(clocks, effect, step)
    _free(clocks, effect, running, step, calendar)
    _start(clocks, effect, running, step, calendar)
    _hold(clocks, effect, running, step, calendar)
    _watch_for_silence(clocks, running, step, calendar)
    halted = (running.halted or step.at) if step.state is State.HALTED else None
    return replace(running, clocks=clocks, halted=halted, met=running.met or step.first)


def rebuilt(running: Running, steps: Iterable[Step], calendar: Calendar) -> Running:
    """Return the clocks that a whole history leads to."""
    for step in steps:
        running = after(running, step, calendar)
    return running


def terms_of(running: Running) -> Running:
    """Return the terms a referral was sent on, with no clock running yet."""
    return replace(running, clocks={}, halted=None, met=False)


def answered(running: Running, clock: str) -> Running:
    """Return the clocks once *clock* need not be told of any more, though it still runs."""
    if clock not in running.clocks:
        return running
    spared = replace(running.clocks[clock], warned=True)
    return replace(running, clocks={**running.clocks, clock: spared})


def without(running: Running, clock: str) -> Running:
    """Return the clocks once *clock* runs no more."""
    return replace(running, clocks={k: v for k, v in running.clocks.items() if k != clock})


def _ends(step: Step) -> bool:
    """Tell whether *step* ends the referral: all its clocks stop then."""
    row = BY_STEP.get((step.number, step.event))
    stays = row is not None and step.state in row.before
    return step.state not in LIVE and not stays


def _stop(clocks: dict[str, Clock], effect: Effect, step: Step) -> None:
    for name in effect.stops:
        answered = step.first if name == "K4" else step.fully
        if step.number != "T36" or answered:
            clocks.pop(name, None)


def _start(
    clocks: dict[str, Clock], effect: Effect, running: Running, step: Step, cal: Calendar
) -> None:
    for name in effect.starts:
        if name in clocks or not _begins(name, running, step):
            continue
        if (due := _first_due(name, running, step, cal)) is not None:
            clocks[name] = Clock(_since(name, running, step), due)


def _begins(name: str, running: Running, step: Step) -> bool:
    if name == "K4":
        starts = step.number == FIRST_CONTACT_FROM.get(running.profile, "T11")
        return starts and not running.met
    if name == "K8":
        return step.state is State.WAITING and (step.number != "T36" or step.fully)
    return name != "K11" or not step.fully


def _since(name: str, running: Running, step: Step) -> datetime:
    """Return when a clock begins: the hours of a front door, when the person asked."""
    allowed = running.length(name)
    hours = allowed is not None and allowed.hours
    return running.asked if name == "K2" and hours else step.at


def _first_due(name: str, running: Running, step: Step, cal: Calendar) -> datetime | None:
    if name in NAMED:
        return cal.end_of(step.until) if step.until else None
    allowed = running.length(name)
    if allowed is None:
        return None
    due = later(_since(name, running, step), allowed, cal)
    first = FIRST_CHECK.get(running.profile)
    if name == "K8" and first is not None and step.number == "T15":
        return max(due, later(running.sent, first, cal))
    return due


def _hold(
    clocks: dict[str, Clock], effect: Effect, running: Running, step: Step, cal: Calendar
) -> None:
    question = clocks.get("K3")
    for name in (*effect.holds, *(effect.wish if step.fully else ())):
        clock = clocks.get(name)
        if clock is None or clock.stood is not None:
            continue
        clocks[name] = replace(clock, stood=step.at)
        if name == "K2" and question is not None:
            stood = replace(clock, stood=step.at, before=clock.due)
            clocks[name] = _until(name, stood, question.due, running, cal)


def _until(name: str, clock: Clock, until: datetime, running: Running, cal: Calendar) -> Clock:
    """Return a clock that stands still until a known moment at the latest."""
    before, stood = clock.before or clock.due, clock.stood or until
    due = moved(before, stood, until, running.length(name) or A_DAY, cal)
    return replace(clock, due=due, until=until)


def _free(
    clocks: dict[str, Clock], effect: Effect, running: Running, step: Step, cal: Calendar
) -> None:
    for name in effect.frees:
        clock = clocks.get(name)
        if clock is not None and clock.stood is not None:
            until = min(step.at, clock.until) if clock.until else step.at
            freed = _until(name, clock, until, running, cal)
            clocks[name] = replace(freed, stood=None, until=None, before=None)


def _released(running: Running, step: Step, cal: Calendar) -> Running:
    """Return the clocks of a halted referral running on; what stood still before stands on."""
    since = running.halted or step.at
    # From where they rest besides, their rest is counted when that ends.
    until = max(since, min(step.at, running.resting or step.at))
    clocks = {
        name: clock if name == "T26" else later_by(name, clock, running, (since, until), cal)
        for name, clock in running.clocks.items()
    }
    return replace(running, clocks=clocks, halted=None)


def later_by(
    name: str, clock: Clock, running: Running, pause: tuple[datetime, datetime], cal: Calendar
) -> Clock:
    """Return a clock as it runs on after a *pause* of all of them."""
    if clock.stood is not None and clock.until is None:
        return clock
    if clock.until is not None and clock.until > pause[0]:
        until = moved(clock.until, *pause, running.length("K3") or A_DAY, cal)
        return _until(name, clock, until, running, cal)
    due = moved(clock.due, *pause, running.length(name) or A_DAY, cal)
    return replace(clock, due=due, stood=None, until=None, before=None)


def _watch_for_silence(
    clocks: dict[str, Clock], running: Running, step: Step, cal: Calendar
) -> None:
    """Begin K10 anew at every step of an active referral; a step to anywhere else ends it.

    So too while somebody waits on terms that promise nothing about it: no referral is forgotten.
    """
    clocks.pop(STALLED, None)
    allowed = running.length(STALLED)
    forgotten = step.state in {State.ACCEPTED, State.WAITING} and not clocks
    if (step.state is State.ACTIVE or forgotten) and allowed is not None:
        clocks[STALLED] = Clock(step.at, later(step.at, allowed, cal))
