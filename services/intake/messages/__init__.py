"""What intake tells the other services: ids, codes and times, never who the person is."""

from __future__ import annotations

from services.intake.messages.consents import (
    ConsentDeferred,
    ConsentExpired,
    ConsentGiven,
    ConsentInvalidated,
    ConsentRefused,
    ConsentRenewed,
    ConsentRequested,
    ConsentRevoked,
    ConsentSuperseded,
    ConsentWithdrawn,
    OverrideRecorded,
    OverrideReviewed,
)
from services.intake.messages.contacts import ContactChanged, ContactReleased, ContactWithheld
from services.intake.messages.duty import RotaChanged
from services.intake.messages.grants import Grant
from services.intake.messages.leads import LeadClosed, LeadImported, LeadVisited
from services.intake.messages.requests import (
    RequestAmended,
    RequestClosed,
    RequestErased,
    RequestFeedbackGiven,
    RequestFlagged,
    RequestNamesSettled,
    RequestNamesToFind,
    RequestRestricted,
    RequestSubmitted,
    RequestVoided,
    RequestWithdrawn,
)

__all__ = [
    "ConsentDeferred",
    "ConsentExpired",
    "ConsentGiven",
    "ConsentInvalidated",
    "ConsentRefused",
    "ConsentRenewed",
    "ConsentRequested",
    "ConsentRevoked",
    "ConsentSuperseded",
    "ConsentWithdrawn",
    "ContactChanged",
    "ContactReleased",
    "ContactWithheld",
    "Grant",
    "LeadClosed",
    "LeadImported",
    "LeadVisited",
    "OverrideRecorded",
    "OverrideReviewed",
    "RequestAmended",
    "RequestClosed",
    "RequestErased",
    "RequestFeedbackGiven",
    "RequestFlagged",
    "RequestNamesSettled",
    "RequestNamesToFind",
    "RequestRestricted",
    "RequestSubmitted",
    "RequestVoided",
    "RequestWithdrawn",
    "RotaChanged",
]
