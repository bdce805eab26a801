"""The further rules of an entry as they are written, changed one at a time. Pure.

Promise: a change at one place leaves every other rule as it was, and where of several rules only
one is left, that one stands alone. A place is the way down: the second of the first is (0, 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Written: TypeAlias = Mapping[str, Any]
    Place: TypeAlias = tuple[int, ...]

ONE_OF, FEWEST = "one_of", 2


def rule_at(rules: Sequence[Written], place: Place) -> Written | None:
    """Return the rule that stands at *place*, None where there is none."""
    if not place or not 0 <= place[0] < len(rules):
        return None
    found = rules[place[0]]
    return rule_at(found.get("rules", ()), place[1:]) if place[1:] else found


def replaced(rules: Sequence[Written], place: Place, new: Written) -> list[Written]:
    """Return *rules* with *new* at *place*."""
    return _at(rules, place, [new])


def removed(rules: Sequence[Written], place: Place) -> list[Written]:
    """Return *rules* without the one at *place*."""
    return _at(rules, place, [])


def beside(rules: Sequence[Written], place: Place, new: Written) -> list[Written]:
    """Return *rules* with *new* as another way to meet the one at *place*."""
    old = rule_at(rules, place)
    if old is None:
        return list(rules)
    ways = old["rules"] if old["rule"] == ONE_OF else [old]
    return replaced(rules, place, {"rule": ONE_OF, "rules": [*ways, new]})


def _at(rules: Sequence[Written], place: Place, new: list[Written]) -> list[Written]:
    first, rest = place[0], place[1:]
    if rest:
        within = _at(rules[first]["rules"], rest, new)
        new = within if len(within) < FEWEST else [{**rules[first], "rules": within}]
    return [*rules[:first], *new, *rules[first + 1 :]]
