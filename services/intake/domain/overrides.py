"""Sharing without agreement (C11): what must be said, how long it holds unseen, how late it is.

Promise: what is not reviewed in time releases nothing new; only what one recipient was already
shown stays visible to that recipient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

UNREVIEWED, UPHELD, ENDED = "unreviewed", "upheld", "ended"
DECISIONS = (UPHELD, ENDED)
REVIEW_WITHIN = timedelta(hours=24)
CLOCK = "OVERRIDE_REVIEW"
STATUTORY_ONLY = "PUBLIC_TASK_STATUTORY"
STATUTORY_KINDS = frozenset({"council", "nhs", "police", "statutory"})
LONGEST_TEXT = 4000

_HALF, _WHOLE, _WEEK = REVIEW_WITHIN / 2, REVIEW_WITHIN, timedelta(weeks=1)

WHY_NO_CONSENT = {
    "CANNOT_BE_GIVEN": "They cannot give it",
    "CANNOT_BE_OBTAINED": "We cannot reasonably be expected to get it",
    "WOULD_PREJUDICE": "Asking would put the protection of someone at risk",
}
"""The three reasons of DPA 2018, schedule 1, paragraph 18(1)(d)."""
WHY_NOT_TOLD = {
    "RISK_INCREASED": "Telling them would put someone at greater risk",
    "CANNOT_BE_REACHED": "There is no safe way to reach them",
    "PREJUDICES_INQUIRY": "Telling them would harm a police or council inquiry",
    "COURT_FORBIDS": "A court has said that they must not be told",
}


@dataclass(frozen=True, slots=True)
class Override:
    """What a safeguarding lead says: why, to whom, and as little as is needed."""

    ground: str
    why_no_consent: str
    recipients: tuple[UUID, ...]
    categories: tuple[str, ...]
    rationale: str
    minimised: bool = False
    person_told: bool | None = None
    why_not_told: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an override is held against at the moment of recording."""

    grounds: Collection[str]
    categories: Collection[str]
    agencies: Collection[UUID]
    agency_kind: str


def faults(said: Override, known: Known) -> Iterator[tuple[str, str]]:
    """Yield (field, what to do) for everything that keeps *said* from being recorded."""
    yield from _ground_faults(said, known)
    if not said.recipients or not set(said.recipients) <= set(known.agencies):
        yield "recipients", "Choose the agencies that must know"
    if not said.categories or not set(said.categories) <= set(known.categories):
        yield "categories", "Choose what they must know"
    if not said.minimised:
        yield "minimised", "Confirm that this is the least they need"
    if not said.rationale.strip():
        yield "rationale", "Write why you share this without agreement"
    elif len(said.rationale) > LONGEST_TEXT:
        yield "rationale", f"Write at most {LONGEST_TEXT:,} characters"
    yield from _telling_faults(said)


def _ground_faults(said: Override, known: Known) -> Iterator[tuple[str, str]]:
    if said.ground not in known.grounds:
        yield "ground", "Choose the ground in law"
    elif said.ground == STATUTORY_ONLY and known.agency_kind not in STATUTORY_KINDS:
        yield "ground", "Choose another ground: this one is for public bodies only"
    if said.why_no_consent not in WHY_NO_CONSENT:
        yield "why_no_consent", "Choose why there is no agreement"


def _telling_faults(said: Override) -> Iterator[tuple[str, str]]:
    if said.person_told is None:
        yield "person_told", "Say whether the person has been told"
    elif not said.person_told and said.why_not_told not in WHY_NOT_TOLD:
        yield "why_not_told", "Choose why the person has not been told"


def is_lapsed(state: str, review_by: datetime, now: datetime) -> bool:
    """Tell whether nobody looked at an override in time."""
    return state == UNREVIEWED and now >= review_by


def released(
    granted: Collection[str], shown_before: Collection[str], *, state: str, lapsed: bool
) -> frozenset[str]:
    """Return what an override lets its recipient see now."""
    if state == ENDED:
        return frozenset()
    return frozenset(granted) & frozenset(shown_before) if lapsed else frozenset(granted)


def rung_due(review_by: datetime, now: datetime) -> int:
    """Return how far up the ladder a review is: 0 in time, 3 after a day, one more each week."""
    late = now - review_by
    if late < timedelta(0):
        return 0
    if late < _WHOLE:
        return 1 if late < _HALF else 2
    return 3 + (late - _WHOLE) // _WEEK
