"""How well a service suits, and what puts one before another.

Promise: the order is total and the same whoever asks; every part of it has a code that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from uuid import UUID

from services.matching.domain.capacity import Standing, Way, way_in
from services.matching.domain.criteria import (
    Criteria,
    Finding,
    Result,
    Situation,
    evaluate,
    judge,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Order: TypeAlias = tuple[int, int, int, int]

NEVER = datetime.min.replace(tzinfo=UTC)
LONG_WAIT = 100_000
RESULT_ORDER = {Result.MET: 0, Result.UNKNOWN: 1, Result.NOT_MET: 2}
RESULT_WORDS = {
    Result.MET: "meets_all",
    Result.UNKNOWN: "to_ask",
    Result.NOT_MET: "does_not_fit",
}
WAY_ORDER = {Way.PLACE: 0, Way.WAITING_LIST: 1, Way.ENQUIRY: 2, None: 3}
WAY_WORDS = {
    Way.PLACE: "place_free",
    Way.WAITING_LIST: "waiting_list",
    Way.ENQUIRY: "enquiry",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One service of the guide, as the choice sees it."""

    service_id: UUID
    agency_id: UUID
    criteria: Criteria
    standing: Standing
    forecast_wait_days: int | None = None
    last_offered_at: datetime | None = None
    listed: str = "public"
    barred: str | None = None
    """The rule by which no agreement lets this referrer refer there (G2)."""


class Candidate(NamedTuple):
    """A service held against a situation; `refusal` is the code why it cannot be asked.

    `order` ranks it, lower being better; those with the same order are equals.
    """

    entry: Entry
    situation: Situation
    result: Result
    covers: tuple[str, ...]
    way: Way | None
    refusal: str | None
    order: Order

    @property
    def fit(self) -> tuple[int, int]:
        """Return how well it suits, lower being better, before any tie is broken."""
        return self.order[:2]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return each criterion with its result."""
        return evaluate(self.entry.criteria, self.situation)


def assess(
    entry: Entry, situation: Situation, now: datetime, *, named: bool, sifted: bool = False
) -> Candidate:
    """Hold one service against one situation; *sifted*: it was found by need and area."""
    criteria = entry.criteria
    result, unfit = judge(criteria, situation, sifted=sifted)
    way = way_in(entry.standing, now, named=named)
    terms = way if isinstance(way, Way) else None
    offered = criteria.needs
    covers = tuple([need for need in situation.needs if need in offered])
    refusal = (None if named else unfit) or entry.barred or (None if terms else way)
    wait = entry.forecast_wait_days
    if wait is None:
        wait = 0 if terms is Way.PLACE else LONG_WAIT
    order = (RESULT_ORDER[result], WAY_ORDER[terms], -len(covers), wait)
    return Candidate(entry, situation, result, covers, terms, refusal, order)


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Sort best first; among equals, the one longest without an offer."""
    return sorted(
        candidates,
        key=lambda c: (c.order, c.entry.last_offered_at or NEVER, c.entry.service_id.int),
    )


def rank_reasons(candidate: Candidate, ranked: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the codes of what put *candidate* where it stands in *ranked*."""
    reasons = [RESULT_WORDS[candidate.result]]
    if candidate.way:
        reasons.append(WAY_WORDS[candidate.way])
    reasons.append(f"covers:{len(candidate.covers)}")
    if candidate.entry.forecast_wait_days is not None:
        reasons.append(f"wait:{candidate.entry.forecast_wait_days}")
    equals = first_equals(candidate, ranked)
    if len(equals) > 1 and equals[0] is candidate:
        reasons.append("longest_without_offer")
    return tuple(reasons)


def first_equals(candidate: Candidate, ranked: Iterable[Candidate]) -> list[Candidate]:
    """Return the two best of those that nothing but their turn tells apart."""
    return list(islice((other for other in ranked if other.order == candidate.order), 2))
