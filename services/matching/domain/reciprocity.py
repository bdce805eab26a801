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


@dataclass(frozen=True, slots=True)
class Flow:
    """What one agency sent another in a time: how many, how many taken, how many refused."""

    sent: int = 0
    accepted: int = 0
    declined: int = 0


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
        return Shown(NONE, NONE)
    if not outsider:
        return Shown(str(flow.sent), _share(flow))
    if flow.sent < SMALLEST_SHOWN:
        return Shown(FEW, HIDDEN)
    others = flow.sent - flow.accepted
    small = any(0 < part < SMALLEST_SHOWN for part in (flow.accepted, others))
    return Shown(str(flow.sent), HIDDEN if small else _share(flow))


def _share(flow: Flow) -> str:
    return f"{flow.accepted} of {flow.sent}, {round(100 * flow.accepted / flow.sent)}%"
