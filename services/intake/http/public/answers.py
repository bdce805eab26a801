"""What the answers of a draft mean: the values that intake's use cases take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from services.intake.domain.dates import whole_years
from services.intake.domain.submission import Address, Channel, Contact, Person
from services.intake.http.public import forms
from services.intake.http.public.journey import BY_SLUG
from shared.geography import area_of, normalise_postcode

if TYPE_CHECKING:
    from datetime import date

    from services.intake.drafts import Draft

SAFE_WORDS = {"yes": "yes", "no": "no", "unsure": "unknown"}
VALID_YEARS = 1


def understood(draft: Draft, slug: str) -> dict[str, Any]:
    """Return one page as its schema understands it; raise ValidationError if it no longer does."""
    return cast("dict[str, Any]", BY_SLUG[slug].page.load(draft.answers.get(slug, {})))


def needs(draft: Draft) -> tuple[str, ...]:
    """Return the needs that were ticked."""
    return tuple(understood(draft, "needs")["needs"])


def postcode(draft: Draft) -> str | None:
    """Return the postcode, if one was given."""
    place = understood(draft, "place")
    return None if place["where"] else normalise_postcode(place["postcode"])


def area_codes(draft: Draft) -> tuple[str, ...]:
    """Return the codes of the area; none where it is unknown."""
    given = postcode(draft)
    area = area_of(given) if given else None
    return area.codes if area else ()


def born(draft: Draft) -> date | None:
    """Return the date of birth, if one was given."""
    about = understood(draft, "about-you")
    return forms.date_of_birth(about) if about["day"] else None


def age(draft: Draft, today: date) -> int | None:
    """Return the age in whole years, if the date of birth was given."""
    day = born(draft)
    return whole_years(day, today) if day else None


def story(draft: Draft) -> str:
    """Return the story, empty if there is none."""
    return str(understood(draft, "story")["story"])


def person(draft: Draft) -> Person:
    """Return who needs help."""
    about, given = understood(draft, "about-you"), postcode(draft)
    return Person(
        given_name=about["given_name"],
        family_name=about["family_name"],
        date_of_birth=born(draft),
        address=Address(postcode=given) if given else None,
        no_fixed_abode=understood(draft, "place")["where"] == "none",
    )


def contact(draft: Draft) -> Contact:
    """Return how the person may be reached, unsafe ways named as such."""
    return Contact(channels=tuple(filter(None, (_email(draft), _phone(draft)))))


def reachable(draft: Draft) -> bool:
    """Tell whether there is any way that is safe."""
    return any(channel.safe == "yes" for channel in contact(draft).channels)


def valid_until(today: date) -> date:
    """Return the last day of a consent given today: a year on, clamped to the month's end."""
    try:
        return today.replace(year=today.year + VALID_YEARS)
    except ValueError:
        return today.replace(year=today.year + VALID_YEARS, day=28)


def _email(draft: Draft) -> Channel | None:
    page = understood(draft, "email")
    if not page["email"]:
        return None
    # Whoever says an address for e-mail is safe says that a message may lie in it.
    safe = SAFE_WORDS[page["email_safe"]]
    return Channel("email", page["email"], safe, leave_message=safe == "yes")


def _phone(draft: Draft) -> Channel | None:
    page = understood(draft, "phone")
    number = forms.british_number(page["phone"]) if page["phone"] else None
    if number is None:
        return None
    safe = SAFE_WORDS[page["phone_safe"]]
    leave = safe == "yes" and page["phone_message"] == "yes"
    return Channel("phone", number, safe, leave_message=leave)
