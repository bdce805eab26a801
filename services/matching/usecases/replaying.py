"""The same choice again, from what was frozen with it.

Promise: rules, figures and what was known of the person are those of the moment of the choice,
whatever has changed since; where the answer differs, it says in what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.choice import (
    Choice,
    assess,
    choose,
    choose_by_hand,
    choose_named,
    rank,
)
from services.matching.errors import ReferralNotFoundError
from services.matching.storage.guide import criteria_of
from services.matching.usecases.explaining import told
from services.matching.usecases.freezing import thawed_entry, thawed_situation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.matching.domain.choice import Candidate, Entry, Pick
    from services.matching.domain.criteria import Situation
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

COMPARED = ("result", "criteria", "reasons", "way")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of choosing again: `differs` names what is not as it was; none: the same."""

    at: datetime
    differs: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Tell whether the same answer came out."""
        return not self.differs


def replay(referral_id: UUID, tx: MatchingTransaction) -> Replayed | None:
    """Choose a referral's service again; None where its choice was not frozen, or is erased."""
    referral = tx.any_referral(referral_id)
    if referral is None:
        raise ReferralNotFoundError
    frozen = referral.decision
    if not frozen:
        return None
    choice = choose_again(frozen, tx)
    at = datetime.fromisoformat(frozen["at"])
    picks = (p for p in choice.picks if p.candidate.entry.service_id == referral.service_id)
    pick = next(picks, None)
    if pick is None:
        return Replayed(at, ("service",))
    again, then = _answer(pick), referral.explanation
    differs = [name for name in COMPARED if again[name] != then[name]]
    if list(pick.needs) != list(referral.needs):
        differs.append("needs")
    return Replayed(at, tuple(differs))


def choose_again(frozen: Mapping[str, Any], tx: MatchingTransaction) -> Choice:
    """Return what follows from a frozen choice by the rules of their own versions."""
    entries, known, now = _thawed(frozen, tx)
    agreed = frozenset(UUID(agency) for agency in frozen["consented"])
    if frozen.get("by_hand"):
        return Choice(proposals=tuple(choose_by_hand(entry, known, now) for entry in entries))
    if named := [UUID(service_id) for service_id in frozen["named"]]:
        return choose_named(known, entries, named, agreed, now)
    return choose(known, entries, agreed, now, frozenset(frozen["out_of_area"]))


def candidates_again(frozen: Mapping[str, Any], tx: MatchingTransaction) -> list[Candidate]:
    """Return each service that decided a frozen choice as it was held then, the best first."""
    entries, known, now = _thawed(frozen, tx)
    named = bool(frozen["named"]) or bool(frozen.get("by_hand"))
    held = [assess(entry, known, now, named=named) for entry in entries]
    ranked = rank(one for one in held if one.refusal is None)
    return [*ranked, *(one for one in held if one.refusal)]


def candidates_of(referral: Referral, tx: MatchingTransaction) -> list[Candidate]:
    """Return the service of a referral as it was held, then the others for what it is about."""
    found = candidates_again(referral.decision, tx) if referral.decision else []
    own = [one for one in found if one.entry.service_id == referral.service_id]
    needs = set(referral.needs)
    return [*own, *(one for one in found if one not in own and needs & set(one.covers))]


def failed_again(frozen: Mapping[str, Any], need: str, tx: MatchingTransaction) -> Sequence[str]:
    """Return the codes why nobody could be asked for *need*, chosen again from what was frozen."""
    failures = choose_again(frozen, tx).failures
    return next((failure.reasons for failure in failures if need in failure.needs), ())


def _thawed(
    frozen: Mapping[str, Any], tx: MatchingTransaction
) -> tuple[list[Entry], Situation, datetime]:
    """Return the services, what was known of the person, and the moment, all as they were."""
    texts = tx.entries_of_versions([(UUID(s["id"]), s["version"]) for s in frozen["services"]])
    entries = [
        thawed_entry(service, criteria_of(texts[UUID(service["id"])]))
        for service in frozen["services"]
        if UUID(service["id"]) in texts
    ]
    return entries, thawed_situation(frozen["situation"]), datetime.fromisoformat(frozen["at"])


def _answer(pick: Pick) -> dict[str, Any]:
    candidate = pick.candidate
    return {
        "result": candidate.result,
        "criteria": [told(finding) for finding in candidate.findings],
        "reasons": list(pick.reasons),
        "way": candidate.way,
    }
