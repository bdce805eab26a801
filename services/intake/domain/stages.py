"""What became of a request, in the words a person is told (3-domain 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

STAGES = {
    "submitted": "Received",
    "proposed": "Received",
    "sent": "Sent",
    "opened": "Sent",
    "info_requested": "Sent",
    "accepted": "Accepted",
    "waiting": "Accepted",
    "active": "Being helped",
    "completed": "Finished",
    "declined": "Not possible",
    "redirected": "Not possible",
    "returned": "Not possible",
    "withdrawn": "Stopped",
    "cancelled": "Stopped",
    "halted": "Stopped",
}
"""State of a referral -> stage; cancel_requested and on_hold keep the one before, for who paused
while waiting is not being helped; mistakes are not shown."""
EXTENDED, PAUSED, GOES_ON = "extended", "paused", "goes_on"
WAITING, ON_HOLD = "waiting", "on_hold"

PLACED = frozenset(
    {
        "sent",
        "opened",
        "info_requested",
        "accepted",
        "waiting",
        "active",
        "on_hold",
        "cancel_requested",
    }
)


class Told(Protocol):
    """One step of a referral, as it was told."""

    @property
    def state(self) -> str:
        """Return where it led."""

    @property
    def at(self) -> datetime:
        """Return since when."""

    @property
    def until(self) -> date | None:
        """Return until when it stays so, where that was said."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that was reached, and when; `what` says what else happened in it, if anything."""

    stage: str
    at: datetime
    what: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """How far one referral has come: its steps in order, the last one is now.

    It `rests` while its request is restricted: nobody may go on with it.
    """

    referral_id: UUID
    agency: str
    service: str
    steps: tuple[Step, ...]
    state: str = ""
    reason: str | None = None
    agency_phone: str | None = None
    answer_by: datetime | None = None
    starts_on: date | None = None
    until: date | None = None
    occasional_support: bool = False
    suggested: tuple[str, ...] = ()
    rests: bool = False

    @property
    def now(self) -> Step:
        """Return the step that was reached last."""
        return self.steps[-1]


def steps_of(told: Iterable[Told]) -> tuple[Step, ...]:
    """Return the stages that a referral has gone through in order; a repeat is one step."""
    steps: list[Step] = []
    before = ""
    for one in told:
        what = _what(before, one)
        stage = STAGES.get(one.state) or (steps[-1].stage if steps and what else None)
        if stage and (what or not steps or steps[-1].stage != stage):
            steps.append(Step(stage, one.at, what, one.until))
        before = one.state
    return tuple(steps)


def _what(before: str, one: Told) -> str:
    """Return what happened without another stage: a pause, its end, a longer wait."""
    if one.state == ON_HOLD:
        return PAUSED
    if before == ON_HOLD and one.state in PLACED:
        return GOES_ON
    return EXTENDED if one.state == WAITING and one.until else ""


def request_state(stored: str, referral_states: list[str]) -> str:
    """Return placed for a submitted request that some agency has before it, else *stored*."""
    placed = stored == "submitted" and not PLACED.isdisjoint(referral_states)
    return "placed" if placed else stored
