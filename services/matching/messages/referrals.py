"""What matching tells of referrals while they are put to services and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.bus.message import Moment, announces


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
    sent_at: Moment
    answer_by: Moment


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
