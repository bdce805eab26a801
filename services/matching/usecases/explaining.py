"""Why a service was chosen, frozen with the versions of everything that decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.criteria import RULES_VERSION
from shared.codes import codes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from services.matching.domain.choice import Pick
    from services.matching.domain.criteria import Finding


COVERS = "covers"
NAME_NEEDS = frozenset({"needs", "one_of"})
"""The criteria whose fact may name needs."""


def rules_version(entry_version: int) -> str:
    """Return by which rules, and which version of its entry, a service was judged."""
    return f"{RULES_VERSION}.{entry_version}"


def explanation(pick: Pick, entry_version: int, geography_version: str) -> dict[str, Any]:
    """Return why *pick* was made: codes and bands only."""
    figure = pick.candidate.entry.standing.places
    return {
        "result": pick.candidate.result,
        "criteria": [told(finding) for finding in pick.candidate.findings],
        "reasons": list(pick.reasons),
        "way": pick.candidate.way,
        "rules_version": rules_version(entry_version),
        "geography_version": geography_version,
        "capacity": {
            "version": figure.version if figure else None,
            "places": figure.places if figure else None,
            "reserved": figure.reserved if figure else 0,
            "accepted": figure.accepted if figure else 0,
            "as_of": figure.as_of.isoformat() if figure else None,
        },
    }


def for_sides(explanation: Mapping[str, Any], needs: Iterable[str]) -> dict[str, Any]:
    """Return a frozen explanation as the two agencies read it: with no need but those referred.

    What somebody else was asked to help with is theirs alone, though it was weighed here too;
    so neither its name nor that there is more is told.
    """
    referred = frozenset(needs)
    criteria = [{**one, "fact": narrowed(one, referred)} for one in explanation["criteria"]]
    reasons = [
        f"{COVERS}:{len(referred)}" if reason.partition(":")[0] == COVERS else reason
        for reason in explanation["reasons"]
    ]
    return {**explanation, "criteria": criteria, "reasons": reasons}


def narrowed(one: Mapping[str, str | None], referred: Collection[str]) -> str | None:
    """Return the fact of one criterion without the needs that are not among *referred*."""
    fact = one["fact"]
    if fact is None or one["criterion"] not in NAME_NEEDS:
        return fact
    others = codes("needs").keys() - set(referred)
    return " ".join(code for code in fact.split(" ") if code not in others) or None


def told(finding: Finding) -> dict[str, str | None]:
    """Return one criterion as everyone is shown it."""
    return {
        "criterion": finding.criterion,
        "result": finding.result,
        "fact": finding.fact,
        "ask": finding.ask,
    }
