"""What is due next of a request, and from whom: every clock that its referrer may watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ANSWER, QUESTION, STOPPED, START = "answer", "question", "stopped", "start"
REVIEW, PAUSED, ASK_AGAIN, ACKNOWLEDGE = "review", "paused", "ask_again", "acknowledge"
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
UNTIL = {"on_hold": PAUSED, "returned": ASK_AGAIN}
"""State of a referral -> what the day it stays so until is about."""
A_DAY = timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due, by when and from which service or agency; no moment: open."""

    what: str
    at: datetime | date | None
    about: str = ""

    def is_late(self, now: datetime) -> bool:
        """Tell whether the moment has passed; a day passes with its end."""
        if self.at is None or self.what in {START, CONSENT_ENDS, ASK_AGAIN}:
            return False
        return now > self.at if isinstance(self.at, datetime) else now.date() > self.at


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a referral, as far as it says when something is due."""

    state: str
    answer_by: datetime | None = None
    starts_on: date | None = None
    until: date | None = None


def of_referral(steps: Iterable[Step], service: str) -> tuple[Due, ...]:
    """Return what a referral waits for, by the steps it took in order, the soonest first."""
    return in_order(_of_referral(list(steps), service))


def _of_referral(taken: list[Step], service: str) -> Iterator[Due]:
    last = taken[-1] if taken else Step("")
    if last.state in CLOCKS:
        said = _last(taken, "answer_by") if last.state in {"sent", "opened"} else last
        if said and said.answer_by:
            yield Due(CLOCKS[last.state], said.answer_by, service)
    elif last.state == "accepted" and last.starts_on:
        yield Due(START, last.starts_on, service)
    elif last.state == "waiting":
        yield from _of_wait(taken, service)
    elif last.state in UNTIL and last.until:
        yield Due(UNTIL[last.state], last.until, service)


def _of_wait(taken: list[Step], service: str) -> Iterator[Due]:
    """Yield when support should start, and when the wait must be looked at again."""
    longer, first = _last(taken, "until", "waiting"), _last(taken, "answer_by", "waiting")
    starts = _last(taken, "starts_on")
    if starts and starts.starts_on:
        yield Due(START, starts.starts_on, service)
    review = longer.until if longer else first.answer_by if first else None
    if review:
        yield Due(REVIEW, review, service)


def _last(taken: list[Step], fact: str, state: str | None = None) -> Step | None:
    saying = (one for one in reversed(taken) if getattr(one, fact) is not None)
    return next((one for one in saying if state in {None, one.state}), None)


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
