"""A disclosure in the words and rows of the staff page; what is missing was not granted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from services.intake.spelling import as_dialled
from shared.codes import codes, label

if TYPE_CHECKING:
    from services.intake.usecases import Disclosure

Row = dict[str, str]

KINDS = {"email": "E-mail", "phone": "Phone", "text": "Text messages", "letter": "Letters"}
NOT_SAFE = "Do not use: the person has not said that this is safe"


def rows(answer: Disclosure) -> list[tuple[str, list[Row]]]:
    """Return titled rows for every part that may be seen."""
    sections = [
        ("Who this is about", _person(answer.person)),
        ("How to reach them safely", _contact(answer.contact)),
        ("What they need to take part", _access(answer.access_needs)),
        ("Who lives with them", _household(answer.household)),
        ("Why this service was chosen", _notes(answer.notes)),
    ]
    return [(title, found) for title, found in sections if found]


def _person(told: dict[str, Any] | None) -> list[Row]:
    if not told:
        return []
    found = []
    if "given_name" in told:
        name = f"{told['given_name']} {told['family_name']}".strip()
        found += [_row("Name", name), _row("Date of birth", _day(told["date_of_birth"]))]
    if "no_fixed_abode" in told:
        found.append(_row("Address", _address(told)))
    return found


def _address(told: dict[str, Any]) -> str:
    address = told["address"] or {"lines": [], "postcode": None}
    parts = [*address["lines"], address["postcode"] or ""]
    home = ", ".join(part for part in parts if part)
    return home or ("No fixed address" if told["no_fixed_abode"] else "")


def _contact(told: dict[str, Any] | None) -> list[Row]:
    if not told:
        return []
    found = [_row("Language", _language(told["language"]))]
    if told["interpreter"]:
        found.append(_row("Interpreter", _language(told["interpreter"])))
    if told.get("code_word"):
        found.append(_row("Say this word when you ring", told["code_word"]))
    return found + [_row(KINDS[way["kind"]], _way(way)) for way in told["channels"]]


def _way(way: dict[str, Any]) -> str:
    if "value" not in way:
        return NOT_SAFE
    parts = [as_dialled(way["value"])]
    if way["kind"] == "phone":
        parts.append("a message may be left" if way["leave_message"] else "leave no message")
    if way["name_to_ask_for"]:
        parts.append(f"ask for {way['name_to_ask_for']}")
    if way["times"]:
        times = ", ".join(label("contact_times", code) for code in way["times"])
        parts.append(f"only at these times: {times}")
    if way["who_else_sees"]:
        parts.append(f"who else may see or hear it: {way['who_else_sees']}")
    return "; ".join(part for part in parts if part)


def _access(told: tuple[str, ...] | None) -> list[Row]:
    return [_row("Support", label("access_needs", code)) for code in told or ()]


def _household(told: dict[str, Any] | None) -> list[Row]:
    if not told:
        return []
    people = [label("household", code) for code in told["lives_with"]]
    found = [_row("At home", "; ".join(people))] if people else []
    return found + ([_row("In their words", told["note"])] if told["note"] else [])


def _notes(told: dict[str, Any] | None) -> list[Row]:
    if not told:
        return []
    found = [
        _row("Why this service", told["why_this_service"]),
        _row("How they are eligible", told["how_eligible"]),
    ]
    talk = told["discussed_with"]
    if talk:
        agreed = "agreed" if talk["agreed"] else "not agreed yet"
        found.append(_row("Discussed with", f"{talk['name']}, by {talk['channel']}: {agreed}"))
    return found


def _language(code: str) -> str:
    entry = codes("languages").get(code)
    return entry.en if entry else code


def _day(written: str | None) -> str:
    if not written:
        return ""
    day = date.fromisoformat(written)
    return f"{day.day} {day:%B %Y}"


def _row(key: str, value: str) -> Row:
    return {"key": key, "value": value}
