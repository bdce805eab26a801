"""What intake hears of a referral from its acceptance to its end: only the fields it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.intake.heard import ReferralMoved
from shared.bus.message import Moment, hears


@hears("referral.redirected.v1")
@dataclass(frozen=True, slots=True)
class ReferralRedirected(ReferralMoved):
    """The agency suggests other services; they know nothing of it."""

    alternatives: tuple[UUID, ...] = ()


@hears("referral.waiting.v1")
@dataclass(frozen=True, slots=True)
class ReferralWaiting(ReferralMoved):
    """It is on the waiting list; nobody supports the person yet."""

    expected_start: date | None = None
    review_by: Moment | None = None
    occasional_support: bool = False


@hears("referral.started.v1")
@dataclass(frozen=True, slots=True)
class ReferralStarted(ReferralMoved):
    """Support has started."""


@hears("referral.reviewed.v1")
@dataclass(frozen=True, slots=True)
class ReferralReviewed(ReferralMoved):
    """The wait was reviewed and goes on until then."""

    until: date


@hears("referral.returned.v1")
@dataclass(frozen=True, slots=True)
class ReferralReturned(ReferralMoved):
    """The agency gives it back, perhaps to be asked again on an agreed day."""

    alternatives: tuple[UUID, ...] = ()
    re_refer_on: date | None = None


@hears("referral.held.v1")
@dataclass(frozen=True, slots=True)
class ReferralHeld(ReferralMoved):
    """It pauses, and is looked at again on that day."""

    review_on: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which need something came of."""

    need: str


@hears("referral.completed.v1")
@dataclass(frozen=True, slots=True)
class ReferralCompleted(ReferralMoved):
    """The agency has done its part; of which needs, where it says so already."""

    outcomes: tuple[Outcome, ...] = ()

    @property
    def needs(self) -> tuple[str, ...] | None:
        """Return the needs it says something of."""
        return tuple(one.need for one in self.outcomes) or None


@hears("referral.reopened.v1")
@dataclass(frozen=True, slots=True)
class ReferralReopened(ReferralMoved):
    """A new referral takes up one that was over."""


@hears("service.closed.v1")
@dataclass(frozen=True, slots=True)
class ServiceClosed:
    """A service takes no new referrals until that day."""

    service_id: UUID
    status: str
    until: date | None = None


@hears("service.reopened.v1")
@dataclass(frozen=True, slots=True)
class ServiceReopened:
    """A service takes referrals again."""

    service_id: UUID
    status: str


@hears("service.reviewed.v1")
@dataclass(frozen=True, slots=True)
class ServiceReviewed:
    """An entry of the guide was checked, and counts again."""

    service_id: UUID
    status: str
