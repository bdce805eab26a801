"""What matching hears from the other services, read tolerantly: only the fields it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.bus import hears


@dataclass(frozen=True, slots=True)
class Grant:
    """What one agency may be told, and for which purpose."""

    purpose: str
    recipient: UUID
    categories: tuple[str, ...]


@hears("request.submitted.v1")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help and agreed to be matched."""

    request_id: UUID
    reference: str
    consent_id: UUID
    submitted_at: datetime
    needs: tuple[str, ...]
    area_codes: tuple[str, ...]
    geography_version: str
    age: int | None
    language: str
    interpreter: str | None
    access_needs: tuple[str, ...]
    groups: tuple[str, ...]
    threshold: int | None
    urgency: str
    source: str
    referrer_agency_id: UUID | None
    recipients: tuple[Grant, ...]
    services: tuple[UUID, ...] = ()
    agreed_by_phone: bool = False
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()

    def agreed(self) -> dict[UUID, tuple[str, ...]]:
        """Return the agencies that may be asked, each with the categories it may be told."""
        told: dict[UUID, dict[str, None]] = {}
        for grant in self.recipients:
            if grant.purpose == "refer":
                told.setdefault(grant.recipient, {}).update(dict.fromkeys(grant.categories))
        hidden = set(self.hidden_from_agencies)
        return {agency: tuple(kinds) for agency, kinds in told.items() if agency not in hidden}


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A member of staff joined, left or changed roles."""

    staff_id: UUID
    agency_id: UUID
    name: str
    roles: tuple[str, ...]
    active: bool
