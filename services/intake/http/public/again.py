"""What a person told before, as answers of the questions, for when they ask again.

Promise: how to reach them safely, their code word and who must not know are asked afresh, for
they may have changed; what was hidden stays hidden and is shown on no page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.http.public.answers import CARRIED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from services.intake.domain.submission import Contact, Person, Submission
    from services.intake.forms import Typed


def answers_again(told: Submission) -> dict[str, Typed]:
    """Return what need not be typed again, page by page, with what is hidden carried along."""
    household = told.household
    found: dict[str, Typed] = {
        "needs": {"needs": list(told.needs)},
        "place": _place(told.person),
        "about-you": {
            "given_name": told.person.given_name,
            "family_name": told.person.family_name,
        },
        "age": _age(told.person),
        "household": {
            "lives_with": list(household.lives_with) if household else [],
            "household_note": household.note if household else "",
        },
        "speaking": _speaking(told.contact),
        "access": {"access_needs": list(told.access_needs)},
        "story": {"story": told.story},
    }
    kept = {slug: typed for slug, typed in found.items() if any(typed.values())}
    return {**kept, CARRIED: _hidden(told)}


def _hidden(told: Submission) -> Typed:
    return {
        "hidden": _ids(told.hidden_from_agencies),
        "hidden_teams": _ids(told.hidden_from_teams),
        "hidden_staff": _ids(told.hidden_from_staff),
        "hidden_names": list(told.hidden_from_names),
    }


def _ids(ids: Iterable[UUID]) -> list[str]:
    return [str(one) for one in ids]


def _place(who: Person) -> Typed:
    postcode = (who.address.postcode if who.address else None) or ""
    where = "none" if who.no_fixed_abode and not postcode else ""
    return {"postcode": postcode, "where": where}


def _age(who: Person) -> Typed:
    born = who.date_of_birth
    parts = (str(born.day), str(born.month), str(born.year)) if born else ("", "", "")
    # A number of years told long ago is no longer right; a day of birth always is.
    return {**dict(zip(("day", "month", "year"), parts, strict=True)), "years": ""}


def _speaking(contact: Contact) -> Typed:
    return {
        "language": contact.language,
        "interpreter": "yes" if contact.interpreter else "no",
    }
