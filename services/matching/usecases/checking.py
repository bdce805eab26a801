"""Would a service fit? Asked before anyone writes a long form; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from services.matching.domain.choice import Candidate, assess, rank, rank_reasons
from services.matching.storage.guide import as_entry
from services.matching.usecases.dealing import held_to_agreements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.domain.criteria import Situation
    from services.matching.storage import MatchingTransaction


@dataclass(frozen=True, slots=True)
class Checked:
    """One service held against a situation; only what can be asked has a rank."""

    row: Row[Any]
    candidate: Candidate
    rank: int | None
    reasons: tuple[str, ...]


def check_eligibility(
    situation: Situation, listed: Sequence[str], tx: MatchingTransaction
) -> list[Checked]:
    """Return the services that offer a need, best first, then those that cannot be asked."""
    rows = {row.id: row for row in tx.shown_for(situation.needs, listed)}
    entries = [held_to_agreements(as_entry(row), row, tx) for row in rows.values()]
    assessed = [assess(entry, situation, tx.now, named=False) for entry in entries]
    ranked = rank(candidate for candidate in assessed if candidate.refusal is None)
    refused = rank(candidate for candidate in assessed if candidate.refusal is not None)
    fitting = [
        Checked(rows[c.entry.service_id], c, place, rank_reasons(c, ranked))
        for place, c in enumerate(ranked, start=1)
    ]
    others = [Checked(rows[c.entry.service_id], c, None, (str(c.refusal),)) for c in refused]
    return fitting + others
