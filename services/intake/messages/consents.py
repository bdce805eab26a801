"""What becomes of a consent, C1 to C11, told in ids, codes and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.intake.messages.grants import Grant
from shared.bus.message import Moment, announces


@announces("consent.requested.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentRequested:
    """The person is asked (C1): may these agencies know? Until they answer nothing is sent.

    `referral_id` is the proposed referral that made it necessary, if it was one.
    """

    consent_id: UUID
    request_id: UUID
    reference: str
    notice_id: str
    language: str
    recipients: tuple[UUID, ...]
    referral_id: UUID | None = None


@announces("consent.given.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A person agreed to what is shared, with whom, for what (C2)."""

    consent_id: UUID
    request_id: UUID
    notice_id: str
    language: str
    method: str
    given_by: str
    valid_until: date
    grants: tuple[Grant, ...]
    reference: str | None = None


@announces("consent.refused.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """The person said no (C3): what was proposed to these agencies is not sent."""

    consent_id: UUID
    request_id: UUID
    recipients: tuple[UUID, ...]


@announces("consent.deferred.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentDeferred:
    """The person said: not now (C4)."""

    consent_id: UUID
    request_id: UUID


@announces("consent.renewed.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentRenewed:
    """The person agreed anew before it ended (C5)."""

    consent_id: UUID
    request_id: UUID
    valid_until: date


@dataclass(frozen=True, slots=True)
class _Ended:
    """A consent no longer holds, wholly or for the grants in `ended`.

    `remaining` is every live grant of the request after it, of whichever consent, overrides
    included: whoever keeps a copy replaces it by this.
    """

    consent_id: UUID
    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None
    ended: tuple[Grant, ...]
    remaining: tuple[Grant, ...]


@announces("consent.withdrawn.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(_Ended):
    """The person took it back (C6), wholly or in part; it counts at once."""

    method: str = "online_form"
    reason: str | None = None


@announces("consent.revoked.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentRevoked(_Ended):
    """We took it back: it was a mistake, or the wrong person (C7)."""

    reason: str | None = None


@announces("consent.expired.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentExpired(_Ended):
    """Its time is over (C8)."""


@announces("consent.invalidated.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentInvalidated(_Ended):
    """An officer found that it never held: notice, capacity or free will were missing (C9)."""

    reason: str | None = None


@announces("consent.superseded.v1", subject="consent_id")
@dataclass(frozen=True, slots=True)
class ConsentSuperseded(_Ended):
    """A newer answer to the same question took its place (C10)."""

    by_consent_id: UUID | None = None


@announces("override.recorded.v1", subject="override_id")
@dataclass(frozen=True, slots=True)
class OverrideRecorded:
    """Someone in the role `safeguarding` shares without consent, on a ground in law (C11)."""

    override_id: UUID
    request_id: UUID
    reference: str
    ground: str
    grants: tuple[Grant, ...]
    person_told: bool
    why_not_told: str | None
    review_by: Moment


@announces("override.reviewed.v1", subject="override_id")
@dataclass(frozen=True, slots=True)
class OverrideReviewed:
    """A second person looked at it: upheld, or ended."""

    override_id: UUID
    request_id: UUID
    decision: str
    remaining: tuple[Grant, ...]
