"""How one agency's referrals to a service went: a mirror for whoever is about to send another.

Promise: it counts, and says of how many; it never foretells.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TAKEN = frozenset({"accepted", "waiting", "active", "on_hold", "completed"})
OPEN = frozenset({"sent", "opened", "info_requested"})
REFUSED = frozenset({"declined", "redirected"})
SENT = TAKEN | OPEN | REFUSED


@dataclass(frozen=True, slots=True)
class Pattern:
    """Of `sent` referrals to one service: answers, and why not, the most frequent reason first."""

    service_id: UUID
    sent: int = 0
    accepted: int = 0
    declined: int = 0
    unanswered: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """One referral: the states it went through in order, and the reason if it was declined."""

    service_id: UUID
    states: tuple[str, ...]
    reason: str | None = None


def patterns(past: Iterable[Past]) -> Mapping[UUID, Pattern]:
    """Return the pattern of each service that was sent something."""
    grouped: dict[UUID, list[Past]] = {}
    for one in past:
        if not SENT.isdisjoint(one.states):
            grouped.setdefault(one.service_id, []).append(one)
    return {service: _pattern(service, rows) for service, rows in grouped.items()}


def _pattern(service_id: UUID, rows: list[Past]) -> Pattern:
    ends = [_end(row.states) for row in rows]
    why = Counter(row.reason for row in rows if _end(row.states) == "declined" and row.reason)
    return Pattern(
        service_id,
        sent=len(rows),
        accepted=ends.count("accepted"),
        declined=ends.count("declined"),
        unanswered=ends.count("unanswered"),
        reasons=tuple(sorted(why.items(), key=lambda item: (-item[1], item[0]))),
    )


def _end(states: tuple[str, ...]) -> str:
    """Return what was answered in the end; what was stopped before an answer counts as neither."""
    if states[-1] in REFUSED:
        return "declined"
    if not TAKEN.isdisjoint(states):
        return "accepted"
    return "unanswered" if states[-1] in OPEN else "stopped"
