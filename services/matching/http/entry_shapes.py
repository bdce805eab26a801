"""An entry of the guide as whoever reads it may see it: here alone its parts are let out.

Promise: what an agency did not open to this reader is empty, as if it had never been written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain import visibility as v
from services.matching.domain.capacity import UNASSURED_AFTER_MONTHS, known, status
from services.matching.domain.clocks import add_months
from services.matching.storage.desk import HUB
from services.matching.storage.guide import entry_of, forecast_of, standing_of
from shared.geography import area_of
from shared.web.access import principal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction
    from shared.identity import Principal

PLAIN = (
    "name", "description", "who_for", "eligibility", "what_to_bring", "needs", "area_codes",
    "minimum_age", "maximum_age", "groups", "languages", "interpreters", "threshold",
    "threshold_guide", "occasional_support", "categories", "clock_profile",
    "location", "contact_public",
)  # fmt: skip


class Reading:
    """The caller as a reader of the guide, found out once for a whole page."""

    def __init__(self, caller: Principal, tx: MatchingTransaction) -> None:
        self.caller = caller
        mine = tx.agency(caller.agency_id) if caller.agency_id is not None else None
        self.hub = mine is not None and mine.kind == HUB

    def of(self, row: Row[Any]) -> v.Audience:
        """Return as whom the caller reads the entry of *row*."""
        who = self.caller
        return v.audience(who.kind, who.roles, who.agency_id, row.agency_id, hub=self.hub)

    @property
    def listed(self) -> tuple[str, ...]:
        """Return which entries of other agencies the caller finds."""
        who = self.caller
        return v.LISTS[v.audience(who.kind, who.roles, who.agency_id, None, hub=self.hub)]

    def finds(self, row: Row[Any] | None) -> bool:
        """Tell whether the caller may know that the entry of *row* exists."""
        return row is not None and row.listed in v.LISTS[self.of(row)]


def reading(tx: MatchingTransaction) -> Reading:
    """Return the caller of this request as a reader of the guide."""
    return Reading(principal(), tx)


def seen_entry(row: Row[Any], reader: v.Audience) -> dict[str, Any]:
    """Return what *reader* may see of the words of an entry."""
    entry, listed = entry_of(row.entry), row.listed
    rings = v.may_ring_agency(reader, listed, entry["contact_public"])
    return {
        **{name: entry[name] for name in PLAIN},
        "listed": listed,
        "forecast_wait_days": forecast_of(row),
        "contact": v.contact_for(reader, listed, entry["contact_public"], entry["contact"]),
        "website": entry["website"] if rings else "",
        "agency_phone": row.agency_phone if rings else "",
        **_place(entry, v.location_for(reader, entry["location"])),
    }


def service_shape(row: Row[Any], now: datetime, reader: v.Audience) -> dict[str, Any]:
    """Return one entry of the guide; a figure past its shelf-life is shown as not known."""
    standing = standing_of(row)
    figure = known(standing, now)
    return {
        **seen_entry(row, reader),
        "id": row.id,
        "agency_id": row.agency_id,
        "agency": row.agency_name,
        "version": row.version,
        "status": status(standing, now),
        "places": figure.free if figure else None,
        "reserved": row.reserved,
        "over_promised": row.over_promised,
        "capacity_as_of": row.as_of,
        "reviewed_on": row.reviewed_on,
        "review_due": add_months(row.reviewed_on, UNASSURED_AFTER_MONTHS),
        "closure": row.closure if row.closed else None,
    }


def _place(entry: Mapping[str, Any], told: v.Location) -> dict[str, str]:
    if told is v.Location.HIDDEN:
        return {"address": "", "postcode": "", "place": ""}
    area = area_of(entry["postcode"]) if entry["postcode"] else None
    place = f"{area.ward}, {area.district}" if area else ""
    if told is v.Location.AREA_ONLY:
        return {"address": "", "postcode": "", "place": place}
    return {"address": entry["address"], "postcode": entry["postcode"], "place": place}
