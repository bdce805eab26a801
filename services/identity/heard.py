"""What identity reads of what others tell."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import hears


@hears("agency.changed.v1")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency joined, left or changed."""

    agency_id: UUID
    name: str
    active: bool


@hears("service.published.v1")
@dataclass(frozen=True, slots=True)
class ServicePublished:
    """An agency has this service, and so a team of this name."""

    service_id: UUID
    agency_id: UUID
    name: str
