"""Somebody's answers in the words of the check page, each with the way to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.forms import Field, Option, day_from, say, words
from services.intake.http.public.consent_words import sentence
from shared.codes import label
from shared.geography import normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from services.intake.forms import Page, Typed
    from services.intake.http.public.asking import Asking
    from services.intake.http.public.offers import Box, Offer

Row = dict[str, object]
OPTIONAL = " (optional)"
SPEAK_FOR_THEMSELVES = frozenset(
    {"codes", "choices", "agencies", "teams", "email", "postcode", "story"}
)


def rows(asked: Asking) -> list[Row]:
    """Return every answer that counts but the sharing, in the order of the questions."""
    answers = asked.effective()
    path = asked.way.journey.path(asked.told())
    return [
        _row(say(page.short, asked.language), _lines(page, answers[page.slug], asked), page.slug)
        for page in path
        if page.fields and page.slug in answers
    ]


def shared_rows(offered: Iterable[Offer], ticked: Collection[str], language: str) -> list[Row]:
    """Return for each agency what it may know."""
    return [
        _row(_heading(offer, language), [_told(offer, ticked, language)], "sharing")
        for offer in offered
    ]


def _row(key: str, lines: Iterable[str], slug: str) -> Row:
    return {"key": key, "lines": [line for line in lines if line], "slug": slug}


def _heading(offer: Offer, language: str) -> str:
    if offer.helps:
        return offer.agency
    return f"{offer.agency}: {label('purposes', offer.purpose, language)}"


def _lines(page: Page, typed: Typed, asked: Asking) -> Iterable[str]:
    choices = asked.around.choices(page)
    for field in page.fields:
        options = {o.value: o for o in choices.get(field.name, field.options)}
        for value in _values(field, typed):
            lines = _words(field, value, asked.language, options)
            yield from _led(field, lines, len(page.fields), asked.language)


def _values(field: Field, typed: Typed) -> list[str]:
    if field.type == "date":
        return [_day(typed)] if any(typed[name] for name in field.inputs) else []
    value = typed.get(field.name, "")  # a draft may be older than the field
    return value if isinstance(value, list) else [value] if value else []


def _day(typed: Typed) -> str:
    day = day_from(*(str(typed[name]) for name in ("day", "month", "year")))
    return f"{day.day} {day:%B %Y}"


def _words(field: Field, value: str, language: str, options: dict[str, Option]) -> list[str]:
    if field.type in {"code", "codes"}:
        return [label(field.source, value, "en")]
    if field.type == "postcode":
        return [normalise_postcode(value) or value]
    option = options.get(value)
    if option is None:
        return value.split("\n")
    hint = say(option.hint, language)
    if field.type == "instead":
        return [hint]
    return [f"{say(option.text, language)}. {hint}" if hint else say(option.text, language)]


def _led(field: Field, lines: list[str], fields: int, language: str) -> Iterable[str]:
    """Yield *lines*, the first led by what was asked where that is not plain from the answer."""
    asked = say(field.label, language).replace(OPTIONAL, "")
    if fields == 1 or not asked or field.type in SPEAK_FOR_THEMSELVES or field.type == "instead":
        return iter(lines)
    mark = "" if asked.endswith("?") else ":"
    return iter([f"{asked}{mark} {lines[0]}", *lines[1:]])


def _told(offer: Offer, ticked: Collection[str], language: str) -> str:
    told = [_kind(box, offer, language) for box in offer.boxes if box.value in ticked]
    return f"May know: {', '.join(told)}" if told else "May not know anything"


def _kind(box: Box, offer: Offer, language: str) -> str:
    kind = "who_only" if box.kind == "who" and not offer.helps else box.kind
    told = sentence(kind, language)
    return told[0].lower() + told[1:]


def missing_words(language: str) -> str:
    """Return what stands where nothing was told."""
    return say(words()["not_provided"], language)
