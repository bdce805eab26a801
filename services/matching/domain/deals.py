"""Agreements between agencies: who may refer to whom, since when, and which data (G2). Pure.

What a person agrees to is another matter, in `agreement.py`. Promise: a pair that made
agreements needs one that holds today; a pair without any needs one only where the
partnership asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

ENDS_SOON_DAYS = 60
REFER, CASE_REVIEW = "refer", "case_review"
PURPOSES = (REFER, CASE_REVIEW)


class Stage(StrEnum):
    """How far an agency is admitted under an agreement."""

    INVITED = "invited"
    TRIAL = "trial"
    FULL = "full"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Rule(StrEnum):
    """Why one agency may not refer to another."""

    MISSING = "AGREEMENT_MISSING"
    NOT_BEGUN = "AGREEMENT_NOT_BEGUN"
    EXPIRED = "AGREEMENT_EXPIRED"
    SUSPENDED = "AGREEMENT_SUSPENDED"
    ENDED = "AGREEMENT_ENDED"
    ONE_WAY = "AGREEMENT_ONE_WAY"
    TRIAL_FULL = "AGREEMENT_TRIAL_FULL"
    DATA = "AGREEMENT_DATA"


class Ending(StrEnum):
    """How near its end an agreement is; each step is told once."""

    MONTH = "ENDS_IN_A_MONTH"
    WEEK = "ENDS_IN_A_WEEK"
    OVER = "ENDED"


LONGEST_TOLD = timedelta(days=30)
"""Before an end that is when it is told first; what ended longer ago is no news to anybody."""
A_WEEK = timedelta(days=7)
ADMITTED = frozenset({Stage.TRIAL, Stage.FULL})
NEXT: dict[Stage, tuple[Stage, ...]] = {
    Stage.INVITED: (Stage.TRIAL, Stage.FULL, Stage.ENDED),
    Stage.TRIAL: (Stage.FULL, Stage.SUSPENDED, Stage.ENDED),
    Stage.FULL: (Stage.SUSPENDED, Stage.ENDED),
    Stage.SUSPENDED: (Stage.TRIAL, Stage.FULL, Stage.ENDED),
    Stage.ENDED: (Stage.INVITED,),
}
"""Where an agency may go from each stage; whoever left is invited anew."""
NEAREST = (
    Rule.DATA,
    Rule.TRIAL_FULL,
    Rule.SUSPENDED,
    Rule.EXPIRED,
    Rule.ENDED,
    Rule.ONE_WAY,
    Rule.NOT_BEGUN,
)
"""Of several agreements the one that comes nearest to holding says why it does not."""


@dataclass(frozen=True, slots=True)
class Party:
    """One agency under an agreement; `trial_limit` counts its open referrals while on trial."""

    agency_id: UUID
    stage: Stage
    may_refer: bool = True
    may_receive: bool = True
    trial_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """One agreement: what for, between whom, from when to when, and which data may pass."""

    id: UUID
    starts_on: date
    ends_on: date | None
    categories: frozenset[str]
    parties: tuple[Party, ...]
    purposes: frozenset[str] = frozenset(PURPOSES)

    def party(self, agency_id: UUID) -> Party | None:
        """Return how *agency_id* takes part, if it does."""
        return next((p for p in self.parties if p.agency_id == agency_id), None)

    def runs(self, on: date) -> bool:
        """Tell whether *on* lies within its dates."""
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between a referrer and a receiver: the deal that holds, or the rule that fails.

    Both None: they made no agreement, and the partnership asks for none.
    """

    deal: Deal | None = None
    rule: Rule | None = None


def between(
    deals: Iterable[Deal],
    sides: tuple[UUID, UUID],
    on: date,
    *,
    required: bool,
    needed: Iterable[str] = (),
    open_now: int | None = None,
) -> Between:
    """Return by which deal the first of *sides* may refer to the second, or why not.

    *needed* are the categories the receiving service cannot do without; *open_now* how many
    referrals the referrer has open there, where that was counted.
    """
    referrer, receiver = sides
    found: set[Rule] = set()
    wanted = frozenset(needed)
    for deal in (one for one in deals if REFER in one.purposes):
        rule = _fault(deal, referrer, receiver, on)
        if rule is None:
            rule = _limit(deal, referrer, wanted, open_now)
        if rule is None:
            return Between(deal=deal)
        if rule is not Rule.MISSING:
            found.add(rule)
    binding = found if required else found - {Rule.NOT_BEGUN}
    fallback = Rule.MISSING if required else None
    return Between(rule=next((rule for rule in NEAREST if rule in binding), fallback))


def _fault(deal: Deal, referrer: UUID, receiver: UUID, on: date) -> Rule | None:
    sides = deal.party(referrer), deal.party(receiver)
    if sides[0] is None or sides[1] is None:
        return Rule.MISSING
    stages = {side.stage for side in sides if side is not None}
    if Stage.INVITED in stages or on < deal.starts_on:
        return Rule.NOT_BEGUN
    if Stage.ENDED in stages:
        return Rule.ENDED
    if not deal.runs(on):
        return Rule.EXPIRED
    if Stage.SUSPENDED in stages:
        return Rule.SUSPENDED
    return None if sides[0].may_refer and sides[1].may_receive else Rule.ONE_WAY


def _limit(deal: Deal, referrer: UUID, wanted: frozenset[str], open_now: int | None) -> Rule | None:
    if deal.categories and not wanted <= deal.categories:
        return Rule.DATA
    side = deal.party(referrer)
    limit = side.trial_limit if side and side.stage is Stage.TRIAL else None
    full = limit is not None and open_now is not None and open_now >= limit
    return Rule.TRIAL_FULL if full else None


def ending(ends_on: date, today: date) -> Ending | None:
    """Return the step an agreement has come to on its way to its last day, or beyond it."""
    left = ends_on - today
    if not -LONGEST_TOLD <= left <= LONGEST_TOLD:
        return None
    if left < timedelta():
        return Ending.OVER
    return Ending.WEEK if left <= A_WEEK else Ending.MONTH
