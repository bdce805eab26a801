"""What the pages of /rights/ say, and how they write days and values."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from services.intake.domain.stages import STAGES
from services.intake.forms.spelling import day_from
from services.intake.http import moments
from services.intake.http.referrer.words import CHANGES
from services.intake.http.referrer.words import STATES as REQUEST_STATES
from shared.codes import UnknownCodeError, label
from shared.errors import InvalidError
from shared.geography import known_areas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = {
    "given_name": "First name", "family_name": "Last name", "date_of_birth": "Date of birth",
    "age": "Age", "language": "Language", "interpreter": "Interpreter", "channels": "Ways to reach",
    "code_word": "Code word", "address": "Address", "no_fixed_abode": "No fixed address",
    "lives_with": "Lives with", "note": "Note", "kind": "Kind", "value": "Value", "safe": "Safe",
    "leave_message": "May leave a message", "name_to_ask_for": "Name to ask for",
    "lines": "Lines", "postcode": "Postcode", "state": "State", "needs": "Help with",
    "urgency": "Urgency", "threshold": "Level of need", "access_needs": "Access needs",
    "groups": "Groups", "area_codes": "Areas", "story": "The story", "corrections": "Put right",
    "notes": "Notes to services", "service": "Service", "why_this_service": "Why this service",
    "how_eligible": "How eligible", "source": "How it came", "relationship": "Told by",
    "agency": "Agency", "told_at": "Told", "since": "Since", "at": "When", "role": "Role",
    "purpose": "For what", "what": "What", "until": "Kept until", "why": "Why",
    "backup_days": "Days it may stay in safety copies", "notice": "Notice",
    "method": "How it was said", "given_by": "Given by", "valid_until": "Holds until",
    "recorded_at": "Recorded",
    "answers": "Answers", "category": "Category", "decision": "Answer", "ended_at": "Ended",
    "times": "Times", "who_else_sees": "Who else sees it", "erased": "Erased",
    "reason": "Reason", "old": "Before", "new": "After", "hidden_from": "Who must not know",
    "hidden_from_names": "Names you hide it from", "got_help": "Did you get help",
    "hidden_from_agencies": "Agencies who must not know",
    "hidden_from_teams": "Teams who must not know", "words": "In your words",
    "agencies": "Agencies", "person": "Who you are", "contact": "How to reach you",
    "household": "Who lives with you", "who_else_has_it": "Who else has it",
}  # fmt: skip
LISTS = (
    "needs", "purposes", "categories", "roles", "sources", "access_needs", "groups", "urgency",
    "languages",
)  # fmt: skip
DAY = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
WORD = re.compile(r"[a-z]+(_[a-z]+)+")
TABLES = frozenset(
    {"story", "id", "answers", "corrections", "asked_us_to_look", "shared_for_safety"}
)
"""Told apart from the rows of a summary."""
PLAIN: dict[str, dict[str, str]] = {
    "state": {
        **{state: words for state, (words, _) in REQUEST_STATES.items()},
        **STAGES,
        "cancel_requested": "Asked to stop",
        "on_hold": "Paused",
        "requested": "Asked, not answered yet",
        "deferred": "Not now",
        "refused": "No",
        "given": "Yes",
        "renewed": "Yes, again",
        "expired": "Over: its time has ended",
        "revoked": "Cancelled by us, it was a mistake",
        "invalidated": "It never counted",
        "superseded": "Replaced by a newer answer",
    },
    "decision": {"given": "Yes", "refused": "No"},
    "relationship": {"self": "The person", "professional": "A professional"},
    "given_by": {"self": "The person", "parent_pr": "A parent or guardian", "lpa": "An attorney"},
    "got_help": {"yes": "Yes", "partly": "Partly", "no": "No"},
    "what": {**CHANGES, "hidden_names": "The names of people who must not know"},
    "purpose": {
        "find_whom_they_hide_from": "To find out who must not know",
        "on_the_phone": "On the phone, after the code word",
    },
}
"""Codes of one field in words; the same text in another field may be somebody's own."""
NONE = "\N{EN DASH}"


def sentence(error: InvalidError) -> str:
    """Return what is wrong in one sentence."""
    return error.errors[0].detail if error.errors else str(error)


def day(text: str) -> date:
    """Return the day that was typed, in words or figures, or say how to type it."""
    try:
        return day_from(text, "", "")
    except ValueError:
        raise InvalidError("Write a real date of birth, like 31 January 1980.") from None


def moment(at: datetime | date | str | None) -> str:
    """Return a moment as a person writes it."""
    if at is None:
        return NONE
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    if isinstance(at, datetime) and at.tzinfo:
        return moments.day(at)
    return f"{at.day} {at:%B %Y}"


def name(field: str) -> str:
    """Return what a field is called on paper."""
    return NAMES.get(field, field.replace("_", " ").capitalize())


def rows(told: dict[str, Any]) -> list[dict[str, str]]:
    """Return a record as rows of a summary; what is empty is left out."""
    return [
        {"key": name(field), "value": said}
        for field, value in told.items()
        if field not in TABLES and (said := of(field, value))
    ]


def of(field: str, value: Any) -> str:  # noqa: ANN401 - whatever was kept
    """Return what stands in one field, its codes in the words of that field."""
    if field == "area_codes":
        return area_words(value)
    known = PLAIN.get(field, {})
    if isinstance(value, list | tuple):
        return " / ".join(of(field, one) for one in value)
    return known[value] if isinstance(value, str) and value in known else text(value)


def area_words(area_codes: Iterable[str]) -> str:
    """Return areas by name, the largest first; on which lists a home is, is no area."""
    areas = [code for code in area_codes if ":" not in code]
    named = {a.district_code: a.district for a in known_areas()}
    named |= {a.ward_code: a.ward for a in known_areas() if a.ward_code in areas}
    return ", ".join(dict.fromkeys(named.get(code, code) for code in areas))


def text(value: Any) -> str:  # noqa: ANN401 - whatever was kept
    """Return a value in words."""
    if value is None or value in ("", [], {}, ()):
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return "; ".join(_pairs(value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return " / ".join(text(one) for one in value)
    return _coded(str(value))


def _pairs(items: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for field, value in items:
        if said := of(field, value):
            yield f"{name(field)}: {said}"


def _coded(value: str) -> str:
    for one in LISTS:
        try:
            return label(one, value)
        except UnknownCodeError:
            continue
    if DAY.fullmatch(value):
        return moment(value)
    return value.replace("_", " ") if WORD.fullmatch(value) else value


def as_json(told: dict[str, Any]) -> bytes:
    """Return a bundle as a file that programs and people can read."""
    return orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str)
