"""What each page of /ask accepts, and the sentence a person reads when it does not fit.

Promise: what was typed is kept as typed; it is only understood here, when a page is
sent and once more when the whole is sent.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import phonenumbers
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import OneOf

from services.intake.spelling import email_address
from shared.codes import codes
from shared.geography import normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

Typed = dict[str, str | list[str]]
"""One page as typed: text by field, ticks as a list."""

LONGEST_STORY = 4000
LONGEST_NAME = 100
LONGEST_LINE = 254
OLDEST = 120
SAFE = ("yes", "no", "unsure")
DATE_FIELDS = ("day", "month", "year")


class Page(Schema):
    """One page of the form; fields it does not know (buttons, tokens) are left alone."""

    class Meta:
        """Buttons and tokens travel with the fields."""

        unknown = EXCLUDE

    lists: ClassVar[frozenset[str]] = frozenset()

    def typed(self, form: MultiDict[str, str]) -> Typed:
        """Return this page's fields as typed, line ends and odd forms of letters made one."""
        return {
            name: list(dict.fromkeys(map(tidy, form.getlist(name))))
            if name in self.lists
            else tidy(form.get(name, ""))
            for name in self.fields
        }

    def worth_keeping(self, typed: Typed) -> Typed:
        """Return what of this page we keep; a page may let go of what was taken back."""
        return typed


class Needs(Page):
    """What the person needs help with."""

    lists = frozenset({"needs"})
    needs = fields.List(fields.String(), load_default=list)

    @validates_schema
    def choose_known(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for one tick at least, of those in force today."""
        today = datetime.now(UTC).date()
        known = {code for code, entry in codes("needs").items() if entry.in_force(today)}
        if not data["needs"] or not known.issuperset(data["needs"]):
            raise ValidationError("Choose at least one thing you need help with", "needs")


class Place(Page):
    """Where the person lives, or that they have or want to give no address."""

    where = fields.String(load_default="")
    postcode = fields.String(load_default="")

    def worth_keeping(self, typed: Typed) -> Typed:
        """Let go of a postcode its owner would rather not give."""
        return typed | {"postcode": ""} if typed["where"] else typed

    @validates_schema
    def fit(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a postcode unless one of the two other answers was pressed."""
        if data["where"] in {"none", "untold"}:
            return
        if not data["postcode"]:
            sentence = "Enter your postcode, or press one of the buttons below it"
            raise ValidationError(sentence, "postcode")
        if normalise_postcode(data["postcode"]) is None:
            raise ValidationError("Enter a full postcode, like SW18 2PU", "postcode")


class AboutYou(Page):
    """Who the person is; the date of birth may be left out."""

    given_name = fields.String(load_default="")
    family_name = fields.String(load_default="")
    day = fields.String(load_default="")
    month = fields.String(load_default="")
    year = fields.String(load_default="")

    @validates_schema
    def name(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a first name of sensible length."""
        if not data["given_name"]:
            raise ValidationError("Enter your first name", "given_name")
        for field in ("given_name", "family_name"):
            if len(data[field]) > LONGEST_NAME:
                sentence = f"A name must be {LONGEST_NAME} letters or fewer"
                raise ValidationError(sentence, field)

    @validates_schema
    def born(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a real day in the past, or for none at all."""
        empty = [part for part in DATE_FIELDS if not data[part]]
        if len(empty) == len(DATE_FIELDS):
            return
        if empty:
            words = " and ".join(f"a {part}" for part in empty)
            raise ValidationError(f"Your date of birth must include {words}", empty[0])
        check_birth_date(date_of_birth(data), datetime.now(UTC).date())


class Email(Page):
    """An address for e-mail, if there is one, and whether it is safe."""

    email = fields.String(load_default="")
    email_safe = fields.String(load_default="", validate=OneOf(("", *SAFE), error="Choose one"))

    @validates_schema
    def fit(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a possible address, and with it whether it is safe."""
        if data["email"]:
            check_email(data["email"])
        if data["email"] and not data["email_safe"]:
            raise ValidationError("Tell us if this e-mail is safe to use", "email_safe")
        if data["email_safe"] == "yes" and not data["email"]:
            raise ValidationError("Enter your e-mail address", "email")


class Phone(Page):
    """A telephone number, if there is one, whether it is safe, and messages on it."""

    phone = fields.String(load_default="")
    phone_safe = fields.String(load_default="", validate=OneOf(("", *SAFE), error="Choose one"))
    phone_message = fields.String(
        load_default="", validate=OneOf(("", "yes", "no"), error="Choose one")
    )

    @validates_schema
    def number(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a possible number."""
        if data["phone"] and british_number(data["phone"]) is None:
            raise ValidationError("Enter a phone number, like 020 7946 0018", "phone")
        if data["phone_safe"] == "yes" and not data["phone"]:
            raise ValidationError("Enter your phone number", "phone")

    @validates_schema
    def safety(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask whether a number given is safe; silence about messages means no."""
        if data["phone"] and not data["phone_safe"]:
            raise ValidationError("Tell us if this phone is safe to ring", "phone_safe")


class Story(Page):
    """What happened, in the person's own words, if they wish."""

    story = fields.String(load_default="")

    @validates_schema
    def length(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for fewer words where there are too many."""
        over = len(data["story"]) - LONGEST_STORY
        if over > 0:
            raise ValidationError(f"Your story is {over} characters too long", "story")


def tidy(text: str) -> str:
    """Return *text* with one kind of line end, composed letters and no control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    letters = (one for one in lines if one == "\n" or unicodedata.category(one) != "Cc")
    return unicodedata.normalize("NFC", "".join(letters)).strip()


def date_of_birth(data: Mapping[str, Any]) -> date:
    """Return the day the three inputs name, or raise the sentence that asks for it."""
    try:
        return date(*(int(data[part]) for part in ("year", "month", "day")))
    except (ValueError, OverflowError) as error:
        raise ValidationError("Enter a real date of birth, like 27 3 1980", "day") from error


def check_birth_date(born: date, today: date) -> None:
    """Refuse a day that no living person was born on."""
    if born > today:
        raise ValidationError("Your date of birth must be in the past", "year")
    if today.year - born.year > OLDEST:
        raise ValidationError("Check the year of your date of birth", "year")


def check_email(address: str) -> None:
    """Refuse what cannot be an address for e-mail; nothing is looked up."""
    if email_address(address) is None:
        raise ValidationError("Enter an e-mail address like name@example.org", "email")


def british_number(text: str) -> str | None:
    """Return a possible telephone number in its international form, or None."""
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
