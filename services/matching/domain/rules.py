"""The closed language of criteria: each rule is met, not met, or not known yet.

Promise: a rule reads codes and whole years only, and what it tells is a code or a band; whether
a home is on a list of streets is told as just that, never which street.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.matching.domain.criteria import Situation

BAND_STARTS = (0, 5, 11, 16, 18, 25, 35, 45, 55, 65, 75, 85)
LISTED, UNLISTED = "listed:", "unlisted:"
LISTS = {"postcode_list": "postcode", "street_list": "street"}
REFERRERS = ("self", "family", "neighbour", "outreach", "professional")


class Rule(Protocol):
    """One thing a service asks for; `holds` is None while it is not known."""

    @property
    def criterion(self) -> str:
        """Return which criterion it is."""
        ...

    @property
    def binds(self) -> bool:
        """Tell whether it could exclude anybody."""
        ...

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether *situation* meets it."""
        ...

    def fact(self, situation: Situation) -> str | None:
        """Return the code or band the answer rests on, None where nothing is known."""
        ...

    def ask(self, situation: Situation) -> str:
        """Return the one question that would settle it."""
        ...

    def reason(self, situation: Situation) -> str:
        """Return the code for not meeting it."""
        ...


@dataclass(frozen=True, slots=True)
class Needs:
    """At least one of the needs is offered."""

    any_of: tuple[str, ...]
    criterion: str = "needs"
    binds: bool = True

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether any need is offered; without a need nobody knows."""
        if any(need in self.any_of for need in situation.needs):
            return True
        return False if situation.needs else None

    def fact(self, situation: Situation) -> str | None:
        """Return the needs that are shared, or all that were named."""
        shared = [need for need in situation.needs if need in self.any_of]
        return " ".join(shared or situation.needs) or None

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "What help is wanted?"

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "SERVICE_NOT_PROVIDED"


@dataclass(frozen=True, slots=True)
class Area:
    """The home lies in one of these wards or districts."""

    any_of: frozenset[str]
    criterion: str = "area"

    @property
    def binds(self) -> bool:
        """Tell whether any area is named."""
        return bool(self.any_of)

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the home lies there; an unknown area is not one outside."""
        if not self.any_of:
            return True
        here = situation.area_codes
        return not self.any_of.isdisjoint(here) if here else None

    def fact(self, situation: Situation) -> str | None:
        """Return the ward or district it rests on."""
        if not self.any_of:
            return "anywhere"
        shared = (code for code in situation.area_codes if code in self.any_of)
        return next(shared, next(iter(situation.area_codes), None))

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "Which area does the person live in?"

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "OUT_OF_AREA"


@dataclass(frozen=True, slots=True)
class Age:
    """The age in years lies between two limits, both within."""

    lowest: int | None = None
    highest: int | None = None
    criterion: str = "age"

    @property
    def binds(self) -> bool:
        """Tell whether there is a limit."""
        return self.lowest is not None or self.highest is not None

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the age fits."""
        if not self.binds:
            return True
        age = situation.age
        if age is None:
            return None
        return (self.lowest or 0) <= age and (self.highest is None or age <= self.highest)

    def fact(self, situation: Situation) -> str | None:
        """Return the band the age lies in."""
        if not self.binds:
            return "any"
        return age_band(situation.age) if situation.age is not None else None

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "How old is the person, in years?"

    def reason(self, _: Situation) -> str:
        """Return the code."""
        return "AGE_CRITERION"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The band of need lies between two limits, both within; no limits: any."""

    band: tuple[int, int] | None = None
    criterion: str = "threshold"

    @property
    def binds(self) -> bool:
        """Tell whether there is a limit."""
        return self.band is not None

    def holds(self, situation: Situation) -> bool | None:
        """Tell whether the band fits."""
        if self.band is None:
            return True
        known = situation.threshold
        return None if known is None else self.band[0] <= known <= self.band[1]

    def fact(self, situation: Situation) -> str | None:
        """Return the band."""
        if self.band is None:
            return "any"
        return None if situation.threshold is None else str(situation.threshold)

    def ask(self, _: Situation) -> str:
        """Return what to ask."""
        return "How much help is needed (band 1 to 4)?"

    def reason(self, situation: Situation) -> str:
        """Tell below from above."""
        below = (situation.threshold or 0) < (self.band or (0, 0))[0]
        return "BELOW_THRESHOLD" if below else "ABOVE_THRESHOLD"


def age_band(age: int) -> str:
    """Return the band *age* lies in, as `25-34`; the last one is `85+`."""
    start = max(first for first in BAND_STARTS if first <= max(age, 0))
    later = [first for first in BAND_STARTS if first > start]
    return f"{start}-{later[0] - 1}" if later else f"{start}+"


def rules_of(written: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules that an entry says beside its plain limits."""
    return tuple(rule_of(one) for one in written)


def rule_of(written: Mapping[str, Any]) -> Rule:
    """Return one rule from its words; they were held to the closed language when published."""
    from services.matching.domain.rules_further import MAKERS  # noqa: PLC0415 - it builds on this

    return MAKERS[written["rule"]](written)
