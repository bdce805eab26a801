"""What a person tells at the door, as typed by whoever knocked, and the sentences about it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from services.intake.checks import LONGEST_LINE, LONGEST_STORY
from services.intake.spelling import email_address
from shared.codes import codes
from shared.geography import normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

SAFE = ("", "yes", "no", "unknown")
DATE_PARTS = ("year", "month", "day")


def line(most: int = LONGEST_LINE) -> fields.String:
    """Return a field for a line of text that may be empty."""
    error = f"Write at most {most} characters"
    return fields.String(load_default="", validate=validate.Length(max=most, error=error))


class Told(Schema):
    """One person's answers at the door; what is safe is asked for each way to reach them."""

    class Meta:
        """Buttons and tokens travel with the fields."""

        unknown = EXCLUDE

    given_name, family_name = line(), line()
    day, month, year = line(4), line(4), line(4)
    address, postcode, phone, email = line(), line(12), line(40), line()
    phone_safe = fields.String(load_default="", validate=validate.OneOf(SAFE))
    email_safe = fields.String(load_default="", validate=validate.OneOf(SAFE))
    phone_message = fields.Boolean(load_default=False)
    language = fields.String(load_default="en")
    needs = fields.List(fields.String(), load_default=list)
    hidden = fields.List(fields.String(), load_default=list)
    story = line(LONGEST_STORY)

    @validates_schema
    def who(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a name and a possible date of birth."""
        if not data["given_name"].strip():
            raise ValidationError("Enter their first name", "given_name")
        if any(data[part] for part in DATE_PARTS):
            born(data)

    @validates_schema
    def reach(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a real postcode and address for e-mail, and whether each way is safe."""
        if data["postcode"] and normalise_postcode(data["postcode"]) is None:
            raise ValidationError("Enter a full postcode, like SW18 2PU, or none", "postcode")
        if data["email"] and email_address(data["email"]) is None:
            raise ValidationError("Enter an e-mail address like name@example.org", "email")
        for kind in ("phone", "email"):
            if data[kind] and not data[f"{kind}_safe"]:
                raise ValidationError("Ask them if this is safe to use", f"{kind}_safe")

    @validates_schema
    def chosen(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for one need at least, and known codes."""
        if not data["needs"] or not set(codes("needs")).issuperset(data["needs"]):
            raise ValidationError("Choose at least one thing they need help with", "needs")
        if data["language"] not in codes("languages"):
            raise ValidationError("Choose a language", "language")
        if not all(_is_id(agency) for agency in data["hidden"]):
            raise ValidationError("Choose agencies from the list", "hidden")


def read(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed, as it is kept; raise ValidationError naming each field."""
    told: dict[str, Any] = Told().load(typed(form))
    day = born(told) if any(told[part] for part in DATE_PARTS) else None
    told["born"] = day.isoformat() if day else ""
    told["postcode"] = normalise_postcode(told["postcode"]) or ""
    return told


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the fields as typed."""
    lists = {"needs", "hidden"}
    return {
        name: form.getlist(name) if name in lists else form.get(name, "").strip()
        for name in Told().fields
        if name in form or name in lists
    }


def faults(error: ValidationError) -> dict[str, str]:
    """Return the first sentence for each field, in the order of the page."""
    found: dict[str, Any] = dict(error.messages_dict)
    return {name: str(found[name][0]) for name in Told().fields if name in found}


def born(data: Mapping[str, Any]) -> date:
    """Return the day the three inputs name, or raise the sentence that asks for it."""
    try:
        return date(*(int(data[part]) for part in DATE_PARTS))
    except (ValueError, OverflowError) as error:
        raise ValidationError("Enter a real date of birth, like 27 3 1980", "day") from error


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
