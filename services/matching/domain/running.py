"""Which clocks run on a referral: a table says what each transition starts, stops and pauses.

Promise: the clocks follow from the steps alone, so they can be made anew from the history at any
time. A pause never shortens what was promised, and no clock changes a state.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from services.matching.domain.clocks import FIRST_CHECK, Length, later, length, moved
from services.matching.domain.transitions import BY_STEP, LIVE, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from services.matching.domain.clocks import Calendar

A_DAY = Length(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise: since when, until when, and how much of its lateness was told.

    It stands still since `stood`; by itself it runs on at `until`, where that is known.
    """

    since: datetime
    due: datetime
    told: int = 0
    warned: bool = False
    stood: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The clocks of one referral, on the terms it was sent on."""

    profile: str
    urgency: str
    asked: datetime
    sent: datetime
    band: int | None = None
    halted: datetime | None = None
    clocks: Mapping[str, Clock] = field(default_factory=dict)

    def length(self, clock: str) -> Length | None:
        """Return how long *clock* runs on these terms."""
        return length(clock, self.profile, self.urgency, self.band)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a referral, as far as clocks care.

    `until` is a day that somebody named; `fully` tells that a contact reached the person, that
    an outcome came with the end, that a hold is the person's own wish.
    """

    number: str
    event: str
    at: datetime
    state: State
    until: datetime | None = None
    fully: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What one transition does to clocks; those that `wish` stand still only if it is one."""

    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    wish: tuple[str, ...] = ()
    frees: tuple[str, ...] = ()


WAIT = ("K5", "K6", "K7")
EFFECTS: Mapping[tuple[str, str], Effect] = MappingProxyType(
    {
        ("T7", "sent"): Effect(starts=("K2", "K4", "K5", "K6")),
        ("T9", "information_requested"): Effect(starts=("K3",), holds=("K2",)),
        ("T10", "information_given"): Effect(stops=("K3",), frees=("K2",)),
        ("T11", "accepted"): Effect(starts=("K4",), stops=("K2", "K3")),
        ("T15", "waiting"): Effect(starts=("K8",)),
        ("T16", "started"): Effect(stops=(*WAIT, "K8")),
        ("T17", "started"): Effect(stops=WAIT),
        # The extension is a new promise in place of both; going on to nag would deny it.
        ("T18", "reviewed"): Effect(starts=("K7",), stops=("K5", "K6")),
        ("T21", "returned"): Effect(starts=("T21",)),
        ("T22", "held"): Effect(starts=("T22",), wish=WAIT),
        ("T22", "resumed"): Effect(stops=("T22",), frees=WAIT),
        ("T25", "cancel_requested"): Effect(starts=("T25",)),
        ("T25", "cancel_refused"): Effect(stops=("T25",)),
        ("T25", "completed"): Effect(starts=("K11", "K12")),
        ("T26", "halted"): Effect(starts=("T26",)),
        ("T26", "acknowledged"): Effect(stops=("T26",)),
        ("T27", "resumed"): Effect(stops=("T26",)),
        ("T29", "completed"): Effect(starts=("K11", "K12")),
        ("T36", "contacted"): Effect(stops=("K4", "K8"), starts=("K8",)),
        ("T39", "outcome_recorded"): Effect(stops=("K11",)),
    }
)
"""A row not named here does nothing to clocks but what is true of every row: see `after`."""
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
    _hold(clocks, effect, step)
    _watch_for_silence(clocks, running, step, calendar)
    halted = (running.halted or step.at) if step.state is State.HALTED else None
    return replace(running, clocks=clocks, halted=halted)


def rebuilt(running: Running, steps: Iterable[Step], calendar: Calendar) -> Running:
    """Return the clocks that a whole history leads to."""
    for step in steps:
        running = after(running, step, calendar)
    return running


def due_of(name: str, running: Running, calendar: Calendar) -> datetime | None:
    """Return when a clock falls due as things are, None while it stands still for nobody knows."""
    clock = running.clocks[name]
    if running.halted is not None and name != "T26":
        return None
    if clock.stood is None:
        return clock.due
    if clock.until is None:
        return None
    return moved(clock.due, clock.stood, clock.until, running.length(name) or A_DAY, calendar)


def _ends(step: Step) -> bool:
    """Tell whether *step* ends the referral: all its clocks stop then."""
    row = BY_STEP.get((step.number, step.event))
    stays = row is not None and step.state in row.before
    return step.state not in LIVE and not stays


def _stop(clocks: dict[str, Clock], effect: Effect, step: Step) -> None:
    for name in effect.stops:
        if step.number != "T36" or step.fully:
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
        return step.number == FIRST_CONTACT_FROM.get(running.profile, "T11")
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
        return step.until
    allowed = running.length(name)
    if allowed is None:
        return None
    due = later(_since(name, running, step), allowed, cal)
    first = FIRST_CHECK.get(running.profile)
    if name == "K8" and first is not None and step.number == "T15":
        return max(due, later(running.sent, first, cal))
    return due


def _hold(clocks: dict[str, Clock], effect: Effect, step: Step) -> None:
    held = (*effect.holds, *(effect.wish if step.fully else ()))
    question = clocks.get("K3")
    for name in held:
        if name in clocks and clocks[name].stood is None:
            until = question.due if name == "K2" and question else None
            clocks[name] = replace(clocks[name], stood=step.at, until=until)


def _free(
    clocks: dict[str, Clock], effect: Effect, running: Running, step: Step, cal: Calendar
) -> None:
    for name in effect.frees:
        clock = clocks.get(name)
        if clock is None or clock.stood is None:
            continue
        until = min(step.at, clock.until) if clock.until else step.at
        due = moved(clock.due, clock.stood, until, running.length(name) or A_DAY, cal)
        clocks[name] = replace(clock, due=due, stood=None, until=None)


def _released(running: Running, step: Step, cal: Calendar) -> Running:
    """Return the clocks of a halted referral running on; what stood still before stands on."""
    since = running.halted or step.at
    clocks = {
        name: clock if name == "T26" else _later_by(name, clock, running, (since, step.at), cal)
        for name, clock in running.clocks.items()
    }
    return replace(running, clocks=clocks, halted=None)


def _later_by(
    name: str, clock: Clock, running: Running, pause: tuple[datetime, datetime], cal: Calendar
) -> Clock:
    allowed = running.length(name) or A_DAY
    if clock.stood is None:
        return replace(clock, due=moved(clock.due, *pause, allowed, cal))
    if clock.until is None:
        return clock
    if clock.until > pause[0]:
        question = running.length("K3") or A_DAY
        return replace(clock, until=moved(clock.until, *pause, question, cal))
    due = moved(clock.due, clock.stood, clock.until, allowed, cal)
    return replace(clock, due=moved(due, *pause, allowed, cal), stood=None, until=None)


def _watch_for_silence(
    clocks: dict[str, Clock], running: Running, step: Step, cal: Calendar
) -> None:
    """Begin K10 anew at every step of an active referral; a step to anywhere else ends it."""
    clocks.pop(STALLED, None)
    allowed = running.length(STALLED)
    if step.state is State.ACTIVE and allowed is not None:
        clocks[STALLED] = Clock(step.at, later(step.at, allowed, cal))
