"""The rest of the language: language, groups, lists of homes, who refers, and one-of-several.

Promise: silence is never a no; where one of several rules suffices, the answer is the best of
them, and the question asked is the first that could settle it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.matching.domain.rules import (
    LISTED,
    LISTS,
    UNLISTED,
    Age,
    Area,
    Needs,
    Rule,
    Threshold,
    rules_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.matching.domain.criteria import Situation

LIST_QUESTIONS = {
    "postcode": "Is the home's postcode on the list the service keeps?",
    "street": "Is the home on one of the streets the service names?",
}


@dataclass(frozen=True, slots=True)
class Language:
    """The person's language is spoken, or interpreters are used; None: nobody said."""

    any_of: frozenset[str]
    interpreters: bool | None = None
    criterion: str = "language"

    @property
    def binds(self) -> bool:
        """Tell whether any language is named."""
        return bool(self.any_of)

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether they can talk with each other."""
        if not self.any_of or situation.language in self.any_of:
            return True
        return self.interpreters

    def fact(self, situation: Situation) -> str | None:
        """Return the language, or that an interpreter helps."""
        spoken = not self.any_of or situation.language in self.any_of
        return "interpreter" if self.interpreters and not spoken else situation.language

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "Can the service work with an interpreter?"

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "NOT_ELIGIBLE_OTHER"


@dataclass(frozen=True, slots=True)
class Group:
    """The person belongs to one of these groups."""

    any_of: frozenset[str]
    criterion: str = "group"

    @property
    def binds(self) -> bool:
        """Tell whether any group is named."""
        return bool(self.any_of)

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether a group is shared."""
        if not self.any_of or not self.any_of.isdisjoint(situation.groups):
            return True
        # People name only the groups they wish to, so silence is not a no.
        return None

    def fact(self, situation: Situation) -> str | None:
        """Return the groups that are shared."""
        if not self.any_of:
            return "any"
        return " ".join(group for group in situation.groups if group in self.any_of) or None

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "Does the person belong to the group it is for?"

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "GROUP_CRITERION"


@dataclass(frozen=True, slots=True)
class HomeList:
    """The home is on a list of postcodes or streets that the partnership keeps."""

    any_of: tuple[str, ...]
    criterion: str
    binds: bool = True

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether it is on one of the lists; off only if it is known to be off them all."""
        told = situation.lists
        if any(LISTED + code in told for code in self.any_of):
            return True
        return False if all(UNLISTED + code in told for code in self.any_of) else None

    def fact(self, situation: Situation) -> str | None:
        """Return whether it is listed, and nothing that would say where it is."""
        held = self.holds(situation)
        if held is None:
            return None
        return f"listed {self.criterion}" if held else "not listed"

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return LIST_QUESTIONS[self.criterion]

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "OUT_OF_AREA"


@dataclass(frozen=True, slots=True)
class Referrer:
    """Who asks is of one of these kinds."""

    any_of: frozenset[str]
    criterion: str = "referrer"
    binds: bool = True

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether it takes people from this kind of referrer."""
        return None if situation.referrer is None else situation.referrer in self.any_of

    def fact(self, situation: Situation) -> str | None:
        """Return the kind of referrer."""
        return situation.referrer

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "Who asks: the person, family, a neighbour, outreach or a professional?"

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "NOT_ELIGIBLE_OTHER"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several rules is enough."""

    rules: tuple[Rule, ...]
    criterion: str = "one_of"
    binds: bool = True

    def holds(self, situation: Situation) -> bool | None:
        """Return the best answer of them all."""
        held = {rule.holds(situation) for rule in self.rules}
        if True in held:
            return True
        return None if None in held else False

    def fact(self, situation: Situation) -> str | None:
        """Return the fact of the rule that decides."""
        return self._deciding(situation).fact(situation)

    def ask(self, situation: Situation) -> str:
        """Return the first question that could settle it."""
        return self._deciding(situation).ask(situation)

    def reason(self, situation: Situation) -> str:
        """Return the first rule's code."""
        return self._deciding(situation).reason(situation)

    def _deciding(self, situation: Situation) -> Rule:
        held = self.holds(situation)
        return next(rule for rule in self.rules if rule.holds(situation) is held)


def _home_list(written: Mapping[str, Any]) -> Rule:
    return HomeList(tuple(written["any_of"]), LISTS[written["rule"]])


MAKERS: dict[str, Callable[[Mapping[str, Any]], Rule]] = {
    "needs": lambda told: Needs(tuple(told["any_of"])),
    "area": lambda told: Area(frozenset(told["any_of"])),
    "age": lambda told: Age(told.get("from"), told.get("to")),
    "threshold": lambda told: Threshold((told["from"], told["to"])),
    "language": lambda told: Language(frozenset(told["any_of"]), told.get("interpreters")),
    "group": lambda told: Group(frozenset(told["any_of"])),
    "postcode_list": _home_list,
    "street_list": _home_list,
    "referrer": lambda told: Referrer(frozenset(told["any_of"])),
    "one_of": lambda told: OneOf(rules_of(told["rules"])),
}
"""How each rule is made from its words: the whole language."""
