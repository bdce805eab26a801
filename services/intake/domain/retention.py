"""How long what people told is kept, and what must not go yet.

Promise: nothing is due that has not ended; whoever was under 18 keeps the longer of both times.
An age in whole years is enough to know the latest day of a birthday, so nothing is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ADULT = 18
HELPED = frozenset({"accepted", "waiting", "active", "on_hold", "completed"})
ADULT_HELPED, CHILD_HELPED, NOT_TAKEN_ON = "adult_helped", "child_helped", "not_taken_on"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the retention schedule, as a partnership reads it."""

    record_class: str
    what: str
    kept: int
    unit: str
    counted_from: str
    how: str
    why: str

    @property
    def length(self) -> str:
        """Return for how long, in words."""
        if not self.kept:
            return "for ever"
        if self.unit == "birthday":
            return f"until the {self.kept}th birthday"
        return f"{self.kept} {self.unit.removesuffix('s') if self.kept == 1 else self.unit}"


@dataclass(frozen=True, slots=True)
class Ended:
    """What is known of a request that is over, in codes."""

    submitted_at: datetime
    ended_at: datetime
    age: int | None
    states: frozenset[str]


def class_of(ended: Ended) -> str:
    """Return the record class of a request that is over."""
    if HELPED.isdisjoint(ended.states):
        return NOT_TAKEN_ON
    child = ended.age is not None and ended.age < ADULT
    return CHILD_HELPED if child else ADULT_HELPED


def due_at(ended: Ended, rules: dict[str, Rule]) -> datetime:
    """Return from when a request that is over may be destroyed."""
    kind = class_of(ended)
    if kind != CHILD_HELPED:
        return years_after(ended.ended_at, rules[kind].kept)
    birthday = years_after(ended.submitted_at, rules[kind].kept - (ended.age or 0))
    return max(birthday, years_after(ended.ended_at, rules[ADULT_HELPED].kept))


def years_after(moment: datetime, years: int) -> datetime:
    """Return the same day so many *years* later; of 29 February the day after."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


def month_after(moment: datetime) -> datetime:
    """Return the same day of the next month, or its last one: one month to answer (Art 12(3))."""
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)  # noqa: PLR2004 - December
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise ValueError(moment)
