"""What intake tells the other services: ids, codes and times, never who the person is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.bus.message import announces


@dataclass(frozen=True, slots=True)
class Grant:
    """What one named agency may be told, and for which purpose."""

    purpose: str
    recipient: UUID
    categories: tuple[str, ...]


@announces("consent.given.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A person agreed to what is shared, with whom, for what."""

    consent_id: UUID
    request_id: UUID
    notice_id: str
    language: str
    method: str
    given_by: str
    valid_until: date
    grants: tuple[Grant, ...]


@announces("request.submitted.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help and agreed to be matched.

    `recipients` are the agencies with a live grant; `services` those named by the referrer;
    `age` is in whole years, None when not told; empty `area_codes` mean the area is unknown.
    """

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


@announces("contact.released.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class ContactReleased:
    """The person may be reached this once; the address is sealed to the asker's key."""

    contact_request_id: UUID
    request_id: UUID
    channel: str
    language: str
    sealed: str
    consent_id: UUID | None = None


@announces("contact.withheld.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class ContactWithheld:
    """The person must not be reached now; the reason is a code."""

    contact_request_id: UUID
    request_id: UUID
    reason: str
