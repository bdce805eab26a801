"""What audit reads of others' events for its pages: names and references.

The log itself needs no reading class: it keeps the allow-listed fields of every event.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus import hears


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """What a member of staff is called, and where they work."""

    staff_id: UUID
    agency_id: UUID
    name: str


@hears("agency.changed.v1")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency joined, left, changed its name, or came to run the partnership."""

    agency_id: UUID
    name: str
    kind: str
    active: bool


@hears("request.submitted.v1")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help; this is what people call it."""

    request_id: UUID
    reference: str
