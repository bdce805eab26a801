"""Case review: which requests a panel should talk about, and who may see which line. Pure.

Promise: nobody sees a line without the person's yes to a case review; under it only whoever
convenes the panel, whom the person named, and agencies that help with this request already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.domain.transitions import LIVE, State

if TYPE_CHECKING:
    from collections.abc import Iterable

PURPOSE = "case_review"
STALLED_AFTER = timedelta(days=7)
WAITED_LONG = timedelta(days=28)
SEVERAL_NEEDS, SEVERAL_AGENCIES, OFTEN, HIGH = 3, 2, 2, 3


class Why(StrEnum):
    """Why a request stands on an agenda."""

    ASKED = "ASKED"
    NOBODY_ASKED = "NOBODY_ASKED"
    OVERDUE = "OVERDUE"
    STALLED = "STALLED"
    REFUSED_OFTEN = "REFUSED_OFTEN"
    WAITED_LONG = "WAITED_LONG"
    SEVERAL_NEEDS = "SEVERAL_NEEDS"
    SEVERAL_AGENCIES = "SEVERAL_AGENCIES"
    HIGH_NEED = "HIGH_NEED"


class Decision(StrEnum):
    """What a panel decided about a request."""

    AGAIN = "AGAIN"
    SETTLED = "SETTLED"
    ELSEWHERE = "ELSEWHERE"


STUCK = frozenset({Why.NOBODY_ASKED, Why.OVERDUE, Why.STALLED, Why.REFUSED_OFTEN, Why.WAITED_LONG})
COMPLEX_TOGETHER = 2
WAITS = frozenset({State.ACCEPTED, State.WAITING})
PAST_PROPOSED = LIVE - {State.PROPOSED}


@dataclass(frozen=True, slots=True)
class Step:
    """One referral of a request, as far as a panel asks."""

    agency_id: UUID
    state: State
    sent_at: datetime | None
    due_at: datetime | None
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """One request: its codes, its referrals, and when it was asked."""

    needs: tuple[str, ...]
    threshold: int | None
    submitted_at: datetime
    steps: tuple[Step, ...]


def why_listed(story: Story, now: datetime) -> tuple[Why, ...]:
    """Return why a panel should talk about a request; nothing if it need not."""
    live = [step for step in story.steps if step.state in PAST_PROPOSED]
    checks = {
        Why.NOBODY_ASKED: not live,
        Why.OVERDUE: any(step.due_at and step.due_at < now for step in live),
        Why.STALLED: bool(live) and all(now - s.moved_at >= STALLED_AFTER for s in live),
        Why.REFUSED_OFTEN: sum(s.state is State.DECLINED for s in story.steps) >= OFTEN,
        Why.WAITED_LONG: any(_waited_long(step, now) for step in live),
        Why.SEVERAL_NEEDS: len(story.needs) >= SEVERAL_NEEDS,
        Why.SEVERAL_AGENCIES: len({step.agency_id for step in live}) >= SEVERAL_AGENCIES,
        Why.HIGH_NEED: (story.threshold or 0) >= HIGH,
    }
    found = tuple(why for why, so in checks.items() if so)
    worth = bool(STUCK & set(found)) or len(found) >= COMPLEX_TOGETHER
    return found if worth else ()


def _waited_long(step: Step, now: datetime) -> bool:
    return step.state in WAITS and step.sent_at is not None and now - step.sent_at >= WAITED_LONG


@dataclass(frozen=True, slots=True)
class Access:
    """Who may talk about one request: what the person said yes to, and who helps already.

    `consents` are the agencies that may be told for a case review, each with the consent.
    """

    convener: UUID
    consents: Mapping[UUID, UUID]
    involved: frozenset[UUID]
    hidden: frozenset[UUID] = frozenset()

    def consent_for(self, agency_id: UUID) -> UUID | None:
        """Return the consent by which *agency_id* may see the line, or None."""
        if agency_id in self.hidden:
            return None
        named = self.consents.get(agency_id)
        if named is None and agency_id in self.involved:
            return self.consents.get(self.convener)
        return named

    def knows(self, agency_id: UUID) -> bool:
        """Tell whether *agency_id* knew of the request before anybody talked about it."""
        return agency_id == self.convener or agency_id in self.involved

    def sees(self, agency_id: UUID) -> bool:
        """Tell whether *agency_id* may see the line."""
        return self.consent_for(agency_id) is not None


def involved(steps: Iterable[Step], referrer: UUID | None) -> frozenset[UUID]:
    """Return the agencies that know of a request already: it is with them, or they made it."""
    halted = {State.PROPOSED, State.HALTED}
    known = {s.agency_id for s in steps if s.sent_at and s.state in LIVE - halted}
    return frozenset(known | {referrer} if referrer else known)
