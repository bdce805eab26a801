"""From a body that was read, whole or in part, to a submission.

What could not be read becomes a value that no rule objects to twice: its fault of shape is
named already, and nothing of it is ever stored.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.submission import (
    Address,
    Channel,
    Consent,
    Contact,
    Discussion,
    Grant,
    Household,
    NamedService,
    Person,
    Submission,
)
from services.intake.http.capacity_bodies import evidence_from

if TYPE_CHECKING:
    from collections.abc import Mapping

Body = dict[str, Any]
NOBODY = UUID(int=0)
NEVER = date.max


def submission_from(body: Mapping[str, Any]) -> Submission:
    """Return the submission that *body*, as its schema loaded it, tells."""
    return Submission(
        person=_person(_dict(body, "person")),
        contact=_contact(_dict(body, "contact")),
        needs=_tuple(body, "needs"),
        story=body.get("story", ""),
        source=body.get("source", ""),
        relationship=body.get("relationship", "professional"),
        consent=consent_from(_dict(body, "consent")),
        urgency=body.get("urgency", "routine"),
        threshold=body.get("threshold"),
        referrals=tuple(_wish(wish) for wish in _dicts(body, "referrals")),
        access_needs=_tuple(body, "access_needs"),
        groups=_tuple(body, "groups"),
        household=_household(body),
        hidden_from_agencies=_tuple(body, "hidden_from_agencies"),
        hidden_from_staff=_tuple(body, "hidden_from_staff"),
        hidden_from_teams=_tuple(body, "hidden_from_teams"),
        hidden_from_names=_tuple(body, "hidden_from_names"),
        onward_of=body.get("onward_of"),
    )


def _household(body: Mapping[str, Any]) -> Household | None:
    told = _dict(body, "household")
    return Household(_tuple(told, "lives_with"), told.get("note", "")) if told else None


def _person(told: Body) -> Person:
    address = told.get("address")
    return Person(
        given_name=told.get("given_name", "").strip(),
        family_name=told.get("family_name", "").strip(),
        date_of_birth=told.get("date_of_birth"),
        address=Address(_tuple(address, "lines"), address.get("postcode")) if address else None,
        no_fixed_abode=told.get("no_fixed_abode", False),
        age=told.get("age"),
    )


def _contact(told: Body) -> Contact:
    return Contact(
        language=told.get("language", "en"),
        interpreter=told.get("interpreter"),
        channels=tuple(_channel(channel) for channel in _dicts(told, "channels")),
        code_word=told.get("code_word"),
    )


def _channel(told: Body) -> Channel:
    return Channel(
        kind=told.get("kind", ""),
        value=told.get("value", "").strip(),
        safe=told.get("safe", "unknown"),
        leave_message=told.get("leave_message", False),
        name_to_ask_for=told.get("name_to_ask_for"),
        times=_tuple(told, "times"),
        who_else_sees=told.get("who_else_sees"),
    )


def consent_from(told: Body) -> Consent:
    """Return the consent that a body, as its schema loaded it, tells."""
    return Consent(
        notice=told.get("notice", ""),
        language=told.get("language", ""),
        method=told.get("method", ""),
        given_by=told.get("given_by", ""),
        valid_until=told.get("valid_until", NEVER),
        grants=tuple(_grant(grant) for grant in _dicts(told, "grants")),
        witness=told.get("witness"),
        **evidence_from(told),
    )


def _grant(told: Body) -> Grant:
    return Grant(
        purpose=told.get("purpose", ""),
        recipient=told.get("recipient", NOBODY),
        categories=_tuple(told, "categories"),
        decision=told.get("decision", "refused"),
    )


def _wish(told: Body) -> NamedService:
    talk = told.get("discussed_with")
    return NamedService(
        service=told.get("service", NOBODY),
        why_this_service=told.get("why_this_service", ""),
        how_eligible=told.get("how_eligible", ""),
        discussed_with=Discussion(**talk) if talk and len(talk) == len(_TALK) else None,
    )


_TALK = ("name", "channel", "at", "agreed")


def _dict(body: Mapping[str, Any], key: str) -> Body:
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def _dicts(body: Mapping[str, Any], key: str) -> list[Body]:
    found = body.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _tuple(body: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    found = body.get(key)
    return tuple(found) if isinstance(found, list) else ()
