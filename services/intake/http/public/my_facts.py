"""/my/correct: a person puts right a name, a date of birth, a home or their story.

Promise: what was typed is kept as typed when it does not fit; two pages open at once never
undo each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, request, url_for

from services.intake.domain.submission import Address, Person
from services.intake.errors import NotPossibleError, StaleVersionError
from services.intake.forms.spelling import day_from, tidy
from services.intake.http.public import browser
from services.intake.http.public.my_visit import mine, once_shown
from services.intake.http.public.pages import page
from services.intake.usecases.amending import amend_request
from services.intake.usecases.own_details import own_details
from shared.errors import InvalidError
from shared.geography import normalise_postcode
from shared.web import current_store
from shared.web.access import person, principal

if TYPE_CHECKING:
    from flask import Response

    from services.intake.domain.submission import Submission

bp = Blueprint("facts", __name__)
TITLES = {
    "name": "What is your name?",
    "born": "When were you born?",
    "home": "Where do you live?",
    "story": "What would you like us to know?",
}
FIELDS = {
    "name": ("given_name", "family_name"),
    "born": ("day", "month", "year"),
    "home": ("line", "postcode", "none"),
    "story": ("story",),
}
LONGEST = {"story": 4000}
LONGEST_LINE = 200
ELSEWHERE = "This was changed elsewhere meanwhile. Look at it again, then save"
ENDED = "This request has ended. It can no longer be changed here"
Typed = dict[str, str]


class _DoesNotFitError(Exception):
    """One sentence for one field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.found = {field: sentence}


@bp.get("/correct/<fact>")
@person()
@once_shown("details")
def ask(fact: str) -> Response:
    """Show what we have, to be put right."""
    if fact not in TITLES:
        abort(404)
    with current_store().begin(actor=principal()) as tx:
        told, version = own_details(mine(), tx)
    return _fact_page(fact, _now(fact, told), version)


@bp.post("/correct/<fact>")
@person()
@once_shown("details")
def save(fact: str) -> Response:
    """Keep what is right now; what was stays on record, sealed."""
    if fact not in TITLES:
        abort(404)
    typed = {name: tidy(request.form.get(name, "")) for name in FIELDS[fact]}
    version = _version()
    try:
        with current_store().begin(actor=principal()) as tx:
            told, _ = own_details(mine(), tx)
            change = _change(fact, typed, told)
            amend_request(mine(), change, None, tx, version=version)
    except _DoesNotFitError as error:
        return _fact_page(fact, typed, version, error.found)
    except InvalidError as error:
        return _fact_page(fact, typed, version, {FIELDS[fact][0]: error.errors[0].detail})
    except StaleVersionError as error:
        return _fact_page(fact, typed, error.members["version"], {FIELDS[fact][0]: ELSEWHERE})
    except NotPossibleError:
        return _fact_page(fact, typed, version, {FIELDS[fact][0]: ENDED})
    return browser.onward(url_for("my.details.show", done="changed"))


def _change(fact: str, typed: Typed, told: Submission) -> dict[str, Any]:
    for name, text in typed.items():
        over = len(text) - LONGEST.get(name, LONGEST_LINE)
        if over > 0:
            raise _DoesNotFitError(name, f"This is {over} character{'s'[: over - 1]} too long")
    if fact == "story":
        return {"story": typed["story"]}
    return {"person": _PEOPLE[fact](told.person, typed)}


def _named(who: Person, typed: Typed) -> Person:
    if not typed["given_name"]:
        raise _DoesNotFitError("given_name", "Enter your first name")
    return replace(who, given_name=typed["given_name"], family_name=typed["family_name"])


def _born(who: Person, typed: Typed) -> Person:
    if not any(typed.values()):
        return replace(who, date_of_birth=None)
    try:
        return replace(who, date_of_birth=day_from(typed["day"], typed["month"], typed["year"]))
    except ValueError as error:
        sentence = "Enter a real date of birth, like 27 3 1980"
        raise _DoesNotFitError("day", sentence) from error


def _housed(who: Person, typed: Typed) -> Person:
    if typed["none"]:
        return replace(who, address=None, no_fixed_abode=True)
    postcode = normalise_postcode(typed["postcode"]) if typed["postcode"] else None
    if typed["postcode"] and postcode is None:
        raise _DoesNotFitError("postcode", "Enter a full postcode, like SW18 2PU")
    lines = tuple(line for line in typed["line"].split("\n") if line.strip())
    there = Address(lines, postcode) if lines or postcode else None
    return replace(who, address=there, no_fixed_abode=False)


_PEOPLE = {"name": _named, "born": _born, "home": _housed}


def _now(fact: str, told: Submission) -> Typed:
    who, born = told.person, told.person.date_of_birth
    address = who.address or Address()
    facts = {
        "given_name": who.given_name,
        "family_name": who.family_name,
        "day": str(born.day) if born else "",
        "month": str(born.month) if born else "",
        "year": str(born.year) if born else "",
        "line": "\n".join(address.lines),
        "postcode": address.postcode or "",
        "none": "yes" if who.no_fixed_abode else "",
        "story": told.story,
    }
    return {name: facts[name] for name in FIELDS[fact]}


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0


def _fact_page(
    fact: str, typed: Typed, version: int | None, errors: dict[str, str] | None = None
) -> Response:
    return page(
        f"my/correct-{fact}.html",
        TITLES[fact],
        errors=errors,
        fact=fact,
        typed=typed,
        version=version,
        back=url_for("my.details.show"),
    )
