"""What notify understands of what the other services say; it reads only what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shared.bus.message import hears


@hears("request.submitted.v1")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help: acknowledge it."""

    request_id: UUID
    reference: str


@hears("referral.sent.v1")
@dataclass(frozen=True, slots=True)
class ReferralSent:
    """An agency was asked: tell it, who referred, and the person."""

    referral_id: UUID
    request_id: UUID
    reference: str
    agency_id: UUID
    referrer_agency_id: UUID | None
    enquiry: bool
    answer_by: datetime


@hears("referral.accepted.v1")
@dataclass(frozen=True, slots=True)
class ReferralAccepted:
    """An agency will help: tell who referred, and the person."""

    referral_id: UUID
    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None
    forecast_start: date


@hears("referral.declined.v1")
@dataclass(frozen=True, slots=True)
class ReferralDeclined:
    """An agency cannot help: tell who referred, and the person."""

    referral_id: UUID
    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None
    reason: str


@hears("match.failed.v1")
@dataclass(frozen=True, slots=True)
class MatchFailed:
    """No service could be asked: tell who referred, and the person."""

    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None


@hears("contact.released.v1")
@dataclass(frozen=True, slots=True)
class ContactReleased:
    """A person may be reached this once.

    `sealed` is a compact JWE whose plaintext is JSON with at least `address`.
    """

    contact_request_id: UUID
    request_id: UUID
    channel: str
    language: str
    sealed: str


@hears("contact.withheld.v1")
@dataclass(frozen=True, slots=True)
class ContactWithheld:
    """A person must not be reached; the reason is a code."""

    contact_request_id: UUID
    request_id: UUID
    reason: str


@hears("agency.changed.v1")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """How an agency is reached."""

    agency_id: UUID
    name: str
    kind: str
    active: bool
    mailbox: str
    phone: str


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """Who works where, and under which address."""

    staff_id: UUID
    agency_id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    active: bool
