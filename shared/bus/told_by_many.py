"""What more than one service announces of what it owns: clocks that run out, keys destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.bus.message import announces


@announces("clock.warned.v1", subject="object_id")
@dataclass(frozen=True, slots=True)
class ClockWarned:
    """Something will be late soon; nothing changes by it but what people are told."""

    clock: str
    object_type: str
    object_id: UUID
    due_at: datetime
    request_id: UUID | None = None
    agency_id: UUID | None = None
    reference: str | None = None


@announces("clock.overdue.v1", subject="object_id")
@dataclass(frozen=True, slots=True)
class ClockOverdue:
    """Something is late; `rung` says how far up the ladder it has climbed, from 1."""

    clock: str
    object_type: str
    object_id: UUID
    due_at: datetime
    rung: int
    request_id: UUID | None = None
    agency_id: UUID | None = None
    reference: str | None = None


@announces("request.shredded.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestShredded:
    """A service destroyed every key it held for a request; `keys` says how many."""

    request_id: UUID
    service: str
    keys: int
