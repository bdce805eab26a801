"""How agencies refer to each other, both ways, and what an outsider may read of it. Pure.

Promise: to an outsider no number from 1 to 4 is shown, nor one from which it would follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

SMALLEST_SHOWN = 5
FEW, HIDDEN, NONE = "Fewer than 5", "Too few to show", "None"
NONE_ANSWERED = "None answered yet"


@dataclass(frozen=True, slots=True)
class Flow:
    """What one agency sent another in a time: how many, how many taken, how many refused."""

    sent: int = 0
    accepted: int = 0
    declined: int = 0

    @property
    def answered(self) -> int:
        """Return how many were answered, which alone say how willingly they are taken."""
        return self.accepted + self.declined

    @property
    def unanswered(self) -> int:
        """Return how many wait for an answer, or ended before there was one."""
        return self.sent - self.answered


@dataclass(frozen=True, slots=True)
class Pair:
    """Two agencies and what passed each way; `first` comes first by name."""

    first: UUID
    second: UUID
    there: Flow = Flow()
    back: Flow = Flow()

    @property
    def one_way(self) -> bool:
        """Tell whether referrals pass in one direction alone."""
        return (self.there.sent == 0) != (self.back.sent == 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """One direction in words."""

    sent: str
    accepted: str
    unanswered: str


def pairs(flows: Iterable[tuple[UUID, UUID, Flow]], names: dict[UUID, str]) -> tuple[Pair, ...]:
    """Return each two agencies between which something passed, by their names."""
    found: dict[tuple[UUID, UUID], dict[bool, Flow]] = {}
    for referrer, receiver, flow in flows:
        first, second = sorted((referrer, receiver), key=lambda one: (names.get(one, ""), one))
        found.setdefault((first, second), {})[referrer == first] = flow
    made = (
        Pair(first, second, ways.get(True, Flow()), ways.get(False, Flow()))
        for (first, second), ways in found.items()
    )
    return tuple(sorted(made, key=lambda p: (names.get(p.first, ""), names.get(p.second, ""))))


def shown(flow: Flow, *, outsider: bool) -> Shown:
    """Return one direction as it may be read."""
    if flow.sent == 0:
        return Shown(NONE, NONE, NONE)
    if not outsider:
        return _in_full(flow)
    if flow.sent < SMALLEST_SHOWN:
        return Shown(FEW, HIDDEN, HIDDEN)
    parts = (flow.accepted, flow.declined, flow.unanswered)
    if any(0 < part < SMALLEST_SHOWN for part in parts):
        return Shown(str(flow.sent), HIDDEN, HIDDEN)
    return _in_full(flow)


def share(flow: Flow) -> int:
    """Return how many of a hundred answers were a yes; there is at least one answer."""
    return round(100 * flow.accepted / flow.answered)


def _in_full(flow: Flow) -> Shown:
    taken = (
        f"{flow.accepted} of {flow.answered}, {share(flow)}%" if flow.answered else NONE_ANSWERED
    )
    return Shown(str(flow.sent), taken, str(flow.unanswered or NONE))
