"""What an agency's own referrals of a year teach it before it sends the next one.

Promise: only its own, counted from what was told; where a service was named instead, and may be
named to partners, it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.storage import referring
from services.intake.usecases.watching import LOOKED_BACK, OPENLY

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

TEACHING = frozenset(
    {
        "BELOW_THRESHOLD",
        "ABOVE_THRESHOLD",
        "INCOMPLETE_INFORMATION",
        "PREREQUISITE_MISSING",
        "NOT_ELIGIBLE_OTHER",
        "PRIORITY_INAPPROPRIATE",
        "OUT_OF_AREA",
        "AGE_CRITERION",
        "GROUP_CRITERION",
        "SERVICE_NOT_PROVIDED",
        "PERSON_UNAWARE",
        "CONSENT_NOT_VALID",
        "DUPLICATE",
        "REDIRECTED_BETTER_SERVICE",
    }
)
"""Reasons that say something of the referral; that a service is full teaches nobody."""
REDIRECTED = "REDIRECTED_BETTER_SERVICE"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """One reason, how often it was given, and the services most often named instead."""

    reason: str
    count: int
    instead: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """How a year of referrals went, and what it teaches, the commonest reason first."""

    sent: int
    accepted: int
    lessons: tuple[Lesson, ...]


def learned(agency_id: UUID, tx: IntakeTransaction) -> Learned | None:
    """Return what the answers to an agency's referrals teach, None where they teach nothing."""
    since = tx.now - LOOKED_BACK
    refused = referring.refusals_since(agency_id, since, tx)
    telling = [(reason, row) for row in refused if (reason := row.reason or REDIRECTED) in TEACHING]
    if not telling:
        return None
    counts = Counter(reason for reason, _ in telling)
    lessons = (
        Lesson(reason, count, _instead([row for one, row in telling if one == reason], tx))
        for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    return Learned(*referring.sent_and_accepted_since(agency_id, since, tx), tuple(lessons))


def _instead(rows: list[Row[Any]], tx: IntakeTransaction) -> tuple[tuple[str, int], ...]:
    named = Counter(UUID(one) for row in rows for one in row.alternatives or ())
    known = referring.guide_entries(named, tx)
    may = {one: entry for one, entry in known.items() if entry.listed in OPENLY}
    counted = [(f"{entry.name}, {entry.agency}", named[one]) for one, entry in may.items()]
    return tuple(sorted(counted, key=lambda item: (-item[1], item[0]))[:MOST_NAMED])
