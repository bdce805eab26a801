"""What may be said of an outcome: one result for each need, and figures only where they belong.

Promise: a figure without the code it measures is refused, so that no sum is counted twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Fault = tuple[str, str]

RESULT, ONWARD = "result", "onward_referral_id"
MEASURES: dict[str, tuple[str, ...]] = {
    "weeks": ("weeks",),
    "pounds_per_year": ("pounds_per_year",),
    "pounds_once": ("pounds_once",),
    "scale": ("scale_before", "scale_after"),
    "calls": ("calls",),
    "referral": (ONWARD,),
}
LEAST_SCALE, MOST_SCALE = 1, 10
MOST_COUNTED, MOST_POUNDS = 10_000, 10_000_000
MOST = {
    "weeks": MOST_COUNTED,
    "calls": MOST_COUNTED,
    "pounds_per_year": MOST_POUNDS,
    "pounds_once": MOST_POUNDS,
}
"""The largest figures that are believed, whoever says them and however."""
WORST_FIRST = ("NOT_ACHIEVED", "PARTLY", "ACHIEVED")


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one need."""

    need: str
    result: str
    codes: tuple[str, ...] = ()
    weeks: int | None = None
    pounds_per_year: int | None = None
    pounds_once: int | None = None
    scale_before: int | None = None
    scale_after: int | None = None
    calls: int | None = None
    onward_referral_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an outcome is held against: the needs of the referral and the codes in force."""

    needs: Collection[str]
    kinds: Mapping[str, str]
    measures: Mapping[str, Collection[str]]


def faults(outcomes: Sequence[Came], known: Known) -> list[Fault]:
    """Return (pointer, sentence) for each thing wrong with *outcomes*."""
    found = [fault for index, one in enumerate(outcomes) for fault in _faults(index, one, known)]
    needs = [one.need for one in outcomes]
    if len(set(needs)) < len(needs):
        found.append(("/outcomes", "Say what came of each need once."))
    return found


def overall(outcomes: Iterable[Came]) -> str | None:
    """Return the least that was achieved, None if nothing was said yet."""
    results = {one.result for one in outcomes}
    return next((result for result in WORST_FIRST if result in results), None)


def _faults(index: int, one: Came, known: Known) -> Iterable[Fault]:
    at = f"/outcomes/{index}"
    if one.need not in known.needs:
        yield f"{at}/need", "Choose one of the needs of this referral."
    if known.kinds.get(one.result) != RESULT:
        yield f"{at}/result", "Choose what was achieved."
    for place, code in enumerate(one.codes):
        if known.kinds.get(code) in {None, RESULT}:
            yield f"{at}/codes/{place}", "Choose one of the outcomes in use today."
    yield from _figures(at, one, known)


def _figures(at: str, one: Came, known: Known) -> Iterable[Fault]:
    measured = {
        name for code in one.codes for m in known.measures.get(code, ()) for name in MEASURES[m]
    }
    for field in fields(one):
        value = getattr(one, field.name)
        if field.name in {"need", "result", "codes"} or value is None:
            continue
        if field.name not in measured:
            yield f"{at}/{field.name}", "Choose the outcome this figure belongs to."
        elif field.name in MOST and not 0 <= value <= MOST[field.name]:
            yield f"{at}/{field.name}", f"Write a number from 0 to {MOST[field.name]:,}."
        elif field.name.startswith("scale") and not LEAST_SCALE <= value <= MOST_SCALE:
            yield f"{at}/{field.name}", "Write a number from 1 to 10."
    if ONWARD in measured and one.onward_referral_id is None:
        yield f"{at}/{ONWARD}", "Say which referral goes on from it."
