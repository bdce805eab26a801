"""Marshmallow schemas built from definitions, and the one sentence for each field that is wrong.

Promise: what was typed is kept as typed; it is only understood here, when a page is sent and
once more when the whole is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from services.intake.domain.dates import OLDEST, whole_years
from services.intake.forms.model import Field, Option, Page, say
from services.intake.forms.reading import words
from services.intake.forms.spelling import day_from, tidy
from services.intake.spelling import email_address, telephone_number
from shared.codes import codes
from shared.geography import normalise_postcode

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from services.intake.forms.conditions import Told, Typed

Fits = Callable[[Field, str], bool]
Choices = Mapping[str, tuple[Option, ...]]
"""What may be chosen now in fields whose list is not in the definition, by field."""


class PageSchema(Schema):
    """One page; fields it does not know (buttons, tokens) are left alone."""

    class Meta:
        """Buttons and tokens travel with the fields."""

        unknown = EXCLUDE

    of_page: ClassVar[Page]
    in_language: ClassVar[str]

    @validates_schema
    def check_dates(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask for a real day in the past, or for none at all."""
        for field in self.of_page.fields:
            if field.type == "date" and any(data[name] for name in field.inputs):
                _check_day(field, data, self.in_language)


@cache
def schema_of(page: Page, language: str) -> PageSchema:
    """Return the schema of *page*, its sentences in *language*; made once."""
    inputs = {name: _input(field, language) for field in page.fields for name in field.inputs}
    named = {"of_page": page, "in_language": language}
    kind: type[PageSchema] = type(f"Page {page.slug}", (PageSchema,), {**inputs, **named})
    return kind()


def typed(page: Page, form: MultiDict[str, str]) -> Typed:
    """Return what a browser sent of *page*, spelled in one way.

    An answer given by a button takes the place of what was typed into the page.
    """
    sent: Typed = {}
    for field in page.fields:
        for name in field.inputs:
            several = list(dict.fromkeys(map(tidy, form.getlist(name))))
            sent[name] = several if field.several else tidy(form.get(name, ""))
    pressed = {f.name for f in page.fields if f.type == "instead" and sent[f.name]}
    if not pressed:
        return sent
    return {name: value if name in pressed else type(value)() for name, value in sent.items()}


def faults(page: Page, told: Told, choices: Choices, language: str) -> dict[str, str]:
    """Return the first sentence for each input of *page* that needs putting right, in order."""
    answer = told.answers[page.slug]
    found: dict[str, Any] = {}
    for rule in page.rules:
        if rule.when(told):
            found.setdefault(rule.field, say(rule.say, language))
    found |= _gone(page, answer, choices, language)
    try:
        schema_of(page, language).load(answer)
    except ValidationError as error:
        found |= error.messages_dict
    inputs = [name for field in page.fields for name in field.inputs]
    return {name: _sentence(found[name]) for name in inputs if name in found}


def _gone(page: Page, answer: Typed, choices: Choices, language: str) -> dict[str, str]:
    found = {}
    for field in page.fields:
        if field.name in choices:
            known = {option.value for option in choices[field.name]}
            if not known.issuperset(filter(None, _as_list(answer[field.name]))):
                found[field.name] = say(field.wrong, language)
    return found


def _as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _sentence(found: Any) -> str:  # noqa: ANN401 - marshmallow nests its messages freely
    while not isinstance(found, str):
        found = next(iter(found.values() if isinstance(found, dict) else found))
    return found


def _input(field: Field, language: str) -> fields.Field[Any]:
    def check(value: str) -> None:
        if not value and field.required:
            raise ValidationError(say(field.required, language))
        if value and not FITS[field.type](field, value):
            over = str(len(value) - field.longest)
            raise ValidationError(say(field.wrong, language).replace("{over}", over))

    def check_all(values: list[str]) -> None:
        for value in values or ("",):
            check(value)

    if field.several:
        return fields.List(fields.String(), load_default=list, validate=check_all)
    return fields.String(load_default="", validate=check)


def _is_short(field: Field, value: str) -> bool:
    return len(value) <= field.longest


def _is_number(field: Field, value: str) -> bool:
    short = value.isascii() and value.isdecimal() and len(value) <= len(str(field.longest))
    return short and int(value) <= field.longest


def _is_option(field: Field, value: str) -> bool:
    return any(value == option.value for option in field.options)


def _is_code(field: Field, value: str) -> bool:
    entry = codes(field.source).get(value)
    return entry is not None and entry.in_force(datetime.now(UTC).date())


def _is_any(_field: Field, _value: str) -> bool:
    return True


FITS: Mapping[str, Fits] = {
    "text": _is_short,
    "lines": _is_short,
    "story": _is_short,
    "number": _is_number,
    "choice": _is_option,
    "choices": _is_option,
    "instead": _is_option,
    "code": _is_code,
    "codes": _is_code,
    "agencies": _is_any,
    "teams": _is_any,
    "practice": _is_any,
    "date": _is_any,
    "email": lambda field, value: _is_short(field, value) and email_address(value) is not None,
    "phone": lambda field, value: _is_short(field, value) and telephone_number(value) is not None,
    "postcode": lambda _field, value: normalise_postcode(value) is not None,
}


def _check_day(field: Field, data: Mapping[str, Any], language: str) -> None:
    try:
        day = day_from(*(data[name] for name in field.inputs))
    except ValueError as error:
        raise _unreal(field, data, language) from error
    today = datetime.now(UTC).date()
    problem = _not_lived(day, today)
    if problem:
        raise ValidationError(say(words()[problem], language), "year")


def _not_lived(day: date, today: date) -> str | None:
    if day > today:
        return "date_future"
    return "date_old" if whole_years(day, today) > OLDEST else None


def _unreal(field: Field, data: Mapping[str, Any], language: str) -> ValidationError:
    empty = [name for name in field.inputs if not data[name]]
    # A whole day in the first box that is none: to ask for a month as well would lead astray.
    if not empty or len(data["day"].split()) > 1:
        return ValidationError(say(field.wrong, language), "day")
    joined = f" {say(words()['and'], language)} "
    parts = joined.join(say(words()[f"a_{name}"], language) for name in empty)
    return ValidationError(say(words()["date_needs"], language).replace("{parts}", parts), empty[0])
