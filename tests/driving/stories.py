"""Requests for help that a partner's system would send, with words nobody else uses."""

from __future__ import annotations

import copy
import secrets
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
SUFFIX = 8
CATEGORIES = ["identity", "contact", "story"]


def someone_else() -> dict[str, Any]:
    """Return a person whom no agency has asked help for yet."""
    return {**PERSON, "given_name": f"Marigold {secrets.token_hex(SUFFIX // 2)}"}


def a_story(notice: str, recipients: list[str], **changes: Any) -> dict[str, Any]:
    """Return a valid body for POST /api/v1/requests, agreed for *recipients*.

    Each is of another person: an agency that asks twice for the same one is told so.
    """
    grants = [
        {"purpose": "refer", "recipient": agency, "categories": CATEGORIES, "decision": "given"}
        for agency in recipients
    ]
    story = {
        "person": someone_else(),
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


def with_change(body: Any, pointer: str, value: Any) -> Any:
    """Return *body* with one place changed; ... takes it out."""
    *stem, last = pointer.strip("/").split("/")
    place = body
    for step in stem:
        place = place[int(step) if step.isdigit() else step]
    key: Any = int(last) if last.isdigit() else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return body
