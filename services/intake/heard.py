"""What intake hears of others: only the fields it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.bus.message import Moment, hears


@hears("agency.changed.v1")
@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency joined, left or changed how it is reached."""

    agency_id: UUID
    name: str
    kind: str
    active: bool
    phone: str


@hears("service.published.v1")
@dataclass(frozen=True, slots=True)
class ServicePublished:
    """An entry of the guide is new or has changed."""

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


@hears("capacity.changed.v1")
@dataclass(frozen=True, slots=True)
class CapacityChanged:
    """A service has places again, or none."""

    service_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class ReferralMoved:
    """Something happened to a referral."""

    referral_id: UUID
    request_id: UUID
    service_id: UUID
    agency_id: UUID


@hears("referral.proposed.v1")
@dataclass(frozen=True, slots=True)
class ReferralProposed(ReferralMoved):
    """A service fits; it knows nothing yet, and must not before the person was asked."""

    needs: tuple[str, ...] = ()
    consent_needed: bool = False


@hears("referral.sent.v1")
@dataclass(frozen=True, slots=True)
class ReferralSent(ReferralMoved):
    """The request was put to an agency, which is to answer by then."""

    answer_by: Moment | None = None
    needs: tuple[str, ...] = ()


@hears("referral.opened.v1")
@dataclass(frozen=True, slots=True)
class ReferralOpened(ReferralMoved):
    """The agency has looked at it."""


@hears("referral.accepted.v1")
@dataclass(frozen=True, slots=True)
class ReferralAccepted(ReferralMoved):
    """The agency will help, and says from when."""

    forecast_start: date | None = None


@hears("referral.declined.v1")
@dataclass(frozen=True, slots=True)
class ReferralDeclined(ReferralMoved):
    """The agency cannot help, and says why by code, and perhaps who could."""

    reason: str
    alternatives: tuple[UUID, ...] = ()


@hears("referral.information_requested.v1")
@dataclass(frozen=True, slots=True)
class ReferralInformationRequested(ReferralMoved):
    """The agency has a question, to be answered by then."""

    answer_by: Moment


@hears("referral.information_given.v1")
@dataclass(frozen=True, slots=True)
class ReferralInformationGiven(ReferralMoved):
    """The question was answered."""


@hears("referral.cancelled.v1")
@dataclass(frozen=True, slots=True)
class ReferralCancelled(ReferralMoved):
    """It was taken back before anybody opened it."""

    reason: str


@hears("referral.cancel_requested.v1")
@dataclass(frozen=True, slots=True)
class ReferralCancelRequested(ReferralMoved):
    """The referrer asks to stop."""


@hears("referral.cancel_refused.v1")
@dataclass(frozen=True, slots=True)
class ReferralCancelRefused(ReferralMoved):
    """It goes on, in this state."""

    state: str


@hears("referral.halted.v1")
@dataclass(frozen=True, slots=True)
class ReferralHalted(ReferralMoved):
    """What it relied on is lost; the reason is a code."""

    reason: str


@hears("referral.acknowledged.v1")
@dataclass(frozen=True, slots=True)
class ReferralAcknowledged(ReferralMoved):
    """The agency confirmed the stop."""


@hears("referral.resumed.v1")
@dataclass(frozen=True, slots=True)
class ReferralResumed(ReferralMoved):
    """It goes on, in this state."""

    state: str


@hears("referral.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class ReferralWithdrawn(ReferralMoved):
    """It ended without being completed; the reason is a code."""

    reason: str


@hears("referral.voided.v1")
@dataclass(frozen=True, slots=True)
class ReferralVoided(ReferralMoved):
    """It was entered in error."""

    reason: str


@hears("contact.requested.v1")
@dataclass(frozen=True, slots=True)
class ContactRequested:
    """Someone who delivers a message asks where to, for one attempt."""

    contact_request_id: UUID
    request_id: UUID
    channels: tuple[str, ...]
    public_key: str
    template: str = ""
    referral_id: UUID | None = None


@hears("access.granted.v1")
@dataclass(frozen=True, slots=True)
class AccessGranted:
    """An agency was shown something by one of the services, for a purpose."""

    what: tuple[str, ...]
    purpose: str = ""
    request_id: UUID | None = None
    recipient_agency_id: UUID | None = None


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class ColleagueChanged:
    """Who works where, under which name: pairs are chosen among them."""

    staff_id: UUID
    agency_id: UUID
    name: str
    roles: tuple[str, ...]
    active: bool


@hears("notification.sent.v1")
@dataclass(frozen=True, slots=True)
class NotificationSent:
    """A channel took a message about a request."""

    request_id: UUID
    audience: str
    template: str
    channel: str
    recipient_agency_id: UUID | None = None


@hears("request.shredded.v1")
@dataclass(frozen=True, slots=True)
class RequestShredded:
    """A service destroyed its keys of a request."""

    request_id: UUID
    service: str
    keys: int
