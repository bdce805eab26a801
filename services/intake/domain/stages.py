"""What became of a request, in the words a person is told (3-domain 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

STAGES = {
    "submitted": "Received",
    "proposed": "Received",
    "sent": "Sent",
    "opened": "Sent",
    "info_requested": "Sent",
    "accepted": "Accepted",
    "waiting": "Accepted",
    "active": "Being helped",
    "on_hold": "Being helped",
    "completed": "Finished",
    "declined": "Not possible",
    "redirected": "Not possible",
    "returned": "Not possible",
    "withdrawn": "Stopped",
    "cancelled": "Stopped",
    "halted": "Stopped",
}
"""State of a referral -> stage; cancel_requested keeps the one before, mistakes are not shown."""

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


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that was reached, and when."""

    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stage:
    """How far one referral has come: its steps in order, the last one is now."""

    referral_id: UUID
    agency: str
    service: str
    steps: tuple[Step, ...]
    reason: str | None = None
    agency_phone: str | None = None
    answer_by: datetime | None = None
    starts_on: date | None = None

    @property
    def now(self) -> Step:
        """Return the step that was reached last."""
        return self.steps[-1]


def steps_of(history: list[tuple[str, datetime]]) -> tuple[Step, ...]:
    """Return the stages that states, in order, have gone through; a repeat is one step."""
    steps: list[Step] = []
    for state, at in history:
        stage = STAGES.get(state)
        if stage and (not steps or steps[-1].stage != stage):
            steps.append(Step(stage, at))
    return tuple(steps)


def request_state(stored: str, referral_states: list[str]) -> str:
    """Return placed for a submitted request that some agency has before it, else *stored*."""
    placed = stored == "submitted" and not PLACED.isdisjoint(referral_states)
    return "placed" if placed else stored
