"""What intake announces of the duty rota: who looks when somebody may be in danger."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import announces

ADDED, REMOVED = "added", "removed"


@announces("rota.changed.v1", subject="agency_id")
@dataclass(frozen=True, slots=True)
class RotaChanged:
    """Hours of an agency's duty were added or removed; `days` count from 0, a Monday.

    `starts` and `ends` are local, as 17:30; `rank` 1 looks first, 2 when nobody did in the hour.
    """

    agency_id: UUID
    change: str
    days: tuple[int, ...]
    starts: str
    ends: str
    rank: int
