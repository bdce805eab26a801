"""A choice as it was made, in words: each service that decided it, and whether it follows again.

Promise: a reader sees a service only if they find it in the guide; what is told of the person are
the codes and bands the choice itself rests on.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.matching.domain.criteria import Result
from services.matching.domain.plain import CRITERIA, RESULTS, WAYS_CHOSEN
from services.matching.http import words
from services.matching.http.entry_shapes import reading
from services.matching.http.shapes import NAME_IT
from services.matching.storage.guide import entry_of
from services.matching.usecases.explaining import for_sides, narrowed, told
from services.matching.usecases.replaying import (
    candidates_again,
    candidates_of,
    failed_again,
    replay,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.choice import Candidate
    from services.matching.domain.criteria import Finding
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.replaying import Replayed

GONE = "What it followed from was not kept, or is erased. So it cannot be made again."
MADE_AGAIN = "We made the choice again, from the rules, places and facts of that moment."
SAME = f"{MADE_AGAIN} The answer is the same."
ANOTHER = f"{MADE_AGAIN} The answer differs: {{}}. Please tell whoever runs this hub."
DIFFERS = {
    "result": "how well it fits",
    "criteria": "what fits and what does not",
    "reasons": "why it stood first",
    "way": "on what terms it could be asked",
    "needs": "which help it was asked for",
    "service": "which service it was",
}
TONES = {Result.MET: "good", Result.UNKNOWN: "waiting", Result.NOT_MET: "neutral"}
COLUMNS = ("What is asked", "Result", "What is known", "Still to ask")


def choice_of(
    referral: Referral, tx: MatchingTransaction, only: UUID | None = None
) -> dict[str, Any]:
    """Return how the service of a referral was chosen; *only* one agency's services, if so."""
    frozen, said = referral.decision or {}, for_sides(referral.explanation, referral.needs)
    return {
        "title": words.words("needs", referral.needs),
        "when": _moment(frozen, tx) if frozen else None,
        "rank": words.rank_sentence(said),
        "again": _again(replay(referral.id, tx)),
        "services": [
            _service(one, row, referral.needs, picked=one.entry.service_id == referral.service_id)
            for one, row in _found(candidates_of(referral, tx), tx)
            if only in {None, one.entry.agency_id}
        ],
        "asked": None if frozen else words.criterion_rows(said),
        "versions": f"{referral.rules_version}, {referral.geography_version}",
    }


def failure_of(gap: Row[Any], tx: MatchingTransaction) -> dict[str, Any]:
    """Return why nobody could be asked for a need."""
    frozen = gap.decision or {}
    reasons = failed_again(frozen, gap.need, tx) if frozen else ()
    same = (
        SAME if list(reasons) == list(gap.reasons) else ANOTHER.format("why nobody could be asked")
    )
    return {
        "title": words.words("needs", [gap.need]),
        "when": _moment(frozen, tx) if frozen else None,
        "rank": f"Nobody could be asked. {_refusals(gap.reasons)}",
        "again": same if frozen else GONE,
        "services": [
            _service(one, row, [gap.need], picked=False)
            for one, row in _found(candidates_again(frozen, tx) if frozen else [], tx)
            if gap.need in one.covers
        ],
    }


def _again(replayed: Replayed | None) -> str:
    if replayed is None:
        return GONE
    if replayed.same:
        return SAME
    return ANOTHER.format(", ".join(DIFFERS[name] for name in replayed.differs))


def _found(
    candidates: Sequence[Candidate], tx: MatchingTransaction
) -> Iterator[tuple[Candidate, Row[Any]]]:
    """Yield the services that the reader finds in the guide."""
    reader, shown = reading(tx), tx.shown_these(one.entry.service_id for one in candidates)
    for one in candidates:
        row = shown.get(one.entry.service_id)
        if row is not None and reader.finds(row):
            yield one, row


def _service(
    one: Candidate, row: Row[Any], needs: Sequence[str], *, picked: bool
) -> dict[str, Any]:
    terms = _refusals([one.refusal]) if one.refusal else WAYS_CHOSEN[one.way] if one.way else ""
    return {
        "name": f"{entry_of(row.entry)['name']}, {row.agency_name}",
        "picked": picked,
        "badge": {"text": RESULTS[one.result], "tone": TONES[one.result]},
        "terms": terms,
        "rows": [_row(told(finding), needs) for finding in one.findings if _says(finding)],
    }


def _row(one: Mapping[str, str | None], needs: Sequence[str]) -> list[str]:
    criterion = str(one["criterion"])
    return [
        CRITERIA[criterion],
        RESULTS[str(one["result"])],
        words.fact_words(criterion, narrowed(one, needs)) or "Not known",
        one["ask"] or "Nothing",
    ]


def _says(finding: Finding) -> bool:
    return finding.fact not in {"any", "anywhere"}


def _refusals(reasons: Sequence[str]) -> str:
    """Return the codes of why a service could not be asked as sentences."""
    told = (NAME_IT if code == "CAPACITY_UNKNOWN" else words.reason_words(code) for code in reasons)
    return " ".join(f"{text.rstrip('.')}." for text in told)


def _moment(frozen: Mapping[str, Any], tx: MatchingTransaction) -> str:
    return words.hour(datetime.fromisoformat(frozen["at"]), tx.calendar())
