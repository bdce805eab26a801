"""Reading definitions: JSON beside this module becomes journeys, once per process.

Promise: what the engine does not know (a key, a type, an operator, a language left out) is
refused when it is read, not when somebody in need opens the page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from services.intake.forms.conditions import DefinitionError, condition
from services.intake.forms.model import TYPES, Field, Journey, Option, Page, Rule, Text

FOLDER = Path(__file__).with_name("definitions")
JOURNEYS = ("self", "behalf", "concern", "phone")
_FIELD_WORDS = ("label", "hint", "required", "wrong")
_FIELD_FACTS = ("source", "longest", "autocomplete", "width")
_FIELD_KEYS = {"name", "type", "options", *_FIELD_WORDS, *_FIELD_FACTS}
_PAGE_KEYS = {"title", "short", "lead", "after", "fields", "rules", "when", "stops"}


@cache
def journey(name: str) -> Journey:
    """Return the journey called *name*, compiled."""
    if name not in JOURNEYS:
        raise DefinitionError(f"there is no journey {name}")
    data = read(f"{name}.json")
    languages = tuple(data["languages"])
    pages = tuple(_page(told, _library(), languages) for told in data["pages"])
    by_slug = MappingProxyType({page.slug: page for page in pages})
    if len(by_slug) != len(pages):
        raise DefinitionError(f"a page stands twice in {name}")
    return Journey(name, data["version"], languages, pages, by_slug)


def words() -> dict[str, Text]:
    """Return the words that stand on every page: buttons, ways back."""
    return sentences("words")


@cache
def sentences(name: str) -> dict[str, Text]:
    """Return the words of one page that is not a question, by name."""
    return {key: MappingProxyType(text) for key, text in read(f"{name}.json").items()}


@cache
def _library() -> dict[str, Any]:
    return dict(read("pages.json"))


def read(name: str) -> dict[str, Any]:
    """Return one definition file as JSON."""
    found: dict[str, Any] = orjson.loads((FOLDER / name).read_bytes())
    return found


def _page(told: dict[str, Any], library: dict[str, Any], languages: tuple[str, ...]) -> Page:
    """Return one page: what the library says of it, with what this journey says otherwise."""
    slug = told["use"]
    own = {name: value for name, value in told.items() if name not in {"use", "labels"}}
    data = {**library.get(slug, {}), **own}
    _refuse_unknown(data, _PAGE_KEYS, slug)
    labels = told.get("labels", {})
    return Page(
        slug=slug,
        title=_text(data["title"], languages, slug),
        short=_text(data.get("short", data["title"]), languages, slug),
        lead=_texts(data.get("lead", ()), languages, slug),
        after=_texts(data.get("after", ()), languages, slug),
        fields=tuple(
            _field({**f, **labels.get(f["name"], {})}, languages) for f in data.get("fields", ())
        ),
        rules=tuple(_rule(rule, languages) for rule in data.get("rules", ())),
        when=condition(data.get("when")),
        stops=data.get("stops", False),
    )


def _field(data: dict[str, Any], languages: tuple[str, ...]) -> Field:
    name = data["name"]
    _refuse_unknown(data, _FIELD_KEYS, name)
    if data["type"] not in TYPES:
        raise DefinitionError(f"{data['type']} is no type of field")
    said: dict[str, Any] = {
        key: _text(data[key], languages, name) for key in _FIELD_WORDS if key in data
    }
    facts: dict[str, Any] = {key: data[key] for key in _FIELD_FACTS if key in data}
    options = tuple(_option(option, languages) for option in data.get("options", ()))
    return Field(name, data["type"], options=options, **said, **facts)


def _option(data: dict[str, Any], languages: tuple[str, ...]) -> Option:
    hint = _text(data["hint"], languages, data["value"]) if "hint" in data else {}
    return Option(data["value"], _text(data["text"], languages, data["value"]), hint)


def _rule(data: dict[str, Any], languages: tuple[str, ...]) -> Rule:
    return Rule(condition(data["when"]), data["field"], _text(data["say"], languages, "rule"))


def _texts(data: Any, languages: tuple[str, ...], where: str) -> tuple[Text, ...]:  # noqa: ANN401 - JSON
    return tuple(_text(text, languages, where) for text in data)


def _text(data: dict[str, str], languages: tuple[str, ...], where: str) -> Text:
    missing = [language for language in languages if not data.get(language)]
    if missing:
        raise DefinitionError(f"{where} is not said in {', '.join(missing)}")
    return MappingProxyType(data)


def _refuse_unknown(data: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise DefinitionError(f"{where} says {', '.join(unknown)}, which means nothing")
