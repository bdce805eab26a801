"""What matching tells the other services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.bus.message import announces


@announces("agency.changed.v1", subject="agency_id")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency joined, left or changed how it is reached."""

    agency_id: UUID
    name: str
    kind: str
    active: bool
    mailbox: str
    phone: str


@announces("service.published.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class ServicePublished:
    """An entry of the referral guide is new or has changed."""

    service_id: UUID
    agency_id: UUID
    name: str
    description: str
    needs: tuple[str, ...]
    area_codes: tuple[str, ...]
    minimum_age: int | None
    maximum_age: int | None
    categories: tuple[str, ...]
    status: str
    listed: str


@announces("capacity.changed.v1", subject="service_id")
@dataclass(frozen=True, slots=True)
class CapacityChanged:
    """An agency said how many places it has."""

    service_id: UUID
    agency_id: UUID
    places: int
    takes_waiting_list: bool
    as_of: datetime
    status: str


@announces("referral.proposed.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralProposed:
    """A service fits; nothing has been sent to it yet."""

    referral_id: UUID
    request_id: UUID
    service_id: UUID
    agency_id: UUID
    consent_id: UUID
    needs: tuple[str, ...]
    consent_needed: bool
    rules_version: str
    geography_version: str


@announces("referral.sent.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralSent:
    """The request was put to an agency, which must answer by `answer_by`."""

    referral_id: UUID
    request_id: UUID
    reference: str
    service_id: UUID
    agency_id: UUID
    consent_id: UUID
    referrer_agency_id: UUID | None
    needs: tuple[str, ...]
    urgency: str
    enquiry: bool
    sent_at: datetime
    answer_by: datetime


@announces("referral.opened.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralOpened:
    """The agency has looked at it."""

    referral_id: UUID
    request_id: UUID
    service_id: UUID
    agency_id: UUID


@announces("referral.accepted.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralAccepted:
    """The agency will help, and says from when."""

    referral_id: UUID
    request_id: UUID
    reference: str
    service_id: UUID
    agency_id: UUID
    referrer_agency_id: UUID | None
    forecast_start: date


@announces("referral.declined.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralDeclined:
    """The agency cannot help, and says why by code."""

    referral_id: UUID
    request_id: UUID
    reference: str
    service_id: UUID
    agency_id: UUID
    referrer_agency_id: UUID | None
    reason: str
    alternatives: tuple[UUID, ...]


@announces("match.failed.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class MatchFailed:
    """For these needs no service could be asked; the reasons are codes."""

    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None
    needs: tuple[str, ...]
    area_codes: tuple[str, ...]
    reasons: tuple[str, ...]
    service_id: UUID | None = None
