"""An entry of the guide in words, as its reader may see it: for pages and for the printed guide."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from services.matching.domain import plain_guide as plain
from services.matching.domain.capacity import Status, known, status
from services.matching.domain.clocks import local_date
from services.matching.http import words
from services.matching.http.entry_shapes import seen_entry
from services.matching.storage.guide import standing_of
from shared.codes import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from services.matching.domain.visibility import Audience


def entry_words(row: Row[Any], now: datetime, reader: Audience) -> dict[str, Any]:
    """Return all that *reader* may read of one entry."""
    entry, standing = seen_entry(row, reader), standing_of(row)
    figure, state = known(standing, now), status(standing, now)
    return {
        **entry,
        "id": row.id,
        "agency": row.agency_name,
        "needs": words.words("needs", entry["needs"]),
        "need_codes": entry["needs"],
        "area": where(entry),
        "ages": plain.ages(entry["minimum_age"], entry["maximum_age"]),
        "groups": words.words("groups", entry["groups"]),
        "languages": _languages(entry),
        "bands": _bands(entry["threshold"]),
        "badge": words.status_badge(state),
        "state": state,
        "wait": plain.usual_wait(entry["forecast_wait_days"]),
        "places": figure.free if figure else None,
        "as_of": day(local_date(row.as_of)) if row.as_of else None,
        "checked": plain.checked(row.reviewed_on, local_date(now)),
        "stale": state is Status.UNASSURED,
        "closure": closure_words(row.closure) if row.closed else None,
    }


def where(entry: Mapping[str, Any]) -> str:
    """Return for whom by place a service is."""
    return words.area_words(entry["area_codes"]) if entry["area_codes"] else "Anywhere"


def closure_words(closure: Mapping[str, Any] | None) -> dict[str, str]:
    """Return a closure as people read it; what was not said is empty."""
    told = {"decided_by": "", "reason": "", "plan_for_waiting": "", **(closure or {})}
    until, decided_at = told.get("until"), told.get("decided_at")
    return {
        **{name: str(told[name] or "") for name in ("decided_by", "reason", "plan_for_waiting")},
        "until": day(date.fromisoformat(until)) if until else "",
        "decided_on": day(local_date(datetime.fromisoformat(decided_at))) if decided_at else "",
    }


def day(moment: date) -> str:
    """Return a day as 3 March 2027."""
    return f"{moment.day} {moment:%B %Y}"


def _bands(threshold: list[int] | None) -> str:
    if not threshold:
        return ""
    first, last = (label("threshold_bands", str(band)) for band in threshold)
    return first if first == last else f"From “{first}” to “{last}”"


def _languages(entry: Mapping[str, Any]) -> str:
    spoken = words.words("languages", entry["languages"])
    if not entry["interpreters"]:
        return spoken
    return f"{spoken}. Interpreters for others." if spoken else "Any, with an interpreter"
