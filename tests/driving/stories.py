"""Requests for help that a partner's system would send, with words nobody else uses."""

from __future__ import annotations

import copy
from typing import Any

PERSON: dict[str, Any] = {
    "given_name": "Marigold",
    "family_name": "Thistlewood",
    "date_of_birth": "1980-01-02",
    "address": {"lines": ["1 High St"], "postcode": "SW18 2PU"},
    "no_fixed_abode": False,
}
CONTACT: dict[str, Any] = {
    "language": "en",
    "interpreter": None,
    "channels": [
        {"kind": "email", "value": "marigold@example.org", "safe": "yes", "leave_message": False}
    ],
}
CATEGORIES = ["identity", "contact", "story"]


def a_story(notice: str, recipients: list[str], **changes: Any) -> dict[str, Any]:
    """Return a valid body for POST /api/v1/requests, agreed for *recipients*."""
    grants = [
        {"purpose": "refer", "recipient": agency, "categories": CATEGORIES, "decision": "given"}
        for agency in recipients
    ]
    story = {
        "person": PERSON,
        "contact": CONTACT,
        "needs": ["debt"],
        "threshold": 2,
        "urgency": "routine",
        "story": "Letters keep coming and I dare not open them.",
        "source": "PARTNER_API",
        "relationship": "professional",
        "consent": {
            "notice": notice,
            "language": "en",
            "method": "in_person_verbal",
            "given_by": "self",
            "witness": "Wilhelmina Witness",
            "valid_until": "2027-11-01",
            "grants": grants,
        },
        "referrals": [],
    }
    return copy.deepcopy({**story, **changes})
