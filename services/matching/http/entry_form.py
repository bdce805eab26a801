"""The entry form read and shown again: what is left empty, the agency says for all.

Promise: a refused form keeps what was typed; a key that has no question is kept as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from services.matching.domain.entries import SHARED
from services.matching.guide_schema import EntrySchema, SharedSchema
from services.matching.http.entry_fields import (
    ANYWHERE,
    CONTACT,
    SECTIONS,
    Field,
    agency_says,
    choices,
)
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.datastructures import MultiDict

ALL = tuple(field for fields in SECTIONS.values() for field in fields)
SEVERAL = frozenset(field.name for field in ALL if field.kind == "codes")
YES = {"yes": True, "no": False}


def read_entry(form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was written for a service, and what is wrong with it by field."""
    return _checked(_written(form), EntrySchema())


def read_shared(form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was written for all services, and what is wrong with it by field."""
    written = {name: value for name, value in _written(form).items() if name in SHARED}
    return _checked(written, SharedSchema())


def typed_from(own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored as the form shows it."""
    band = own.get("threshold") or ("", "")
    contact = own.get("contact") or {}
    interpreters = own.get("interpreters")
    areas = own.get("area_codes")
    return {
        **{name: value for name, value in own.items() if value is not None},
        **{name: contact.get(name.removeprefix("contact_"), "") for name in CONTACT},
        "threshold_low": str(band[0]),
        "threshold": str(band[1]),
        "interpreters": "" if interpreters is None else "yes" if interpreters else "no",
        "area_codes": [ANYWHERE] if areas == [] else areas or [],
    }


def typed_again(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed, to show it again."""
    return {f.name: form.getlist(f.name) if f.name in SEVERAL else form.get(f.name) for f in ALL}


def sections(
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    shared: Mapping[str, Any],
    *,
    for_all: bool = False,
) -> list[dict[str, Any]]:
    """Return the questions with what stands in them, and what the agency says for all."""
    shown = {
        title: [field for field in fields if not for_all or _is_shared(field)]
        for title, fields in SECTIONS.items()
    }
    return [
        {
            "title": title,
            "fields": [_shown(f, typed, errors, {} if for_all else shared) for f in fs],
        }
        for title, fs in shown.items()
        if fs
    ]


def _is_shared(field: Field) -> bool:
    return field.name in SHARED or field.name in CONTACT


def _shown(
    field: Field, typed: Mapping[str, Any], errors: Mapping[str, str], shared: Mapping[str, Any]
) -> dict[str, Any]:
    said = agency_says(field.name, shared) if _is_shared(field) else ""
    value = typed.get(field.name)
    tells = said and field.kind != "choice"  # there the first choice says it
    inherits = f"Your agency says for all: {said}. Leave empty to keep that." if tells else ""
    return {
        "name": field.name,
        "kind": field.kind,
        "label": field.label,
        "hint": " ".join(filter(None, [field.hint, inherits])),
        "value": "" if value is None else value,
        "said": said,
        "error": errors.get(field.name),
        "items": _items(field, value, said),
    }


def _items(field: Field, value: Any, said: str) -> list[dict[str, Any]]:  # noqa: ANN401 - typed
    if field.kind not in {"codes", "choice"}:
        return []
    chosen = value if field.kind == "codes" else [value or ""]
    found = [
        {"value": code, "text": text, "checked": code in (chosen or [])}
        for code, text in choices(field.known).items()
    ]
    if field.kind == "codes":
        return found
    silent = SILENT.get(field.name, "Not said")
    nothing = f"As for all our services: {said}" if said else silent
    return [{"value": "", "text": nothing, "checked": chosen == [""]}, *found]


def _written(form: MultiDict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for field in ALL:
        text = form.get(field.name, "").strip()
        if field.kind == "codes":
            told[field.name] = form.getlist(field.name)
        elif field.kind == "number":
            number = whole_number(text)
            told[field.name] = (text or None) if number is None else number
        else:
            told[field.name] = text or None
    contact = {name.removeprefix("contact_"): told.pop(name) or "" for name in CONTACT}
    low, high = told.pop("threshold_low"), told["threshold"]
    return {
        **told,
        "name": told["name"] or "",
        **{name: told[name] or "" for name in PLAIN},
        "contact": contact if any(contact.values()) else None,
        "threshold": [int(low), int(high)] if low in BANDS and high in BANDS else low or high,
        "interpreters": YES.get(told["interpreters"] or ""),
        "area_codes": _areas(told["area_codes"]),
        "languages": told["languages"] or None,
        "categories": told["categories"] or None,
    }


SILENT = {
    "listed": "Not said: then only workers find it",
    "location": "Not said: then nothing is shown",
    "contact_public": "Not said: then nothing",
    "clock_profile": "Not said: then as most services",
}
PLAIN = ("description", "who_for", "eligibility", "what_to_bring")
BANDS = frozenset("1234")


def _areas(ticked: list[str]) -> list[str] | None:
    return [] if ANYWHERE in ticked else ticked or None


def _checked(
    written: dict[str, Any], schema: EntrySchema | SharedSchema
) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        read: dict[str, Any] = schema.load(written)
    except ValidationError as error:
        return written, dict(_said(error.messages_dict))
    return {name: read[name] for name in written}, {}  # what has no question here stays


def _said(messages: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    wrong = {field.name: field.wrong for field in ALL}
    for name, what in messages.items():
        if name == "contact":
            yield from ((f"contact_{part}", "This is too long.") for part in what)
        else:
            yield name, wrong.get(name, "Please put this right.")
