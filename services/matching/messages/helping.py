"""What matching tells of a referral from its acceptance to its end: waiting, help, outcome.

Promise: ids, codes, dates and sums only. Whatever was written about a person is a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.matching.messages.stopping import Moved
from shared.bus.message import Moment, announces


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one need: a result, and what else can be said in codes and figures."""

    need: str
    result: str
    codes: tuple[str, ...] = ()
    weeks: int | None = None
    pounds_per_year: int | None = None
    pounds_once: int | None = None
    scale_before: int | None = None
    scale_after: int | None = None
    calls: int | None = None
    onward_referral_id: UUID | None = None


@announces("referral.redirected.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralRedirected(Moved):
    """The receiver suggests other services (T14); nothing was sent to them."""

    alternatives: tuple[UUID, ...]


@announces("referral.waiting.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralWaiting(Moved):
    """It is on the waiting list (T15): nobody is supporting the person yet."""

    expected_start: date | None
    review_by: Moment | None
    occasional_support: bool


@announces("referral.started.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralStarted(Moved):
    """Support has started (T16, T17)."""

    started_on: date


@announces("referral.reviewed.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralReviewed(Moved):
    """The wait was reviewed and goes on once more, as the referrer agreed (T18)."""

    result: str
    until: date


@announces("referral.returned.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralReturned(Moved):
    """The service cannot start and gives it back (T19), or until an agreed day (T21)."""

    result: str
    alternatives: tuple[UUID, ...]
    re_refer_on: date | None


@announces("referral.held.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralHeld(Moved):
    """It rests for a while (T22), and is looked at again on `review_on`."""

    reason: str
    review_on: date


@announces("referral.completed.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralCompleted(Moved):
    """The service has done its part (T25, T29); without outcomes, they are still owed."""

    outcomes: tuple[Outcome, ...]


@announces("referral.outcome_recorded.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralOutcomeRecorded(Moved):
    """What came of it was written down afterwards (T39)."""

    outcomes: tuple[Outcome, ...]


@announces("referral.reassigned.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralReassigned(Moved):
    """Another worker or team of the same agency has it now (T33)."""

    staff_id: UUID | None
    team: str | None


@announces("referral.contacted.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralContacted(Moved):
    """The receiver tried to reach or see the person (T36); `first`: for the first time it did."""

    code: str
    on: date
    first: bool


@announces("referral.reopened.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralReopened(Moved):
    """A new referral takes up the one it `reopens`, which was over (T30)."""

    reopens: UUID
    reason: str
