"""What notify understands of what the other services say; it reads only what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.notify.heard_of_requests import (
    ClockOverdue,
    ClockWarned,
    ConsentGiven,
    ConsentRequested,
    ConsentWithdrawn,
    ContactChanged,
    OverrideRecorded,
    RequestAmended,
    RequestClosed,
    RequestFlagged,
    RequestVoided,
    RequestWithdrawn,
)
from shared.bus.message import Moment, hears

__all__ = [
    "AgencyChanged",
    "ClockOverdue",
    "ClockWarned",
    "ConsentGiven",
    "ConsentRequested",
    "ConsentWithdrawn",
    "ContactChanged",
    "ContactReleased",
    "ContactWithheld",
    "MatchFailed",
    "OverrideRecorded",
    "ReferralAccepted",
    "ReferralAcknowledged",
    "ReferralCancelRefused",
    "ReferralCancelRequested",
    "ReferralCancelled",
    "ReferralDeclined",
    "ReferralHalted",
    "ReferralInformationGiven",
    "ReferralInformationRequested",
    "ReferralMoved",
    "ReferralResumed",
    "ReferralSent",
    "ReferralVoided",
    "ReferralWithdrawn",
    "RequestAmended",
    "RequestClosed",
    "RequestFlagged",
    "RequestSubmitted",
    "RequestVoided",
    "RequestWithdrawn",
    "StaffChanged",
]


@hears("request.submitted.v1")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help: acknowledge it, and write nobody it is hidden from."""

    request_id: UUID
    reference: str
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferralMoved:
    """A referral that took a step, and the two sides of it."""

    referral_id: UUID
    request_id: UUID
    reference: str
    agency_id: UUID
    referrer_agency_id: UUID | None


@hears("referral.sent.v1")
@dataclass(frozen=True, slots=True)
class ReferralSent(ReferralMoved):
    """An agency was asked: tell it, who referred, and the person."""

    enquiry: bool
    answer_by: Moment


@hears("referral.accepted.v1")
@dataclass(frozen=True, slots=True)
class ReferralAccepted(ReferralMoved):
    """An agency will help: tell who referred, and the person."""

    forecast_start: date


@hears("referral.declined.v1")
@dataclass(frozen=True, slots=True)
class ReferralDeclined(ReferralMoved):
    """An agency cannot help: tell who referred, and the person."""

    reason: str


@hears("match.failed.v1")
@dataclass(frozen=True, slots=True)
class MatchFailed:
    """No service could be asked: tell who referred, and the person."""

    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None


@hears("referral.halted.v1")
@dataclass(frozen=True, slots=True)
class ReferralHalted(ReferralMoved):
    """Consent is lost: the agency must stop, and say so by then."""

    answer_by: Moment


@hears("referral.acknowledged.v1")
@dataclass(frozen=True, slots=True)
class ReferralAcknowledged(ReferralMoved):
    """The agency has stopped."""


@hears("referral.resumed.v1")
@dataclass(frozen=True, slots=True)
class ReferralResumed(ReferralMoved):
    """It goes on."""


@hears("referral.cancelled.v1")
@dataclass(frozen=True, slots=True)
class ReferralCancelled(ReferralMoved):
    """Taken back before anybody opened it; not `sent`: the agency knows nothing of it."""

    sent: bool


@hears("referral.cancel_requested.v1")
@dataclass(frozen=True, slots=True)
class ReferralCancelRequested(ReferralMoved):
    """The referrer asks the agency to stop."""


@hears("referral.cancel_refused.v1")
@dataclass(frozen=True, slots=True)
class ReferralCancelRefused(ReferralMoved):
    """The agency goes on."""


@hears("referral.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class ReferralWithdrawn(ReferralMoved):
    """It ended; not `sent`: the agency knows nothing of it."""

    reason: str
    sent: bool
    with_request: bool


@hears("referral.voided.v1")
@dataclass(frozen=True, slots=True)
class ReferralVoided(ReferralMoved):
    """It was entered in error."""

    sent: bool


@hears("referral.information_requested.v1")
@dataclass(frozen=True, slots=True)
class ReferralInformationRequested(ReferralMoved):
    """The agency has a question."""

    answer_by: Moment


@hears("referral.information_given.v1")
@dataclass(frozen=True, slots=True)
class ReferralInformationGiven(ReferralMoved):
    """The question was answered."""


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
    """A person must not be reached, or only from `again_at` on; the reason is a code."""

    contact_request_id: UUID
    request_id: UUID
    reason: str
    again_at: Moment | None = None


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
    teams: tuple[UUID, ...] = ()
