"""The fields of the pages that do something with a referral: how each is read, and shown again.

Promise: whatever was typed comes back as it was typed when a form is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.http.schemas import LONGEST_NOTE
from services.matching.http.typed_days import PARTS, is_blank, typed_day
from services.matching.usecases.commanding import refuse
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

TOO_LONG = f"Write at most {LONGEST_NOTE} characters."
NO_DAY = "Enter a day, a month and a year."
CHOOSE_ONE = "Choose one."
OF_THE_LIST = "Choose services of the list."
SEALED = "Kept sealed. Only the two agencies of this referral may read it."


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a page asks for; `choices` names the list it is chosen from."""

    kind: str
    name: str
    pointer: str
    label: str
    hint: str = ""
    choices: str = ""
    optional: bool = False


def words(
    label: str, pointer: str = "/comment", *, hint: str = SEALED, name: str = "words"
) -> Field:
    """Return a box for free text about the person, which is kept as a note."""
    return Field("words", name, pointer, label, hint)


def line(name: str, label: str, pointer: str, hint: str = "") -> Field:
    """Return one line of text."""
    return Field("line", name, pointer, label, hint, optional=True)


def day(name: str, label: str, pointer: str, hint: str = "", *, optional: bool = False) -> Field:
    """Return three boxes for a day."""
    return Field("day", name, pointer, label, hint, optional=optional)


def choice(
    choices: str,
    label: str,
    *,
    name: str = "reason",
    pointer: str = "/reason",
    hint: str = "",
    optional: bool = False,
) -> Field:
    """Return one to be chosen from a list."""
    return Field("choice", name, pointer, label, hint, choices, optional)


def several(choices: str, label: str, pointer: str, hint: str = "") -> Field:
    """Return any number to be chosen from a list."""
    return Field("several", choices, pointer, label, hint, choices, optional=True)


def yes(name: str, label: str, pointer: str) -> Field:
    """Return one box to tick."""
    return Field("yes", name, pointer, label, optional=True)


def read(field: Field, typed: MultiDict[str, str]) -> Any:  # noqa: ANN401 - as the field's kind says
    """Return what was typed into *field*, None where it is no such thing."""
    if field.kind == "day":
        return typed_day(typed, field.name)
    if field.kind == "yes":
        return typed.get(field.name) == "yes"
    if field.kind == "several":
        return tuple(dict.fromkeys(typed.getlist(field.name)))
    return typed.get(field.name, "")


def fault_in(field: Field, typed: MultiDict[str, str]) -> Fault | None:
    """Return what is wrong with *field* before anybody is asked."""
    told = typed.get(field.name, "")
    if field.kind in {"words", "line"} and len(told) > LONGEST_NOTE:
        return Fault(field.pointer, TOO_LONG)
    if field.kind == "choice" and not told and not field.optional:
        return Fault(field.pointer, f"{field.label} {CHOOSE_ONE}")
    if field.kind != "day" or (field.optional and is_blank(typed, field.name)):
        return None
    known = typed_day(typed, field.name) is not None
    return None if known else Fault(field.pointer, f"{field.label} {NO_DAY}")


def shown(
    field: Field,
    typed: Any,  # noqa: ANN401 - nothing, or the form as Flask holds it
    choices: list[dict[str, Any]],
    faults: Mapping[str, str],
) -> dict[str, Any]:
    """Return a field as the page draws it, with what was typed and what is wrong with it."""
    chosen = set(typed.getlist(field.name)) if typed else set()
    return {
        "kind": field.kind,
        "name": field.name,
        "place": f"{field.name}-day" if field.kind == "day" else field.name,
        "label": field.label + (" (optional)" if field.optional and field.kind == "day" else ""),
        "hint": field.hint,
        "error": {"text": faults[field.name]} if field.name in faults else None,
        "value": typed.get(field.name, ""),
        "parts": {part: typed.get(f"{field.name}-{part}", "") for part in PARTS},
        "items": [
            {**one, "checked": one["value"] in chosen if typed else one.get("checked", False)}
            for one in choices
        ],
    }


def ids(told: tuple[str, ...]) -> tuple[UUID, ...]:
    """Return the ids chosen from the list of services; refuse what is none."""
    try:
        return tuple(dict.fromkeys(UUID(text) for text in told))
    except ValueError:
        refuse("/alternatives", OF_THE_LIST)


def as_day(value: Any) -> date:  # noqa: ANN401 - what a field of a day gave
    """Return a day that was asked for and found to be one."""
    if not isinstance(value, date):
        raise TypeError(value)
    return value
