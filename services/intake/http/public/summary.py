"""Somebody's answers in the words of the check page, each with the way to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.http.public import answers, offers
from shared.codes import label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from services.intake.drafts import Draft

Row = dict[str, object]
SAFE = {
    "yes": "Safe to use",
    "no": "Not safe: we will not use it",
    "unsure": "Not sure: we will not use it",
}
PLACES = {"none": "No fixed address", "untold": "You would rather not say"}
KINDS = {
    offers.WHO: "who you are and how to reach you",
    offers.PLACE: "your postcode",
    offers.STORY: "your story",
}


def rows(draft: Draft) -> list[Row]:
    """Return every answer but the sharing, in the order of the questions."""
    about, email, phone = (answers.understood(draft, s) for s in ("about-you", "email", "phone"))
    name = f"{about['given_name']} {about['family_name']}".strip()
    born = answers.born(draft)
    return [
        _row("What you need help with", _needs(draft), "needs"),
        _row("Where you live", _place(draft), "place"),
        _row("Your name", [name], "about-you"),
        _row("Date of birth", [f"{born.day} {born:%B %Y}"] if born else [], "about-you"),
        _row("E-mail", _channel(email["email"], email["email_safe"]), "email"),
        _row("Phone", _phone(phone), "phone"),
        _row("Your story", answers.story(draft).split("\n"), "story"),
    ]


def shared_rows(offered: Iterable[offers.Offer], ticked: Collection[str]) -> list[Row]:
    """Return for each agency what it may know."""
    return [_row(offer.agency, [_told(offer, ticked)], "sharing") for offer in offered]


def _row(key: str, lines: Iterable[str], slug: str) -> Row:
    return {"key": key, "lines": [line for line in lines if line], "slug": slug}


def _needs(draft: Draft) -> list[str]:
    return [label("needs", code) for code in answers.needs(draft)]


def _place(draft: Draft) -> list[str]:
    place = answers.understood(draft, "place")
    return [PLACES.get(place["where"]) or answers.postcode(draft) or ""]


def _channel(value: str, safe: str) -> list[str]:
    return [value, SAFE[safe]] if value else []


def _phone(phone: dict[str, str]) -> list[str]:
    lines = _channel(phone["phone"], phone["phone_safe"])
    if lines and phone["phone_safe"] == "yes":
        leave = phone["phone_message"] == "yes"
        lines.append("You may leave a message" if leave else "Do not leave a message")
    return lines


def _told(offer: offers.Offer, ticked: Collection[str]) -> str:
    told = [KINDS[box.kind] for box in offer.boxes if box.value in ticked]
    return f"May know {', '.join(told)}" if told else "May not know anything"
