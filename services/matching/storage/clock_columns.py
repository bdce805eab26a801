"""How clocks lie in the columns of a referral, and what a step says to them.

Promise: a step that happens now and the event it leaves say the same to clocks, so that the
clocks made anew from a history are those that were kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from services.matching.domain.ladder import due_at, look_at
from services.matching.domain.running import Clock, Running, Step
from services.matching.domain.transitions import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row

    from services.matching.domain.clocks import Calendar
    from services.matching.domain.transitions import Row as Transition

NO_CLOCKS = dict.fromkeys(
    ("clocks", "look_at", "due_at", "question_by", "settle_by", "answer_by"), None
)
"""The columns of a referral that its agency knows nothing of."""
TALKED, WISHED = "DELIVERED", "PERSON_WISH"
NAMED_BY = {"T18": "until", "T21": "re_refer_on", "T22": "review_on"}
"""Which fact of an event names the day that a clock ends on."""
FULLY: dict[str, Callable[[dict[str, Any]], bool]] = {
    "T22": lambda said: said.get("reason") == WISHED,
    "T25": lambda said: bool(said.get("outcomes")),
    "T29": lambda said: bool(said.get("outcomes")),
    "T36": lambda said: bool(said.get("first") or said.get("code") == TALKED),
}
"""The person's own wish; an outcome; a contact that reached the person."""


def step_of(event: Row[Any]) -> Step:
    """Return one event of a history as clocks see it."""
    said, state = event.told or {}, State(event.led_to)
    return _step(event.transition, event.event, event.at, state, said)


def step_now(row: Transition, at: datetime, state: str, told: dict[str, Any] | None) -> Step:
    """Return what happens now as clocks see it; its event will say the same."""
    return _step(row.number, row.event, at, State(state), told or {})


def _step(number: str, event: str, at: datetime, state: State, said: dict[str, Any]) -> Step:
    day = said.get(NAMED_BY.get(number, ""))
    until = date.fromisoformat(str(day)) if day else None
    fully, first = FULLY.get(number, _never)(said), bool(said.get("first"))
    return Step(number, event, at, state, until, fully=fully, first=first)


def _never(said: dict[str, Any]) -> bool:
    del said
    return False


def columns(running: Running, calendar: Calendar) -> dict[str, Any]:
    """Return the columns of a referral that say how its clocks run."""
    clocks = running.clocks
    stop = clocks.get("T26") or clocks.get("T25")
    values = {
        "clocks": written(running),
        "look_at": look_at(running, calendar),
        "due_at": due_at(running),
        "question_by": clocks["K3"].due if "K3" in clocks else None,
        "settle_by": stop.due if stop else None,
    }
    return values | ({"answer_by": clocks["K2"].due} if "K2" in clocks else {})


def written(running: Running) -> dict[str, Any]:
    """Return clocks as JSON holds them."""
    return {
        "profile": running.profile,
        "urgency": running.urgency,
        "band": running.band,
        "asked": running.asked.isoformat(),
        "sent": running.sent.isoformat(),
        "met": running.met,
        "halted": running.halted.isoformat() if running.halted else None,
        **({"rested": True} if running.rested else {}),
        **({"resting": running.resting.isoformat()} if running.resting else {}),
        "clocks": {name: _written(clock) for name, clock in running.clocks.items()},
    }


def read(kept: dict[str, Any]) -> Running:
    """Return clocks from how they were kept."""
    halted, resting = kept["halted"], kept.get("resting")
    return Running(
        profile=kept["profile"],
        urgency=kept["urgency"],
        band=kept["band"],
        met=kept["met"],
        asked=datetime.fromisoformat(kept["asked"]),
        sent=datetime.fromisoformat(kept["sent"]),
        halted=datetime.fromisoformat(halted) if halted else None,
        resting=datetime.fromisoformat(resting) if resting else None,
        rested=kept.get("rested", False),
        clocks={name: _read(clock) for name, clock in kept["clocks"].items()},
    )


def _written(clock: Clock) -> dict[str, Any]:
    values = {name: getattr(clock, name) for name in Clock.__slots__}
    return {name: _as_json(value) for name, value in values.items() if value}


def _read(kept: dict[str, Any]) -> Clock:
    moments = {name: datetime.fromisoformat(v) for name, v in kept.items() if isinstance(v, str)}
    return replace(Clock(moments["since"], moments["due"]), **{**kept, **moments})


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
