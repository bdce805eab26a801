"""What notify understands of requests, consents and clocks that change course."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import Moment, hears


@dataclass(frozen=True, slots=True)
class Grant:
    """Whom a person let know something."""

    recipient: UUID


@dataclass(frozen=True, slots=True)
class RequestChanged:
    """Something became of a request."""

    request_id: UUID
    reference: str
    referrer_agency_id: UUID | None


@hears("request.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class RequestWithdrawn(RequestChanged):
    """The person no longer wants it."""


@hears("request.closed.v1")
@dataclass(frozen=True, slots=True)
class RequestClosed(RequestChanged):
    """It is over; on DIED nobody writes to the person."""

    outcome: str


@hears("request.voided.v1")
@dataclass(frozen=True, slots=True)
class RequestVoided(RequestChanged):
    """It was entered in error."""


@hears("request.amended.v1")
@dataclass(frozen=True, slots=True)
class RequestAmended(RequestChanged):
    """Something was put right; it is hidden from these now, and from nobody else.

    Where nothing is named as `changed`, only from whom it is hidden is new.
    """

    changed: tuple[str, ...] = ()
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()


@hears("request.flagged.v1")
@dataclass(frozen=True, slots=True)
class RequestFlagged:
    """Someone may be in danger: whoever is on duty must look before then."""

    request_id: UUID
    reference: str
    duty_agency_id: UUID
    look_by: Moment


@hears("override.recorded.v1")
@dataclass(frozen=True, slots=True)
class OverrideRecorded:
    """Something was shared without agreement, for safety: with whom, and until when to review."""

    request_id: UUID
    reference: str
    grants: tuple[Grant, ...]
    review_by: Moment
    person_told: bool = False


@hears("contact.changed.v1")
@dataclass(frozen=True, slots=True)
class ContactChanged:
    """How the person may be reached has changed."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class OfRequest:
    """Something that may change whether, and where, a person is written to."""

    request_id: UUID


@hears("request.erased.v1")
@dataclass(frozen=True, slots=True)
class RequestErased(OfRequest):
    """What was told is destroyed."""


@hears("request.restricted.v1")
@dataclass(frozen=True, slots=True)
class RequestRestricted(OfRequest):
    """It is kept and used for nothing, or used again."""


@hears("consent.expired.v1")
@dataclass(frozen=True, slots=True)
class ConsentExpired(OfRequest):
    """What was agreed is over by its date."""


@hears("consent.requested.v1")
@dataclass(frozen=True, slots=True)
class ConsentRequested:
    """The person is asked whether somebody may know."""

    request_id: UUID
    reference: str


@hears("consent.given.v1")
@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The person agreed, in writing or aloud."""

    request_id: UUID
    method: str
    reference: str | None = None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentEnded(RequestChanged):
    """Something may not be known any more by whom it was told."""

    ended: tuple[Grant, ...]
    remaining: tuple[Grant, ...]


@hears("consent.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(ConsentEnded):
    """The person took something back."""


@hears("consent.revoked.v1")
@dataclass(frozen=True, slots=True)
class ConsentRevoked(ConsentEnded):
    """It was a mistake, or the wrong person (C7)."""


@hears("consent.invalidated.v1")
@dataclass(frozen=True, slots=True)
class ConsentInvalidated(ConsentEnded):
    """It never held (C9)."""


@hears("request.names_to_find.v1")
@dataclass(frozen=True, slots=True)
class RequestNamesToFind:
    """A person hides it from somebody whom nobody on file is: a coordinator looks by then."""

    request_id: UUID
    reference: str
    look_by: Moment


@hears("clock.warned.v1")
@dataclass(frozen=True, slots=True)
class ClockWarned:
    """Something will be late, or over, soon."""

    clock: str
    object_type: str
    object_id: UUID
    due_at: Moment
    request_id: UUID | None = None
    agency_id: UUID | None = None
    reference: str | None = None


@hears("clock.overdue.v1")
@dataclass(frozen=True, slots=True)
class ClockOverdue(ClockWarned):
    """Something is late; `rung` says how far up the ladder."""

    rung: int = 1
