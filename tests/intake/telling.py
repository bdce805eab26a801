"""A small partnership, and what people and partners tell: with words nobody else uses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.submission import (
    Address,
    Channel,
    Consent,
    Contact,
    Grant,
    NamedService,
    Person,
    Submission,
)

if TYPE_CHECKING:
    pass

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REFERRER, ADVICE, HOMES, HUB, GONE = (UUID(int=number) for number in range(1, 6))
DEBT, RENT, SHUT = UUID(int=11), UUID(int=12), UUID(int=13)
AREA = "E09000032"
NOTICE = "wandle-2026-11"
EMAIL = "marigold@example.org"
STORY = "Letters keep coming and I dare not open them."
PERSONAL = ("Marigold", "Thistlewood", EMAIL, "1 High St", "SW18 2PU", "1980-01-02", STORY)
ALL = ("identity", "contact", "address", "story", "access_needs")

AGENCIES = {
    REFERRER: ("Alton Family Centre", "agency", True),
    ADVICE: ("Wandle Advice", "agency", True),
    HOMES: ("Homes First", "agency", True),
    HUB: ("Wandle Hub", "hub", True),
    GONE: ("Gone Away", "agency", False),
}
SERVICES = {
    DEBT: (ADVICE, "Debt advice", ["debt"], "open"),
    RENT: (HOMES, "Rent help", ["debt", "housing"], "full"),
    SHUT: (HOMES, "Hostel", ["housing"], "closed_to_referrals"),
}


def a_grant(recipient: UUID = ADVICE, *categories: str, **changes: Any) -> Grant:
    told = {"purpose": "refer", "decision": "given", **changes}
    return Grant(recipient=recipient, categories=categories or ALL, **told)


def a_consent(*grants: Grant, **changes: Any) -> Consent:
    told = {
        "notice": NOTICE,
        "language": "en",
        "method": "online_form",
        "given_by": "self",
        "valid_until": date(2027, 11, 1),
        "grants": grants or (a_grant(),),
    }
    return Consent(**{**told, **changes})


def an_email(value: str = EMAIL, safe: str = "yes", **changes: Any) -> Channel:
    return Channel("email", value, safe, **changes)


def a_submission(**changes: Any) -> Submission:
    told = {
        "person": Person(
            "Marigold", "Thistlewood", date(1980, 1, 2), Address(("1 High St",), "sw182pu")
        ),
        "contact": Contact("en", None, (an_email(),)),
        "needs": ("debt",),
        "story": STORY,
        "source": "SELF_WEB",
        "relationship": "self",
        "consent": a_consent(),
        "access_needs": ("bsl",),
    }
    return Submission(**{**told, **changes})


def naming(service: UUID = DEBT, **changes: Any) -> tuple[NamedService, ...]:
    return (NamedService(service, why_this_service="They know the family.", **changes),)


def a_body(**changes: Any) -> dict[str, Any]:
    """Return a whole valid body of POST /api/v1/requests."""
    grant = {"purpose": "refer", "recipient": str(ADVICE), "categories": ["identity", "story"]}
    channel = {"kind": "email", "value": EMAIL, "safe": "yes", "leave_message": False}
    consent = {
        "notice": NOTICE,
        "language": "en",
        "method": "in_person_verbal",
        "given_by": "self",
        "witness": "Wilhelmina Witness",
        "valid_until": "2027-11-01",
        "grants": [{**grant, "decision": "given"}],
    }
    body = {
        "person": {
            "given_name": "Marigold",
            "family_name": "Thistlewood",
            "date_of_birth": "1980-01-02",
            "address": {"lines": ["1 High St"], "postcode": "SW18 2PU"},
            "no_fixed_abode": False,
        },
        "contact": {"language": "en", "interpreter": None, "channels": [channel]},
        "needs": ["debt", "housing"],
        "threshold": 2,
        "urgency": "routine",
        "story": STORY,
        "source": "PARTNER_API",
        "relationship": "professional",
        "consent": consent,
        "referrals": [
            {
                "service": str(DEBT),
                "why_this_service": "They know the family.",
                "how_eligible": "Lives here",
                "discussed_with": {
                    "name": "Petronella Phone",
                    "channel": "phone",
                    "at": "2026-11-22T10:00:00Z",
                    "agreed": True,
                },
            }
        ],
    }
    return {**json.loads(json.dumps(body)), **changes}
