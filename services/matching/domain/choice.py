"""Choosing whom to ask, so that anyone can see why.

Promise: the same guide and the same situation give the same choice. Only agencies the
person agreed to are asked; a better or only one besides them is proposed, not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.domain.ranking import (
    Candidate,
    Entry,
    assess,
    first_equals,
    rank,
    rank_reasons,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from services.matching.domain.criteria import Situation

__all__ = [
    "Candidate",
    "Choice",
    "Entry",
    "Failure",
    "Pick",
    "assess",
    "choose",
    "choose_by_hand",
    "choose_named",
    "rank",
    "rank_reasons",
]
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Pick:
    """A service chosen for some needs, and why it ranked where it did."""

    candidate: Candidate
    needs: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Needs for which nobody could be asked, and why; `service_id` if that one was named."""

    needs: tuple[str, ...]
    reasons: tuple[str, ...]
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom to send to, whom only to propose until the person agrees, and what failed."""

    sends: tuple[Pick, ...] = ()
    proposals: tuple[Pick, ...] = ()
    failures: tuple[Failure, ...] = ()
    decisive: tuple[Entry, ...] = ()
    """The services that decided it: from these alone the same choice follows again."""

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Return all that was chosen."""
        return self.sends + self.proposals


def choose(
    situation: Situation,
    entries: Iterable[Entry],
    consented: frozenset[UUID],
    now: datetime,
    elsewhere: frozenset[str] | None = None,
) -> Choice:
    """Pick, for each need, the best service the person agreed to.

    *elsewhere*, where the entries were found by need and area, are the needs that somebody else
    offers in another area.
    """
    sifted = elsewhere is not None and bool(situation.area_codes)
    assessed = [assess(e, situation, now, named=False, sifted=sifted) for e in entries]
    ranked = rank(c for c in assessed if c.refusal is None)
    sends: dict[UUID, list[str]] = {}
    proposals: dict[UUID, list[str]] = {}
    failures: list[Failure] = []
    for need in situation.needs:
        fitting = [c for c in ranked if need in c.covers]
        agreed = next((c for c in fitting if c.entry.agency_id in consented), None)
        if agreed:
            sends.setdefault(agreed.entry.service_id, []).append(need)
        if fitting and (agreed is None or fitting[0].fit < agreed.fit):
            proposals.setdefault(fitting[0].entry.service_id, []).append(need)
        if not fitting:
            failures.append(Failure((need,), _why_nobody(need, assessed, elsewhere or frozenset())))
    picked = _picks(sends, ranked), _picks(proposals, ranked)
    failed = [failure.needs[0] for failure in failures]
    decisive = _decisive((*picked[0], *picked[1]), ranked, failed, assessed)
    return Choice(*picked, tuple(failures), decisive)


def choose_named(
    situation: Situation,
    entries: Iterable[Entry],
    named: Sequence[UUID],
    consented: frozenset[UUID],
    now: datetime,
) -> Choice:
    """Pick exactly the named services, in parallel, on whatever terms each can be asked."""
    known = {entry.service_id: entry for entry in entries}
    found = [assess(known[i], situation, now, named=True) for i in named if i in known]
    askable = [c for c in found if c.refusal is None]
    picks = [_named_pick(c, situation) for c in askable]
    unknown = [i for i in named if i not in known]
    missing = [Failure(situation.needs, ("CLOSED_TO_REFERRALS",), i) for i in unknown]
    refused = [
        Failure(c.covers or situation.needs, (c.refusal,), c.entry.service_id)
        for c in found
        if c.refusal
    ]
    return Choice(
        tuple(p for p in picks if p.candidate.entry.agency_id in consented),
        tuple(p for p in picks if p.candidate.entry.agency_id not in consented),
        (*missing, *refused),
        tuple(c.entry for c in found),
    )


def choose_by_hand(entry: Entry, situation: Situation, now: datetime) -> Pick:
    """Pick the service that a worker chose, whatever its rank; their reason stands beside it."""
    candidate = assess(entry, situation, now, named=True)
    needs = candidate.covers or situation.needs
    return Pick(candidate, needs, (BY_HAND, *rank_reasons(candidate, [candidate])))


def _picks(needs_of: dict[UUID, list[str]], ranked: Sequence[Candidate]) -> tuple[Pick, ...]:
    return tuple(
        Pick(c, tuple(needs_of[c.entry.service_id]), rank_reasons(c, ranked))
        for c in ranked
        if c.entry.service_id in needs_of
    )


def _named_pick(candidate: Candidate, situation: Situation) -> Pick:
    needs = candidate.covers or situation.needs
    return Pick(candidate, needs, ("named", *rank_reasons(candidate, [candidate])))


def _decisive(
    picks: Iterable[Pick],
    ranked: Sequence[Candidate],
    failed: Sequence[str],
    assessed: Sequence[Candidate],
) -> tuple[Entry, ...]:
    """Return what was picked, its nearest equals, and for each failure one service per reason.

    The best for a need is either picked or the equal of one that is, so no other can matter.
    """
    kept: dict[UUID, Entry] = {}
    for pick in picks:
        equals = first_equals(pick.candidate, ranked)
        kept |= {c.entry.service_id: c.entry for c in (pick.candidate, *equals)}
    for need in failed:
        why = {c.refusal: c.entry for c in assessed if need in c.covers}
        kept |= {entry.service_id: entry for entry in why.values()}
    return tuple(kept.values())


def _why_nobody(
    need: str, assessed: Iterable[Candidate], elsewhere: frozenset[str]
) -> tuple[str, ...]:
    reasons = {c.refusal for c in assessed if need in c.covers and c.refusal}
    if need in elsewhere:
        reasons.add("OUT_OF_AREA")
    return tuple(sorted(reasons)) or ("SERVICE_NOT_PROVIDED",)
