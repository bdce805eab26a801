"""Whether a service's published criteria fit: met, not met, or not known yet.

Promise: the same entry and the same situation give the same answer. A fact told is a code
or a band, never a birth date or a postcode; every unknown names the question that settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

RULES_VERSION = "1"
BAND_STARTS = (0, 5, 11, 16, 18, 25, 35, 45, 55, 65, 75, 85)


class Result(StrEnum):
    """What is known about one criterion, or about all of them."""

    MET = "met"
    UNKNOWN = "unknown"
    NOT_MET = "not_met"


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the person asking: codes and whole years. Empty areas: not known."""

    needs: tuple[str, ...]
    area_codes: tuple[str, ...] = ()
    age: int | None = None
    language: str = "en"
    threshold: int | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Criteria:
    """Whom a service is for. An empty or absent limit excludes nobody."""

    needs: tuple[str, ...]
    area_codes: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None
    threshold: tuple[int, int] | None = None
    languages: tuple[str, ...] = ()
    interpreters: bool | None = None
    groups: tuple[str, ...] = ()


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
    return tuple(check(criteria, situation) for check in CHECKS)


def overall(findings: tuple[Finding, ...]) -> Result:
    """Return not met if anything is, else unknown if anything is, else met."""
    results = {finding.result for finding in findings}
    if Result.NOT_MET in results:
        return Result.NOT_MET
    return Result.UNKNOWN if Result.UNKNOWN in results else Result.MET


def age_band(age: int) -> str:
    """Return the band *age* lies in, as `25-34`; the last one is `85+`."""
    start = max(first for first in BAND_STARTS if first <= max(age, 0))
    later = [first for first in BAND_STARTS if first > start]
    return f"{start}-{later[0] - 1}" if later else f"{start}+"


def _needs(criteria: Criteria, situation: Situation) -> Finding:
    shared = [need for need in situation.needs if need in criteria.needs]
    if shared:
        return Finding("needs", Result.MET, " ".join(shared))
    if not situation.needs:
        return Finding("needs", Result.UNKNOWN, ask="What help is wanted?")
    fact = " ".join(situation.needs)
    return Finding("needs", Result.NOT_MET, fact, reason="SERVICE_NOT_PROVIDED")


def _area(criteria: Criteria, situation: Situation) -> Finding:
    if not criteria.area_codes:
        return Finding("area", Result.MET, "anywhere")
    if not situation.area_codes:
        return Finding("area", Result.UNKNOWN, ask="Which area does the person live in?")
    shared = [code for code in situation.area_codes if code in criteria.area_codes]
    if shared:
        return Finding("area", Result.MET, shared[0])
    return Finding("area", Result.NOT_MET, situation.area_codes[0], reason="OUT_OF_AREA")


def _age(criteria: Criteria, situation: Situation) -> Finding:
    lowest, highest = criteria.minimum_age, criteria.maximum_age
    if lowest is None and highest is None:
        return Finding("age", Result.MET, "any")
    if situation.age is None:
        return Finding("age", Result.UNKNOWN, ask="How old is the person, in years?")
    fits = (lowest or 0) <= situation.age and (highest is None or situation.age <= highest)
    if fits:
        return Finding("age", Result.MET, age_band(situation.age))
    return Finding("age", Result.NOT_MET, age_band(situation.age), reason="AGE_CRITERION")


def _threshold(criteria: Criteria, situation: Situation) -> Finding:
    if criteria.threshold is None:
        return Finding("threshold", Result.MET, "any")
    if situation.threshold is None:
        return Finding("threshold", Result.UNKNOWN, ask="How much help is needed (band 1 to 4)?")
    (lowest, highest), band = criteria.threshold, situation.threshold
    if lowest <= band <= highest:
        return Finding("threshold", Result.MET, str(band))
    reason = "BELOW_THRESHOLD" if band < lowest else "ABOVE_THRESHOLD"
    return Finding("threshold", Result.NOT_MET, str(band), reason=reason)


def _language(criteria: Criteria, situation: Situation) -> Finding:
    if not criteria.languages or situation.language in criteria.languages:
        return Finding("language", Result.MET, situation.language)
    if criteria.interpreters:
        return Finding("language", Result.MET, "interpreter")
    if criteria.interpreters is None:
        ask = "Can the service work with an interpreter?"
        return Finding("language", Result.UNKNOWN, situation.language, ask)
    fact = situation.language
    return Finding("language", Result.NOT_MET, fact, reason="NOT_ELIGIBLE_OTHER")


def _group(criteria: Criteria, situation: Situation) -> Finding:
    if not criteria.groups:
        return Finding("group", Result.MET, "any")
    shared = [group for group in situation.groups if group in criteria.groups]
    if shared:
        return Finding("group", Result.MET, " ".join(shared))
    # People name only the groups they wish to, so silence is not a no.
    return Finding("group", Result.UNKNOWN, ask="Does the person belong to the group it is for?")


CHECKS: tuple[Callable[[Criteria, Situation], Finding], ...] = (
    _needs,
    _area,
    _age,
    _threshold,
    _language,
    _group,
)
