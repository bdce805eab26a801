"""The questions of the page on which an agency writes an entry of the guide, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.matching.domain import plain_guide as plain
from services.matching.http import words
from shared.codes import codes
from shared.geography import known_areas

if TYPE_CHECKING:
    from collections.abc import Mapping

ANYWHERE = "anywhere"
PROFILES = {
    "default": "Most services: answer within 5 working days, wait at most 2 months",
    "advice": "Advice: answer within 3 working days, wait at most 20 working days",
    "home_start": "Home visiting: answer within 5 working days, wait at most 2 months",
    "front_door": "Front door: decide within 24 hours",
}
YES_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True, slots=True)
class Field:
    """One question: `kind` is text, words, number, codes or choice; `wrong` is said of it."""

    name: str
    kind: str
    label: str
    hint: str = ""
    wrong: str = "Please put this right."
    known: str = ""


SECTIONS: dict[str, tuple[Field, ...]] = {
    "What it is": (
        Field("name", "text", "Name of the service", wrong="Enter the name of the service."),
        Field("description", "words", "What it offers", "In plain words, as to a neighbour."),
        Field("who_for", "words", "Who it is for"),
        Field("eligibility", "words", "Rules: who can and cannot come"),
        Field("needs", "codes", "What it helps with", wrong="Tick at least one.", known="needs"),
    ),
    "Who fits": (
        Field("minimum_age", "number", "Youngest age (optional)", wrong="Enter whole years."),
        Field(
            "maximum_age",
            "number",
            "Oldest age (optional)",
            wrong="Enter whole years, not below the youngest age.",
        ),
        Field("groups", "codes", "Only for these groups (optional)", known="groups"),
        Field("threshold_low", "choice", "Least help needed (optional)", known="threshold_bands"),
        Field(
            "threshold",
            "choice",
            "Most help needed (optional)",
            wrong="Choose both ends, the lower one first.",
            known="threshold_bands",
        ),
        Field("threshold_guide", "words", "When to refer, and when not yet"),
    ),
    "Where and how": (
        Field("area_codes", "codes", "Where people must live", known="areas"),
        Field("languages", "codes", "Languages", known="languages"),
        Field("interpreters", "choice", "Can you work with an interpreter?", known="yes_no"),
        Field("what_to_bring", "words", "What to bring"),
    ),
    "Waiting": (
        Field(
            "forecast_wait_days",
            "number",
            "Usual wait, in days (optional)",
            wrong="Enter a whole number of days.",
        ),
        Field(
            "occasional_support",
            "words",
            "What people get while they wait",
            "For example a call now and then. Say what it is not, too.",
        ),
        Field("clock_profile", "choice", "What you promise", known="profiles"),
    ),
    "Whom to ask": (
        Field("contact_name", "text", "Name"),
        Field("contact_role", "text", "Role"),
        Field("contact_phone", "text", "Phone"),
        Field("contact_email", "text", "E-mail"),
        Field(
            "website",
            "text",
            "Website",
            wrong="Write the whole address, like https://example.org.",
        ),
        Field("address", "text", "Address"),
        Field("postcode", "text", "Postcode", wrong="Write a whole postcode, like SW18 2PU."),
    ),
    "Who may see this": (
        Field(
            "listed",
            "choice",
            "Who finds this entry?",
            "For a refuge choose workers only.",
            known="listed",
        ),
        Field("location", "choice", "What is shown of the place?", known="location"),
        Field(
            "contact_public", "choice", "What is the public told of whom to ask?", known="public"
        ),
    ),
    "What you need to be told": (
        Field("categories", "codes", "Without this you cannot help", known="categories"),
    ),
}
CONTACT = ("contact_name", "contact_role", "contact_phone", "contact_email")


def choices(known: str) -> dict[str, str]:
    """Return what may be chosen, by value."""
    own = {
        "profiles": PROFILES,
        "listed": plain.LISTED,
        "location": plain.LOCATION,
        "public": plain.CONTACT_PUBLIC,
        "yes_no": YES_NO,
    }
    if known in own:
        return own[known]
    if known == "areas":
        return _areas()
    return {code.code: code.en for code in codes(known).values()}


def agency_says(name: str, shared: Mapping[str, Any]) -> str:
    """Return in words what an agency says for all its services, nothing where it is silent."""
    value = shared.get("contact" if name in CONTACT else name)
    if value is None:
        return ""
    if name in CONTACT:
        return str(value.get(name.removeprefix("contact_")) or "nothing")
    if name == "area_codes":
        return words.area_words(value) if value else "Anywhere"
    if name in {"languages", "categories"}:
        return words.words(name, value) or "none"
    if name == "interpreters":
        return "Yes" if value else "No"
    known = {"clock_profile": "profiles", "contact_public": "public"}.get(name, name)
    return choices(known).get(value, str(value)) if known in _CHOSEN else str(value)


_CHOSEN = frozenset({"profiles", "listed", "location", "public"})


def _areas() -> dict[str, str]:
    found = {ANYWHERE: "Anywhere"}
    for area in known_areas():
        found.setdefault(area.district_code, f"All of {area.district}")
        found[area.ward_code] = f"{area.ward}, {area.district}"
    return found
