"""Why a service was chosen, frozen with the versions of everything that decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.criteria import RULES_VERSION

if TYPE_CHECKING:
    from services.matching.domain.choice import Pick
    from services.matching.domain.criteria import Finding


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


def told(finding: Finding) -> dict[str, str | None]:
    """Return one criterion as everyone is shown it."""
    return {
        "criterion": finding.criterion,
        "result": finding.result,
        "fact": finding.fact,
        "ask": finding.ask,
    }
