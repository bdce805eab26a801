"""Why a service was chosen, frozen with the versions of everything that decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.criteria import RULES_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.matching.domain.choice import Pick
    from services.matching.domain.criteria import Finding


def rules_version(service: Row[Any]) -> str:
    """Return by which rules, and which version of its entry, a service was judged."""
    return f"{RULES_VERSION}.{service.entry_version}"


def explanation(pick: Pick, service: Row[Any], geography_version: str) -> dict[str, Any]:
    """Return why *pick* was made: codes and bands only."""
    return {
        "result": pick.candidate.result,
        "criteria": [told(finding) for finding in pick.candidate.findings],
        "reasons": list(pick.reasons),
        "way": pick.candidate.way,
        "rules_version": rules_version(service),
        "geography_version": geography_version,
        "capacity": {
            "version": service.capacity_version,
            "places": service.places,
            "reserved": service.reserved,
            "accepted": service.accepted,
            "as_of": service.as_of.isoformat() if service.as_of else None,
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
