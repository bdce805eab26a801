"""What matching tells when a referral stops, pauses, goes on or is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from shared.bus.message import Moment, announces


@dataclass(frozen=True, slots=True)
class Moved:
    """A referral that took a step, and the two sides of it."""

    referral_id: UUID
    request_id: UUID
    reference: str
    service_id: UUID
    agency_id: UUID
    referrer_agency_id: UUID | None


@announces("referral.information_requested.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralInformationRequested(Moved):
    """The receiver has a question (T9); its words are a note, not here."""

    answer_by: Moment


@announces("referral.information_given.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralInformationGiven(Moved):
    """The question was answered (T10)."""


@announces("referral.cancelled.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralCancelled(Moved):
    """Taken back before anybody opened it (T24); not `sent`: the agency knows nothing of it."""

    reason: str
    sent: bool


@announces("referral.cancel_requested.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralCancelRequested(Moved):
    """The referrer asks to stop what is already under way (T25); the receiver settles it."""

    reason: str


@announces("referral.cancel_refused.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralCancelRefused(Moved):
    """The receiver goes on (T25), and says why by code."""

    reason: str
    state: str


@announces("referral.halted.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralHalted(Moved):
    """Consent is lost (T26): stop at once, and say so by `answer_by`."""

    reason: str
    answer_by: Moment


@announces("referral.acknowledged.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralAcknowledged(Moved):
    """The receiver has stopped, or states by code its own basis in law to go on (T26)."""

    basis: str | None


@announces("referral.resumed.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralResumed(Moved):
    """It goes on where it was (T27): consent or another basis is there again."""

    state: str


@announces("referral.withdrawn.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralWithdrawn(Moved):
    """It ended without being completed (T25, T28, T38); the reason is a code.

    Not `sent`: it was only proposed, and the agency knows nothing of it. `with_request`: the
    whole request ended, which its owner tells (T38).
    """

    reason: str
    sent: bool
    with_request: bool


@announces("referral.voided.v1", subject="referral_id")
@dataclass(frozen=True, slots=True)
class ReferralVoided(Moved):
    """The request was entered in error, and so was this (T38)."""

    reason: str
    sent: bool
