"""What matching hears from the other services, read tolerantly: only the fields it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from shared.bus import hears
from shared.bus.message import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Grant:
    """What one agency may be told, and for which purpose."""

    purpose: str
    recipient: UUID
    categories: tuple[str, ...]


def for_referral(grants: Iterable[Grant]) -> dict[UUID, dict[str, None]]:
    """Return what each agency may be told for a referral, in the order it was granted."""
    told: dict[UUID, dict[str, None]] = {}
    for grant in grants:
        if grant.purpose == "refer":
            told.setdefault(grant.recipient, {}).update(dict.fromkeys(grant.categories))
    return told


@hears("request.feedback_given.v1")
@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """The person said how it went."""

    request_id: UUID


@hears("request.submitted.v1")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help and agreed to be matched."""

    request_id: UUID
    reference: str
    consent_id: UUID
    submitted_at: Moment
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
    onward_of: UUID | None = None
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()

    def unasked(self) -> tuple[UUID, ...]:
        """Return the agencies and services that must not be asked, and must not know."""
        return (*self.hidden_from_agencies, *self.hidden_from_teams)

    def hidden(self) -> list[str]:
        """Return the staff, agencies and teams that must not see it, as they are stored."""
        return [str(one) for one in (*self.hidden_from_staff, *self.unasked())]

    def agreed(self) -> dict[UUID, tuple[str, ...]]:
        """Return the agencies that may be asked, each with the categories it may be told."""
        hidden = set(self.hidden_from_agencies)
        told = for_referral(self.recipients)
        return {agency: tuple(kinds) for agency, kinds in told.items() if agency not in hidden}


@hears("request.amended.v1")
@dataclass(frozen=True, slots=True)
class RequestAmended:
    """Something was put right; the codes are as they stand now."""

    request_id: UUID
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
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()


@hears("request.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class RequestWithdrawn:
    """The person no longer wants it."""

    request_id: UUID
    reason: str | None


@hears("request.closed.v1")
@dataclass(frozen=True, slots=True)
class RequestClosed:
    """It is over; the outcome is a code."""

    request_id: UUID
    outcome: str


@hears("request.voided.v1")
@dataclass(frozen=True, slots=True)
class RequestVoided:
    """It was entered in error."""

    request_id: UUID


@hears("request.restricted.v1")
@dataclass(frozen=True, slots=True)
class RequestRestricted:
    """It is kept but used for nothing; or, not `restricted`, that is over."""

    request_id: UUID
    restricted: bool


@hears("request.erased.v1")
@dataclass(frozen=True, slots=True)
class RequestErased:
    """Its content must be destroyed."""

    request_id: UUID


@hears("consent.given.v1")
@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The person agreed to what is shared, with whom, for what."""

    consent_id: UUID
    request_id: UUID
    grants: tuple[Grant, ...]


@hears("consent.refused.v1")
@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """The person said no to these agencies."""

    consent_id: UUID
    request_id: UUID
    recipients: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ConsentEnded:
    """A consent no longer holds for the grants in `ended`."""

    consent_id: UUID
    request_id: UUID
    ended: tuple[Grant, ...]


@hears("consent.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(ConsentEnded):
    """The person took it back."""


@hears("consent.revoked.v1")
@dataclass(frozen=True, slots=True)
class ConsentRevoked(ConsentEnded):
    """It was a mistake, or the wrong person."""


@hears("consent.expired.v1")
@dataclass(frozen=True, slots=True)
class ConsentExpired(ConsentEnded):
    """Its time is over."""


@hears("consent.invalidated.v1")
@dataclass(frozen=True, slots=True)
class ConsentInvalidated(ConsentEnded):
    """It never held."""


@hears("consent.superseded.v1")
@dataclass(frozen=True, slots=True)
class ConsentSuperseded(ConsentEnded):
    """A newer answer took its place."""


@hears("override.recorded.v1")
@dataclass(frozen=True, slots=True)
class OverrideRecorded:
    """Something is shared without consent, on a ground in law."""

    override_id: UUID
    request_id: UUID
    grants: tuple[Grant, ...]
    ground: str
    review_by: Moment


@hears("override.reviewed.v1")
@dataclass(frozen=True, slots=True)
class OverrideReviewed:
    """A second person looked at it: upheld, or ended."""

    override_id: UUID
    request_id: UUID
    decision: str


@hears("staff.changed.v1")
@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A member of staff joined, left or changed roles."""

    staff_id: UUID
    agency_id: UUID
    name: str
    roles: tuple[str, ...]
    active: bool
    teams: tuple[UUID, ...] = ()
