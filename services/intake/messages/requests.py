"""What becomes of a request, told in ids, codes and times."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.intake.messages.grants import Grant
from shared.bus.message import Moment, announces


@announces("request.submitted.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestSubmitted:
    """Someone asked for help and agreed to be matched.

    `recipients` are the agencies with a live grant; `services` those named by the referrer;
    `age` is in whole years, None when not told; empty `area_codes` mean the area is unknown;
    `onward_of` is the referral from which its receiver refers the person on.
    """

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
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()
    onward_of: UUID | None = None


@announces("request.amended.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestAmended:
    """Something was put right (T32); `changed` names what, the codes are as they stand now."""

    request_id: UUID
    reference: str
    changed: tuple[str, ...]
    reason: str
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
    referrer_agency_id: UUID | None
    hidden_from_agencies: tuple[UUID, ...] = ()
    hidden_from_staff: tuple[UUID, ...] = ()
    hidden_from_teams: tuple[UUID, ...] = ()


@announces("request.withdrawn.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestWithdrawn:
    """The person no longer wants it (T23); everything that relied on it ends."""

    request_id: UUID
    reference: str
    reason: str | None
    referrer_agency_id: UUID | None


@announces("request.closed.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestClosed:
    """It is over (T6, T37, T40); the outcome is a code. On DIED nobody writes to the person."""

    request_id: UUID
    reference: str
    outcome: str
    referrer_agency_id: UUID | None


@announces("request.voided.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestVoided:
    """It was entered in error (T31); its content is hidden, its log kept."""

    request_id: UUID
    reference: str
    reason: str
    referrer_agency_id: UUID | None


@announces("request.flagged.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestFlagged:
    """Someone may be in danger (T34): the duty rota is told; nothing is opened by it.

    Whoever is on duty for `duty_agency_id` must look before `look_by`.
    """

    flag_id: UUID
    request_id: UUID
    reference: str
    reason: str
    duty_agency_id: UUID
    look_by: Moment


@announces("request.names_to_find.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestNamesToFind:
    """The person hides it from somebody nobody on file is: a coordinator looks by `look_by`."""

    request_id: UUID
    reference: str
    look_by: Moment


@announces("request.names_settled.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestNamesSettled:
    """A coordinator has looked for everybody whom the person named; not whom they found."""

    request_id: UUID


@announces("request.feedback_given.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestFeedbackGiven:
    """The person's own answer (T41): did you get help - yes, partly or no."""

    request_id: UUID
    got_help: str


@announces("request.erased.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestErased:
    """An officer decided after review that its content is destroyed (T42)."""

    request_id: UUID
    basis: str
    approver: str


@announces("request.restricted.v1", subject="request_id")
@dataclass(frozen=True, slots=True)
class RequestRestricted:
    """A request is kept but used for nothing; or, not `restricted`, that is over."""

    request_id: UUID
    restricted: bool
