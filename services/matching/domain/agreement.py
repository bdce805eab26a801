"""What a person agrees to now, and what follows from it for one referral. Pure.

Promise: it is computed from facts that only add up, so that the order in which they were
heard does not matter; whoever is hidden from a request is never agreed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from services.matching.domain.transitions import State

if TYPE_CHECKING:
    from collections.abc import Iterable

Told: TypeAlias = Mapping[UUID, frozenset[str]]
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """One consent or override: what it gave, what of it ended, and who was refused."""

    id: UUID
    given: Told
    ended: Told
    refused: frozenset[UUID] = frozenset()
    consent: bool = True
    over: bool = False
    lapsed: bool = False
    """Nobody looked at it in time: what it released goes on, and it releases nothing new."""

    def live(self, agency: UUID) -> frozenset[str]:
        """Return what this one still lets *agency* be told."""
        if self.over:
            return NOTHING
        return self.given.get(agency, NOTHING) - self.ended.get(agency, NOTHING)

    def gone(self, agency: UUID) -> frozenset[str]:
        """Return what this one no longer lets *agency* be told."""
        given = self.given.get(agency, NOTHING) if self.over else NOTHING
        return given | self.ended.get(agency, NOTHING)


@dataclass(frozen=True, slots=True)
class Agreement:
    """All that is known of one request: `first` is what it came with, from whichever consent.

    `hidden` are the agencies, and the single services, that must not know of it.
    """

    first: Told
    sources: tuple[Source, ...] = ()
    hidden: frozenset[UUID] = frozenset()

    def hides(self, agency: UUID, service: UUID) -> bool:
        """Tell whether an agency, or a single service of it, must not know."""
        return agency in self.hidden or service in self.hidden

    def live(self, agency: UUID) -> frozenset[str]:
        """Return the categories *agency* may be told now."""
        if agency in self.hidden:
            return NOTHING
        gone = NOTHING.union(*(source.gone(agency) for source in self.sources))
        first = self.first.get(agency, NOTHING) - gone
        return first.union(*(source.live(agency) for source in self.sources))

    def may_begin(self, agency: UUID, needed: Iterable[str]) -> bool:
        """Tell whether something new may be put to *agency* that asks for these categories."""
        return self.without_lapsed().suffices(agency, needed)

    def without_lapsed(self) -> Agreement:
        """Return the same without overrides that nobody looked at in time."""
        lapsed = [one for one in self.sources if one.lapsed]
        if not lapsed:
            return self
        first = {
            agency: kinds.difference(*(one.given.get(agency, NOTHING) for one in lapsed))
            for agency, kinds in self.first.items()
        }
        return replace(
            self, first=first, sources=tuple(one for one in self.sources if not one.lapsed)
        )

    def ever(self, agency: UUID) -> frozenset[str]:
        """Return the categories *agency* may be told, or might have been told once."""
        given = (source.given.get(agency, NOTHING) for source in self.sources)
        return self.first.get(agency, NOTHING).union(*given)

    def agencies(self) -> frozenset[UUID]:
        """Return every agency that may be told something now."""
        named = set(self.first).union(*(source.given for source in self.sources))
        return frozenset(agency for agency in named if self.live(agency))

    def refused(self, agency: UUID) -> bool:
        """Tell whether the person said no to *agency*."""
        return any(agency in source.refused for source in self.sources)

    def ended(self, agency: UUID) -> bool:
        """Tell whether the person took something back from *agency*."""
        return any(source.gone(agency) for source in self.sources)

    def took_back(self, agency: UUID) -> bool:
        """Tell whether *agency* was agreed to or asked for before, and may be told nothing now."""
        return (self.refused(agency) or self.ended(agency)) and not self.live(agency)

    def relied_on(self, agency: UUID) -> UUID | None:
        """Return the newest consent that lets *agency* be told something, if one does."""
        live = [source.id for source in self.sources if source.consent and source.live(agency)]
        return max(live, default=None)

    def suffices(self, agency: UUID, needed: Iterable[str], sent: Iterable[str] = ()) -> bool:
        """Tell whether nothing is lost of what the service needs and once was granted."""
        live = self.live(agency)
        required = frozenset(needed) & (self.ever(agency) | frozenset(sent))
        return bool(live) and required <= live


class Fate(StrEnum):
    """What must become of a referral."""

    STAY = "stay"
    SEND = "send"
    CANCEL = "cancel"
    HALT = "halt"
    RESUME = "resume"


def fate(
    state: State, agency: UUID, agreement: Agreement, *, suffices: bool, hidden: bool = False
) -> Fate:
    """Return what a live referral's state must become, now that so much is agreed."""
    if state is State.PROPOSED:
        if suffices:
            return Fate.SEND
        return Fate.CANCEL if hidden or agreement.refused(agency) else Fate.STAY
    if state is State.HALTED:
        return Fate.RESUME if suffices else Fate.STAY
    return Fate.STAY if suffices else Fate.HALT
