"""The closed language of criteria as an entry writes it, held to the closed lists of codes.

Each rule is one of these shapes; a fault says where it stands:
`{"rule": "age", "from": 18, "to": 65}`, `{"rule": "threshold", "from": 1, "to": 2}`,
`{"rule": "language", "any_of": ["en"], "interpreters": true}`,
`{"rule": "one_of", "rules": [...]}`, and `{"rule": ..., "any_of": [...]}` for needs, area,
group, referrer, postcode_list and street_list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from services.matching.domain.rules import LISTS, REFERRERS
from shared.codes import codes
from shared.home_lists import home_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OLDEST, MOST, MOST_CODES, DEEPEST = 130, 20, 400, 2


class RuleShape(Schema):
    """What every rule has: its name."""

    class Meta:
        """How marshmallow reads it."""

        unknown = RAISE

    rule = fields.String(required=True)


class AgeShape(RuleShape):
    """From one age to another, both within."""

    lowest = fields.Integer(
        data_key="from", load_default=None, allow_none=True, validate=validate.Range(0, OLDEST)
    )
    highest = fields.Integer(
        data_key="to", load_default=None, allow_none=True, validate=validate.Range(0, OLDEST)
    )

    @validates_schema
    def check(self, told: dict[str, Any], **_: object) -> None:
        """Refuse no limit at all, and an end before the beginning."""
        lowest, highest = told.get("lowest"), told.get("highest")
        if lowest is None and highest is None:
            raise ValidationError("Say from which age, or to which.", "from")
        if lowest is not None and highest is not None and lowest > highest:
            raise ValidationError("The end lies before the beginning.", "to")


class ThresholdShape(RuleShape):
    """From one band to another, both within."""

    lowest = fields.Integer(data_key="from", required=True, validate=validate.Range(1, 4))
    highest = fields.Integer(data_key="to", required=True, validate=validate.Range(1, 4))

    @validates_schema
    def check(self, told: dict[str, Any], **_: object) -> None:
        """Refuse an end before the beginning."""
        if told["lowest"] > told["highest"]:
            raise ValidationError("The end lies before the beginning.", "to")


def _any_of(rule: str, **more: fields.Field[Any]) -> type[Schema]:
    """Return the shape of a rule that one of several codes meets."""
    known = KNOWN.get(rule)
    one = fields.String(validate=_is_one_of(known) if known else validate.Length(1, 20))
    some = fields.List(one, required=True, validate=validate.Length(1, MOST_CODES))
    return RuleShape.from_dict({**more, "any_of": some})


def _is_one_of(known: Callable[[], Sequence[str]]) -> Callable[[str], None]:
    def check(code: str) -> None:
        if code not in known():
            raise ValidationError("This is none of the codes known here.")

    return check


def _listed(name: str) -> Callable[[], Sequence[str]]:
    return lambda: list(codes(name))


def _lists_of(kind: str) -> Callable[[], Sequence[str]]:
    return lambda: home_lists(kind)


KNOWN: dict[str, Callable[[], Sequence[str]]] = {
    "needs": _listed("needs"),
    "group": _listed("groups"),
    "referrer": lambda: REFERRERS,
    "language": _listed("languages"),
    **{rule: _lists_of(kind) for rule, kind in LISTS.items()},
}
"""The codes a rule may name; areas are not among them, for they change with the geography."""
SHAPES: dict[str, type[Schema]] = {
    "age": AgeShape,
    "threshold": ThresholdShape,
    "needs": _any_of("needs"),
    "area": _any_of("area"),
    "group": _any_of("group"),
    "referrer": _any_of("referrer"),
    "language": _any_of(
        "language", interpreters=fields.Boolean(allow_none=True, load_default=None)
    ),
    **{rule: _any_of(rule) for rule in LISTS},
}


class Rules(fields.Field[list[dict[str, Any]]]):
    """The further rules of an entry; what is read is what was written."""

    def __init__(self, deep: int = DEEPEST, **how: Any) -> None:  # noqa: ANN401 - marshmallow's own
        super().__init__(**how)
        self._deep = deep

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the same
        if not isinstance(value, list) or len(value) > MOST:
            raise ValidationError(f"Write a list of at most {MOST} rules.")
        faults: dict[int, Any] = {}
        for place, written in enumerate(value):
            try:
                self._check(written)
            except ValidationError as error:
                faults[place] = error.messages
        if faults:
            raise ValidationError(faults)
        return value

    def _check(self, written: Any) -> None:  # noqa: ANN401 - whatever was sent
        name = written.get("rule") if isinstance(written, dict) else None
        if name == "one_of" and self._deep:
            self._check_several(written)
        elif name in SHAPES:
            SHAPES[name]().load(written)
        else:
            known = ", ".join([*SHAPES, "one_of"])
            raise ValidationError({"rule": [f"Write one of: {known}."]})

    def _check_several(self, written: dict[str, Any]) -> None:
        inner = Rules(self._deep - 1, required=True, validate=validate.Length(2, MOST))
        RuleShape.from_dict({"rules": inner})().load(written)
