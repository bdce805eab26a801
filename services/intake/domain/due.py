"""What is due next of a request, and from whom: every clock that its referrer may watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ANSWER, QUESTION, STOPPED, START = "answer", "question", "stopped", "start"
CONSENT_ENDS, CONFIRM, CONSENT_ASKED, DELETED = (
    "consent_ends",
    "confirm",
    "consent_asked",
    "deleted",
)
CLOCKS = {
    "sent": ANSWER,
    "opened": ANSWER,
    "info_requested": QUESTION,
    "halted": STOPPED,
    "cancel_requested": STOPPED,
}
"""State of a referral -> what its `answer_by` is about."""
A_DAY = timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due, by when and from which service or agency; no moment: open."""

    what: str
    at: datetime | date | None
    about: str = ""

    def is_late(self, now: datetime) -> bool:
        """Tell whether the moment has passed; a day passes with its end."""
        if self.at is None or self.what in {START, CONSENT_ENDS}:
            return False
        return now > self.at if isinstance(self.at, datetime) else now.date() > self.at


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a referral, as far as it says when something is due."""

    state: str
    answer_by: datetime | None = None
    starts_on: date | None = None


def of_referral(steps: Iterable[Step], service: str) -> Due | None:
    """Return what a referral waits for, by the steps it took in order."""
    answer_by: datetime | None = None
    last: Step | None = None
    for step in steps:
        last, answer_by = step, step.answer_by or answer_by
    if last is None:
        return None
    if last.state in CLOCKS:
        moment = answer_by if last.state in {"sent", "opened"} else last.answer_by
        return Due(CLOCKS[last.state], moment, service) if moment else None
    if last.state == "accepted" and last.starts_on:
        return Due(START, last.starts_on, service)
    return None


def of_consent(state: str, until: date | None, confirm_by: datetime | None) -> tuple[Due, ...]:
    """Return what a consent waits for: an answer, a confirmation in writing, its end."""
    if state in {"requested", "deferred"}:
        return (Due(CONSENT_ASKED, None),)
    if state not in {"given", "renewed"}:
        return ()
    found = [Due(CONFIRM, confirm_by)] if confirm_by else []
    return (*found, Due(CONSENT_ENDS, until)) if until else tuple(found)


def soonest(dues: Iterable[Due]) -> Due | None:
    """Return what is due first; what has no moment comes last."""
    return next(iter(in_order(dues)), None)


def in_order(dues: Iterable[Due]) -> tuple[Due, ...]:
    """Return what is due first, first."""
    return tuple(sorted(dues, key=_when))


def _when(due: Due) -> tuple[bool, date, float]:
    if due.at is None:
        return True, date.max, 0.0
    if isinstance(due.at, datetime):
        return False, due.at.date(), due.at.timestamp() % A_DAY
    return False, due.at, A_DAY
