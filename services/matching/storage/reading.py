"""Rows of the guide as the domain sees them: entries, criteria, places and standing.

Promise: an entry is read once for each text it ever had, so that a change can never be missed.
"""

from __future__ import annotations

from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Any

import orjson

from services.matching.domain.capacity import Places, Standing
from services.matching.domain.choice import Entry
from services.matching.domain.criteria import Criteria
from services.matching.domain.entries import completed
from services.matching.domain.rules import rules_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row


@lru_cache(maxsize=4096)
def entry_of(text: str) -> dict[str, Any]:
    """Read a stored entry. Keyed by its whole text, so that a change can never be missed."""
    return completed(orjson.loads(text))


@lru_cache(maxsize=4096)
def criteria_of(text: str) -> Criteria:
    """Return the criteria within a stored entry."""
    return criteria_in(entry_of(text))


def criteria_in(entry: Mapping[str, Any]) -> Criteria:
    """Return the criteria an entry states, its plain limits and its further rules."""
    threshold = entry["threshold"]
    return Criteria(
        # The same few hundred codes recur in thousands of entries.
        needs=tuple(intern(need) for need in entry["needs"]),
        area_codes=tuple(intern(area) for area in entry["area_codes"]),
        minimum_age=entry["minimum_age"],
        maximum_age=entry["maximum_age"],
        threshold=(threshold[0], threshold[1]) if threshold else None,
        languages=tuple(entry["languages"]),
        interpreters=entry["interpreters"],
        groups=tuple(entry["groups"]),
        further=rules_of(entry.get("rules") or ()),
    )


def places_of(row: Row[Any]) -> Places | None:
    """Return what an agency said of its places, and what is promised since."""
    if row.places is None:
        return None
    return Places(
        places=row.places,
        as_of=row.as_of,
        takes_waiting_list=row.takes_waiting_list,
        reserved=row.reserved,
        accepted=row.accepted,
        version=row.capacity_version,
    )


def standing_of(row: Row[Any]) -> Standing:
    """Return all that decides whether the service of *row* may be asked now."""
    return Standing(
        places=places_of(row),
        reviewed_on=row.reviewed_on,
        clock_profile=entry_of(row.entry)["clock_profile"],
        closed=row.closed,
        paused=row.paused,
        forecast_wait_days=forecast_of(row),
    )


def forecast_of(row: Row[Any]) -> int | None:
    """Return how long people wait: by the service's own record, else as its agency says."""
    learned: int | None = getattr(row, "forecast_wait_days", None)
    if learned is not None:
        return learned
    declared: int | None = entry_of(row.entry)["forecast_wait_days"]
    return declared


def as_entry(row: Row[Any]) -> Entry:
    """Return the service of *row* as the choice sees it."""
    return Entry(
        service_id=row.id,
        agency_id=row.agency_id,
        criteria=criteria_of(row.entry),
        standing=standing_of(row),
        forecast_wait_days=forecast_of(row),
        last_offered_at=row.last_offered_at,
        listed=row.listed,
    )
