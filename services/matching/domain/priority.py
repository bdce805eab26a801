"""Whom to help first: by risk, and by how long they have waited. Pure.

Promise: of two at the same risk the one who waits longer comes first; and nobody is overtaken
for ever, for each week of waiting weighs something, and enough weeks outweigh any risk but urgency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

URGENT = "urgent"
RISK_OF_URGENCY = {"urgent": 0, "soon": 4, "routine": 0}
WEEKS_OF_A_BAND = 2
A_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """Somebody who waits: how urgent, at which band of need (1-4, None unknown), since when."""

    what: T
    urgency: str
    threshold: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """Where somebody stands in a queue, and why in codes."""

    what: T
    number: int
    reasons: tuple[str, ...]


def queue(waiting: Iterable[Waiting[T]], now: datetime) -> list[Place[T]]:
    """Return who comes first: the urgent, then by weeks waited and what the risk adds to them."""
    ordered = sorted(waiting, key=lambda one: (one.urgency != URGENT, -_weight(one, now)))
    return [Place(one.what, number, _reasons(one, now)) for number, one in enumerate(ordered, 1)]


def _weight(one: Waiting[T], now: datetime) -> float:
    """Return the weeks waited, and those that the risk counts for."""
    risk = RISK_OF_URGENCY.get(one.urgency, 0) + WEEKS_OF_A_BAND * ((one.threshold or 1) - 1)
    return (now - one.since) / A_WEEK + risk


def _reasons(one: Waiting[T], now: datetime) -> tuple[str, ...]:
    band = (f"band:{one.threshold}",) if one.threshold else ()
    return (one.urgency, *band, f"waited:{max(0, (now - one.since).days)}")
