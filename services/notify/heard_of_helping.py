"""What notify understands of a referral that waits, is helped with, and ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.notify.heard import ReferralMoved
from shared.bus.message import Moment, hears


@hears("referral.waiting.v1")
@dataclass(frozen=True, slots=True)
class ReferralWaiting(ReferralMoved):
    """It waits for a place (T15); nobody supports the person yet."""

    expected_start: date | None = None
    review_by: Moment | None = None
    occasional_support: bool = False


@hears("referral.started.v1")
@dataclass(frozen=True, slots=True)
class ReferralStarted(ReferralMoved):
    """Support has started (T16, T17)."""

    started_on: date


@hears("referral.reviewed.v1")
@dataclass(frozen=True, slots=True)
class ReferralReviewed(ReferralMoved):
    """The wait was reviewed and goes on for a while (T18)."""

    until: date


@hears("referral.returned.v1")
@dataclass(frozen=True, slots=True)
class ReferralReturned(ReferralMoved):
    """It goes back to who referred (T19, T21), perhaps to be asked again on a date."""

    result: str
    re_refer_on: date | None = None


@hears("referral.redirected.v1")
@dataclass(frozen=True, slots=True)
class ReferralRedirected(ReferralMoved):
    """The agency suggests another (T14)."""


@hears("referral.held.v1")
@dataclass(frozen=True, slots=True)
class ReferralHeld(ReferralMoved):
    """It pauses for a while (T22)."""

    review_on: date


@hears("referral.completed.v1")
@dataclass(frozen=True, slots=True)
class ReferralCompleted(ReferralMoved):
    """The agency has finished (T29)."""


@hears("referral.outcome_recorded.v1")
@dataclass(frozen=True, slots=True)
class ReferralOutcomeRecorded(ReferralMoved):
    """How it went was written down afterwards (T39)."""


@hears("referral.reassigned.v1")
@dataclass(frozen=True, slots=True)
class ReferralReassigned(ReferralMoved):
    """Another worker or team of the same agency has it (T33)."""

    staff_id: UUID | None = None


@hears("referral.reopened.v1")
@dataclass(frozen=True, slots=True)
class ReferralReopened(ReferralMoved):
    """A new referral takes up one that was over (T30)."""

    reopens: UUID


@hears("note.written.v1")
@dataclass(frozen=True, slots=True)
class NoteWritten:
    """One side of a referral wrote to the other; the words are not told."""

    referral_id: UUID
    request_id: UUID
    reference: str
    to_agency_id: UUID
