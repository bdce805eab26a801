"""The exact words somebody read, as canonical JSON and its hash."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from services.intake.domain.wording import Shown, Wording
from services.intake.forms.model import say
from services.intake.forms.reading import journey

if TYPE_CHECKING:
    from services.intake.forms.model import Field, Page, Text


def wording(words: object) -> Wording:
    """Return *words*, any JSON, as one text with its hash."""
    text = orjson.dumps(words, option=orjson.OPT_SORT_KEYS)
    return Wording(text.decode(), hashlib.sha256(text).hexdigest())


@cache
def wording_of(name: str, language: str) -> Wording:
    """Return every word of the journey *name* in *language*."""
    return wording([_page(page, language) for page in journey(name).pages])


def shown(name: str, language: str, consent: object) -> Shown:
    """Return what was read in the journey *name* before agreeing to *consent*."""
    version = journey(name).version
    return Shown(name, version, language, wording_of(name, language), wording(consent))


def _page(page: Page, language: str) -> dict[str, Any]:
    return {
        "page": page.slug,
        "title": say(page.title, language),
        "lead": _said(page.lead, language),
        "after": _said(page.after, language),
        "fields": [_field(field, language) for field in page.fields],
    }


def _field(field: Field, language: str) -> dict[str, Any]:
    options = [_said((option.text, option.hint), language) for option in field.options]
    return {
        "name": field.name,
        "label": say(field.label, language),
        "hint": say(field.hint, language),
        "options": options,
    }


def _said(texts: tuple[Text, ...], language: str) -> list[str]:
    return [say(text, language) for text in texts]
