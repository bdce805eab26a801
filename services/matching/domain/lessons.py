"""What the answers to an agency's referrals teach it, counted by reason. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Refused:
    """One referral that was not possible: where, the code why, and who could help instead."""

    service_id: UUID
    reason: str
    alternatives: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """One reason: how often it was given, mostly where, and what was named instead."""

    reason: str
    count: int
    services: tuple[tuple[UUID, int], ...]
    alternatives: tuple[UUID, ...]


def lessons(refusals: Iterable[Refused]) -> tuple[Lesson, ...]:
    """Return the reasons that were given, the commonest first."""
    by_reason: dict[str, list[Refused]] = {}
    for refused in refusals:
        by_reason.setdefault(refused.reason, []).append(refused)
    made = [_lesson(reason, group) for reason, group in by_reason.items()]
    return tuple(sorted(made, key=lambda lesson: (-lesson.count, lesson.reason)))


def _lesson(reason: str, group: list[Refused]) -> Lesson:
    where = Counter(refused.service_id for refused in group)
    instead = Counter(one for refused in group for one in refused.alternatives)
    return Lesson(reason, len(group), _commonest(where), tuple(i for i, _ in _commonest(instead)))


def _commonest(counted: Counter[UUID]) -> tuple[tuple[UUID, int], ...]:
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ordered[:MOST_NAMED])
