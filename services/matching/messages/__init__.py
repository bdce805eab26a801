"""What matching tells the other services."""

from __future__ import annotations

from services.matching.messages.deals import (
    AgreementChanged,
    AgreementParty,
    CaseListed,
    CaseReviewed,
)
from services.matching.messages.guide import (
    AgencyChanged,
    CapacityChanged,
    ServiceClosed,
    ServicePublished,
    ServiceReopened,
    ServiceReviewed,
)
from services.matching.messages.referrals import (
    MatchFailed,
    ReferralAccepted,
    ReferralDeclined,
    ReferralOpened,
    ReferralProposed,
    ReferralSent,
)
from services.matching.messages.stopping import (
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralCancelRefused,
    ReferralCancelRequested,
    ReferralHalted,
    ReferralInformationGiven,
    ReferralInformationRequested,
    ReferralResumed,
    ReferralVoided,
    ReferralWithdrawn,
)

__all__ = [
    "AgencyChanged",
    "AgreementChanged",
    "AgreementParty",
    "CapacityChanged",
    "CaseListed",
    "CaseReviewed",
    "MatchFailed",
    "ReferralAccepted",
    "ReferralAcknowledged",
    "ReferralCancelRefused",
    "ReferralCancelRequested",
    "ReferralCancelled",
    "ReferralDeclined",
    "ReferralHalted",
    "ReferralInformationGiven",
    "ReferralInformationRequested",
    "ReferralOpened",
    "ReferralProposed",
    "ReferralResumed",
    "ReferralSent",
    "ReferralVoided",
    "ReferralWithdrawn",
    "ServiceClosed",
    "ServicePublished",
    "ServiceReopened",
    "ServiceReviewed",
]
