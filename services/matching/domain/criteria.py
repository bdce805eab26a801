"""Whether a service's published criteria fit: met, not met, or not known yet.

Promise: the same entry and the same situation give the same answer. A fact told is a code
or a band, never a birth date or a postcode; every unknown names the question that settles it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from services.matching.domain.rules import (
    LISTED,
    UNLISTED,
    Age,
    Area,
    Needs,
    Rule,
    Threshold,
    age_band,
)
from services.matching.domain.rules_further import Group, Language

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Criteria", "Finding", "Result", "Situation", "age_band", "evaluate", "judge", "overall"]

RULES_VERSION = "1"


class Result(StrEnum):
    """What is known about one criterion, or about all of them."""

    MET = "met"
    UNKNOWN = "unknown"
    NOT_MET = "not_met"


RESULT_OF = {True: Result.MET, None: Result.UNKNOWN, False: Result.NOT_MET}


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the person asking: codes and whole years. Empty areas: not known.

    `lists` says of lists of homes whether this one is on them; `referrer` is who asks.
    """

    needs: tuple[str, ...]
    area_codes: tuple[str, ...] = ()
    age: int | None = None
    language: str = "en"
    threshold: int | None = None
    groups: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    referrer: str | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """Whom a service is for. An empty or absent limit excludes nobody.

    The plain limits are rules like any other; `further` are what they cannot say.
    """

    needs: tuple[str, ...]
    area_codes: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None
    threshold: tuple[int, int] | None = None
    languages: tuple[str, ...] = ()
    interpreters: bool | None = None
    groups: tuple[str, ...] = ()
    further: tuple[Rule, ...] = ()
    rules: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    binding: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    unsifted: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    """What still has to be asked of a service that was found by need and area."""

    def __post_init__(self) -> None:
        """Write the limits as rules, once."""
        rules: tuple[Rule, ...] = (
            Needs(self.needs),
            Area(frozenset(self.area_codes)),
            Age(self.minimum_age, self.maximum_age),
            Threshold(self.threshold),
            Language(frozenset(self.languages), self.interpreters),
            Group(frozenset(self.groups)),
            *self.further,
        )
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "binding", tuple(rule for rule in rules if rule.binds))
        object.__setattr__(self, "unsifted", tuple(rule for rule in rules[2:] if rule.binds))


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion, its result, the fact it rests on, and what to ask when it is unknown."""

    criterion: str
    result: Result
    fact: str | None = None
    ask: str | None = None
    reason: str | None = None


def evaluate(criteria: Criteria, situation: Situation) -> tuple[Finding, ...]:
    """Return one finding for each criterion, always in the same order."""
    return tuple(_find(rule, situation) for rule in criteria.rules)


def overall(findings: tuple[Finding, ...]) -> Result:
    """Return not met if anything is, else unknown if anything is, else met."""
    results = {finding.result for finding in findings}
    if Result.NOT_MET in results:
        return Result.NOT_MET
    return Result.UNKNOWN if Result.UNKNOWN in results else Result.MET


def judge(
    criteria: Criteria, situation: Situation, *, sifted: bool = False
) -> tuple[Result, str | None]:
    """Return what `evaluate` leads to overall, and the code of the first rule not met.

    *sifted*: a need and the area are known to be met, for so the service was found.
    """
    result = Result.MET
    for rule in criteria.unsifted if sifted else criteria.binding:
        held = rule.holds(situation)
        if held is False:
            return Result.NOT_MET, rule.reason(situation)
        if held is None:
            result = Result.UNKNOWN
    return result, None


def question(findings: tuple[Finding, ...]) -> str | None:
    """Return the one question to ask next; None where asking would change nothing."""
    if overall(findings) is not Result.UNKNOWN:
        return None
    return next(finding.ask for finding in findings if finding.ask)


def wards_and_lists(codes: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part what is told of where somebody lives: wards and districts, and lists of homes."""
    told = tuple(codes)
    lists = tuple(code for code in told if code.startswith((LISTED, UNLISTED)))
    return (told, ()) if not lists else (tuple(c for c in told if c not in lists), lists)


def _find(rule: Rule, situation: Situation) -> Finding:
    held = rule.holds(situation)
    return Finding(
        rule.criterion,
        RESULT_OF[held],
        rule.fact(situation),
        rule.ask(situation) if held is None else None,
        rule.reason(situation) if held is False else None,
    )
