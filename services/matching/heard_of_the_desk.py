"""What matching hears for the coordinator's desk, its own news among it, read tolerantly."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus import hears
from shared.bus.message import Moment


@dataclass(frozen=True, slots=True)
class _OfReferral:
    request_id: UUID
    referral_id: UUID


@hears("match.failed.v1")
@dataclass(frozen=True, slots=True)
class MatchFailed:
    """Nobody could be asked for some need."""

    request_id: UUID


@hears("referral.declined.v1")
@dataclass(frozen=True, slots=True)
class Declined(_OfReferral):
    """A service said no; the reason is a code."""

    reason: str


@hears("referral.redirected.v1")
@dataclass(frozen=True, slots=True)
class Redirected(_OfReferral):
    """A service named others."""


@hears("referral.returned.v1")
@dataclass(frozen=True, slots=True)
class Returned(_OfReferral):
    """A service gave it back after a review."""


@hears("referral.cancelled.v1")
@dataclass(frozen=True, slots=True)
class Cancelled(_OfReferral):
    """It was taken back before anybody opened it; the reason is a code."""

    reason: str


@hears("referral.withdrawn.v1")
@dataclass(frozen=True, slots=True)
class Withdrawn(_OfReferral):
    """It ended without being completed; the reason is a code."""

    reason: str


@hears("notification.suppressed.v1")
@dataclass(frozen=True, slots=True)
class NotificationSuppressed:
    """A message to somebody was not sent, for a reason in code."""

    delivery_id: UUID
    request_id: UUID
    audience: str
    reason: str
    referral_id: UUID | None = None


@hears("notification.failed.v1")
@dataclass(frozen=True, slots=True)
class NotificationFailed:
    """A message was refused for good by whoever should have carried it."""

    delivery_id: UUID
    request_id: UUID
    audience: str
    reason: str
    referral_id: UUID | None = None


@hears("clock.overdue.v1")
@dataclass(frozen=True, slots=True)
class ClockOverdue:
    """Something is late; `rung` says how far up the ladder."""

    clock: str
    object_type: str
    object_id: UUID
    due_at: Moment
    rung: int
    request_id: UUID | None = None


@hears("request.names_to_find.v1")
@dataclass(frozen=True, slots=True)
class NamesToFind:
    """A person hides their request from somebody nobody on file is."""

    request_id: UUID
    reference: str
    look_by: Moment


@hears("request.names_settled.v1")
@dataclass(frozen=True, slots=True)
class NamesSettled:
    """A coordinator has looked for them."""

    request_id: UUID


@hears("consent.requested.v1")
@dataclass(frozen=True, slots=True)
class ConsentRequested:
    """A person is asked to agree."""

    consent_id: UUID
    request_id: UUID
    referral_id: UUID | None = None
