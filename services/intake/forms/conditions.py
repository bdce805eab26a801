"""When a page is asked and when a rule holds: a closed set of operators, never code.

Promise: a condition is data; whatever is not one of OPERATORS is refused while it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Typed: TypeAlias = dict[str, str | list[str]]
"""One page as typed: text by field, ticks as a list."""


class DefinitionError(ValueError):
    """A definition says something that the engine does not know."""


@dataclass(frozen=True, slots=True)
class Told:
    """All answers so far by page, and what is known besides: `facts`."""

    answers: Mapping[str, Typed]
    facts: frozenset[str] = frozenset()
    placed: Callable[[str], bool] = bool

    def value(self, place: str) -> str | list[str]:
        """Return the answer at `page.field`, empty where there is none."""
        page, _, field = place.partition(".")
        return self.answers.get(page, {}).get(field, "")


Condition: TypeAlias = Callable[[Told], bool]


def always(_told: Told) -> bool:
    """Hold for everybody."""
    return True


def condition(data: object) -> Condition:
    """Return the condition that *data* means, or raise DefinitionError."""
    if data is None:
        return always
    if not isinstance(data, dict) or len(data) != 1:
        raise DefinitionError("a condition is one operator with what it is about")
    ((operator, about),) = data.items()
    if operator not in OPERATORS:
        raise DefinitionError(f"{operator} is no operator of conditions")
    return OPERATORS[operator](about)


def _is(about: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    place, *wanted = about
    return lambda told: told.value(place) in wanted


def _includes(about: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    place, wanted = about
    return lambda told: wanted in told.value(place)


def _answered(place: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    return lambda told: bool(told.value(place))


def _placed(place: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    return lambda told: told.placed(str(told.value(place)))


def _fact(name: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    return lambda told: name in told.facts


def _all(parts: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    held = tuple(map(condition, parts))
    return lambda told: all(holds(told) for holds in held)


def _any(parts: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    held = tuple(map(condition, parts))
    return lambda told: any(holds(told) for holds in held)


def _not(part: Any) -> Condition:  # noqa: ANN401 - whatever JSON holds
    held = condition(part)
    return lambda told: not held(told)


OPERATORS: Mapping[str, Callable[[Any], Condition]] = {
    "is": _is,
    "includes": _includes,
    "answered": _answered,
    "placed": _placed,
    "fact": _fact,
    "all": _all,
    "any": _any,
    "not": _not,
}
