"""Sharing without agreement in the plain words and rows of the staff pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from services.intake.domain.overrides import ENDED, UPHELD, WHY_NO_CONSENT, WHY_NOT_TOLD
from shared.codes import codes, label

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from services.intake.usecases.reviewing import Received, SeenOverride

HERE = ZoneInfo("Europe/London")
CATEGORIES = {
    "contact": "Phone, e-mail and how to reach them safely",
    "story": "What they told us",
    "household": "Who lives with them",
    "access_needs": "Support they need to use a service",
}
"""Where the words of the list speak to the person, and these to staff."""
DECISIONS = {
    UPHELD: "Yes, it may go on",
    ENDED: "No, it must end now",
}


def hour(at: datetime) -> str:
    """Return a moment as people here write it."""
    local = at.astimezone(HERE)
    return f"{local.day} {local:%B %Y, %H:%M}"


def items(pairs: Iterable[tuple[str, str]], chosen: Iterable[str]) -> list[dict[str, Any]]:
    """Return the items of radios or checkboxes, those in *chosen* marked."""
    marked = set(chosen)
    return [{"value": v, "text": text, "checked": v in marked} for v, text in pairs]


def category(code: str) -> str:
    """Return what a category is called on a page of staff."""
    return CATEGORIES.get(code) or label("categories", code)


def categories(today: date) -> list[tuple[str, str]]:
    """Return the categories that may be chosen today, in the words of staff."""
    return [(code, category(code)) for code, _ in in_force("categories", today)]


def in_force(name: str, today: date) -> list[tuple[str, str]]:
    """Return the codes of a list that may be chosen today, with their words."""
    return [(code, entry.en) for code, entry in codes(name).items() if entry.in_force(today)]


def rows(seen: SeenOverride) -> list[dict[str, str]]:
    """Return what is shown of an override without opening anything."""
    told = "Yes" if seen.person_told else f"No. {WHY_NOT_TOLD.get(seen.why_not_told or '', '')}"
    agencies = dict.fromkeys(agency for agency, _ in seen.grants)
    what = dict.fromkeys(c for _, grant in seen.grants for c in grant.categories)
    return [
        {"key": "Request", "value": seen.reference},
        {"key": "Ground in law", "value": label("override_grounds", seen.ground)},
        {"key": "Why there is no agreement", "value": WHY_NO_CONSENT[seen.why_no_consent]},
        {"key": "Who may know", "value": ", ".join(agencies)},
        {"key": "What they may know", "value": "; ".join(category(c) for c in what)},
        {"key": "Has the person been told", "value": told},
        {"key": "Recorded", "value": f"{hour(seen.recorded_at)}, {seen.by_agency}"},
        {"key": "A second person looks by", "value": hour(seen.review_by)},
    ]


def standing(seen: SeenOverride) -> dict[str, str]:
    """Return in a word where an override stands, and how pressing it is."""
    if seen.state == UPHELD:
        return {"text": "Goes on", "tone": "good"}
    if seen.state == ENDED:
        return {"text": "Ended", "tone": "neutral"}
    if seen.lapsed:
        return {"text": "Late: shares nothing new", "tone": "urgent"}
    return {"text": "To look at", "tone": "today"}


def recorded(found: Iterable[SeenOverride]) -> list[list[Any]]:
    """Return the table of overrides to look at, and of those that were looked at."""
    return [
        [
            {"text": one.reference, "href": f"/requests/overrides/{one.id}"},
            label("override_grounds", one.ground),
            one.by_agency,
            hour(one.review_by),
            standing(one),
        ]
        for one in found
    ]


def shared_with_us(found: Iterable[Received]) -> list[list[Any]]:
    """Return the table of what other agencies share with the reader's."""
    return [
        [
            {"text": one.reference, "href": f"/requests/{one.request_id}/person?shared=1"},
            label("override_grounds", one.ground),
            hour(one.recorded_at),
        ]
        for one in found
    ]
