"""What an entry of the guide says: its own words where it has some, else its agency's.

Promise: what neither says is closed or empty. The resolved entry is whole, so that readers
and old explanations never have to ask where a value came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARED: dict[str, Any] = {
    "area_codes": [],
    "languages": [],
    "interpreters": None,
    "categories": [],
    "contact": {},
    "clock_profile": "default",
    "threshold_guide": "",
    "occasional_support": "",
    "address": "",
    "postcode": "",
    "website": "",
    "location": "hidden",
    "contact_public": "none",
    "listed": "by_worker_only",
}
"""What an agency may say once for all its services, and what holds when nobody says."""

OWN: dict[str, Any] = {
    "name": "",
    "description": "",
    "who_for": "",
    "eligibility": "",
    "what_to_bring": "",
    "needs": [],
    "minimum_age": None,
    "maximum_age": None,
    "groups": [],
    "threshold": None,
    "rules": [],
    "forecast_wait_days": None,
}
"""What each service says of itself, and what holds when it does not."""

WHOLE = {**OWN, **SHARED}


def resolve(own: Mapping[str, Any], agency: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole entry: *own* first, then its agency's, then the default."""
    return {
        **own,
        **{name: _first(own.get(name), agency.get(name), SHARED[name]) for name in SHARED},
    }


def inherited(own: Mapping[str, Any], agency: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what an entry takes from its agency."""
    return tuple(name for name in SHARED if own.get(name) is None and agency.get(name) is not None)


def completed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored entry with what later versions added to the standard, closed."""
    return {**WHOLE, **entry}


def _first(*values: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    return next((value for value in values if value is not None), None)
