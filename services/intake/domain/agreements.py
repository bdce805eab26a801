"""May this agency refer to that one, by what matching told of their agreements. Pure.

Promise: an early word only: matching decides again when it places the request. How many a
trial lets be open is for matching alone to count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

ADMITTED = frozenset({"trial", "full"})
INVITED, ENDED, SUSPENDED = "invited", "ended", "suspended"
WHY_NOT = {
    "AGREEMENT_MISSING": "There is no agreement between these two agencies.",
    "AGREEMENT_NOT_BEGUN": "The agreement between these two agencies has not begun.",
    "AGREEMENT_EXPIRED": "The agreement between these two agencies has expired.",
    "AGREEMENT_SUSPENDED": "The agreement between these two agencies is paused.",
    "AGREEMENT_ENDED": "The agreement between these two agencies has ended.",
    "AGREEMENT_ONE_WAY": "The agreement does not allow referrals in this direction.",
}
NOT_COVERED = "The agreement between these two agencies does not cover this. (AGREEMENT_DATA)"
NEAREST = (
    "AGREEMENT_SUSPENDED",
    "AGREEMENT_EXPIRED",
    "AGREEMENT_ENDED",
    "AGREEMENT_ONE_WAY",
    "AGREEMENT_NOT_BEGUN",
)
"""Of several agreements the one that comes nearest to holding says why it does not."""


@dataclass(frozen=True, slots=True)
class Party:
    """One agency under an agreement."""

    agency_id: UUID
    stage: str
    may_refer: bool
    may_receive: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement, as matching told it."""

    starts_on: date
    ends_on: date | None
    categories: frozenset[str]
    parties: tuple[Party, ...]

    def party(self, agency_id: UUID) -> Party | None:
        """Return how *agency_id* takes part, if it does."""
        return next((one for one in self.parties if one.agency_id == agency_id), None)


def in_force(
    agreements: Iterable[Agreement], referrer: UUID, receiver: UUID, on: date
) -> list[Agreement]:
    """Return those by which *referrer* may refer to *receiver* on a day."""
    return [one for one in agreements if _fault(one, referrer, receiver, on) is None]


def why_not(
    agreements: Iterable[Agreement], referrer: UUID, receiver: UUID, on: date, *, required: bool
) -> str | None:
    """Return the sentence, with its rule, that forbids a referral; None where nothing does."""
    found = {_fault(one, referrer, receiver, on) for one in agreements if one.party(receiver)}
    if None in found or referrer == receiver:
        return None
    binding = found if required else found - {"AGREEMENT_NOT_BEGUN"}
    missing = "AGREEMENT_MISSING" if required else None
    rule = next((rule for rule in NEAREST if rule in binding), missing)
    return f"{WHY_NOT[rule]} ({rule})" if rule else None


def _fault(agreement: Agreement, referrer: UUID, receiver: UUID, on: date) -> str | None:
    sender, taker = agreement.party(referrer), agreement.party(receiver)
    if sender is None or taker is None:
        return "AGREEMENT_MISSING"
    stages = {sender.stage, taker.stage}
    if INVITED in stages or on < agreement.starts_on:
        return "AGREEMENT_NOT_BEGUN"
    if ENDED in stages:
        return "AGREEMENT_ENDED"
    if agreement.ends_on is not None and agreement.ends_on < on:
        return "AGREEMENT_EXPIRED"
    if not stages <= ADMITTED:
        return "AGREEMENT_SUSPENDED"
    return None if sender.may_refer and taker.may_receive else "AGREEMENT_ONE_WAY"
