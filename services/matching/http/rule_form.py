"""The form of one further rule, drawn from the shape the API holds it to.

Promise: kinds, codes and limits are those of the API; what was typed comes back as it was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from marshmallow import ValidationError, fields, validate

from services.matching.http.entry_fields import ANYWHERE, choices
from services.matching.http.rule_words import code_words, kind_words
from services.matching.rule_schema import KNOWN, SHAPES, Rules
from shared.codes import codes
from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.datastructures import MultiDict

LABELS = {
    ("age", "from"): "Youngest age",
    ("age", "to"): "Oldest age",
    ("threshold", "from"): "Least help needed",
    ("threshold", "to"): "Most help needed",
    ("language", "interpreters"): "Does it work with an interpreter?",
}
INTERPRETERS = {"": "Not said: then it is asked", "yes": "Yes", "no": "No"}
YES = {"yes": True, "no": False}
CHOOSE, TICK = "Choose one.", "Tick at least one."
THIS_RULE = 0


def read_rule(rule: str, form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the rule that was typed, and what is wrong with it by field."""
    told = {name: _read(field, name, form) for name, field in _fields(rule).items()}
    written = {"rule": rule, **{name: value for name, value in told.items() if value is not None}}
    try:
        Rules().deserialize([written])
    except ValidationError as error:
        return written, _said(rule, cast("dict[int, Any]", error.messages)[THIS_RULE])
    return written, {}


def are_too_many(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a list is refused, each rule of which is right by itself."""
    try:
        Rules().deserialize(list(rules))
    except ValidationError:
        return True
    return False


def typed_from(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored rule as its form shows it."""
    return {name: _as_typed(value) for name, value in written.items()}


def typed_again(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed, to show it again."""
    return {**form.to_dict(), "any_of": form.getlist("any_of")}


def questions(
    rule: str, typed: Mapping[str, Any], errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return what the form of a rule asks, with what stands in it."""
    return [
        {
            "name": name,
            "kind": _kind(rule, field),
            "label": LABELS.get((rule, name), kind_words(rule)),
            "hint": _hint(rule, field),
            "value": typed.get(name, ""),
            "error": {"text": errors[name]} if name in errors else None,
            "items": _items(rule, field, typed.get(name, "")),
        }
        for name, field in _fields(rule).items()
    ]


def _fields(rule: str) -> dict[str, fields.Field[Any]]:
    """Return the fields of a rule by the names they are written with."""
    shape = SHAPES[rule]().fields
    return {field.data_key or name: field for name, field in shape.items() if name != "rule"}


def _kind(rule: str, field: fields.Field[Any]) -> str:
    if isinstance(field, fields.List):
        return "several"
    return "choice" if isinstance(field, fields.Boolean) or rule == "threshold" else "number"


def _hint(rule: str, field: fields.Field[Any]) -> str:
    if _kind(rule, field) == "several":
        return "One of those you tick is enough."
    return "In whole years. Leave empty for no limit." if rule == "age" else ""


def _items(rule: str, field: fields.Field[Any], chosen: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - typed
    kind = _kind(rule, field)
    if kind == "number":
        return []
    if kind == "choice":
        known = INTERPRETERS if isinstance(field, fields.Boolean) else _bands()
        return [{"value": v, "text": t, "checked": v == chosen} for v, t in known.items()]
    # What a rule names already is kept, though it stands in no list of today.
    named = dict.fromkeys([*_codes(rule), *chosen])
    return [{"value": c, "text": code_words(rule, c), "checked": c in chosen} for c in named]


def _codes(rule: str) -> list[str]:
    if rule in KNOWN:
        return list(KNOWN[rule]())
    return [code for code in choices("areas") if code != ANYWHERE]


def _bands() -> dict[str, str]:
    return {code.code: code.en for code in codes("threshold_bands").values()}


def _read(field: fields.Field[Any], name: str, form: MultiDict[str, str]) -> Any:  # noqa: ANN401 - as its kind says
    if isinstance(field, fields.List):
        return list(dict.fromkeys(form.getlist(name)))
    text = form.get(name, "").strip()
    if isinstance(field, fields.Boolean):
        return YES.get(text)
    number = whole_number(text)
    return (text or None) if number is None else number


def _as_typed(value: Any) -> Any:  # noqa: ANN401 - whatever a rule says
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else "" if value is None else value


def _said(rule: str, messages: Mapping[str, Any]) -> dict[str, str]:
    known = _fields(rule)
    return {name: _sentence(rule, known[name], what) for name, what in messages.items()}


def _sentence(rule: str, field: fields.Field[Any], told: Any) -> str:  # noqa: ANN401 - marshmallow's own
    if isinstance(field, fields.List):
        return TICK
    if rule == "threshold" and field.required and "beginning" not in str(told):
        return CHOOSE
    limits = next((one for one in field.validators if isinstance(one, validate.Range)), None)
    own = str(next(iter(_leaves(told))))
    by_schema = own.startswith(("Say", "The end"))
    if by_schema or limits is None:
        return own
    return f"Enter a whole number from {limits.min} to {limits.max}."


def _leaves(told: Any) -> list[Any]:  # noqa: ANN401 - marshmallow's own
    if isinstance(told, dict):
        return [leaf for one in told.values() for leaf in _leaves(one)]
    return [leaf for one in told for leaf in _leaves(one)] if isinstance(told, list) else [told]
