"""The referral guide on disk: agencies, services with their versions, and their figures.

Promise: every version of an entry is kept, so that an old choice can be explained again.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, false, func, or_, select, tuple_, update

from services.matching.domain.capacity import Way
from services.matching.domain.transitions import State
from services.matching.storage import tables as t
from services.matching.storage.changing import touch_agency, touch_service
from services.matching.storage.reading import (
    as_entry,
    criteria_in,
    criteria_of,
    entry_of,
    forecast_of,
    places_of,
    standing_of,
)
from shared.bus.restating import next_rows
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row, Select

__all__ = [
    "GuideRows",
    "as_entry",
    "criteria_in",
    "criteria_of",
    "entry_of",
    "forecast_of",
    "places_of",
    "standing_of",
]

_WAITING = (
    select(func.count())
    .where(
        t.referral.c.service_id == t.service.c.id,
        t.referral.c.state.in_([State.WAITING, State.ACCEPTED]),  # which the index finds
        or_(t.referral.c.state == State.WAITING, t.referral.c.way == Way.WAITING_LIST),
    )
    .correlate(t.service)
    .scalar_subquery()
)
_WHOLE_GUIDE = (
    select(
        t.service,
        t.service.c.version.label("entry_version"),
        t.capacity.c.places,
        t.capacity.c.as_of,
        t.capacity.c.takes_waiting_list,
        t.capacity.c.reserved,
        t.capacity.c.accepted,
        t.capacity.c.over_promised,
        t.capacity.c.last_offered_at,
        t.capacity.c.forecast_wait_days,
        t.capacity.c.version.label("capacity_version"),
    )
    .join(t.capacity, t.capacity.c.service_id == t.service.c.id)
    .join(t.agency, t.agency.c.id == t.service.c.agency_id)
)
_ENTRIES = _WHOLE_GUIDE.where(t.agency.c.active)
_OWN = _ENTRIES.where(t.service.c.agency_id == bindparam("agency", type_=t.agency.c.id.type))
_TELL = (
    update(t.service)
    .where(t.service.c.id == bindparam("here"))
    .values(told=t.service.c.told + 1)
    .returning(t.service.c.told)
)
_RULED = select(t.partnership.c.nation, t.partnership.c.sending)
_SHOWN = _ENTRIES.add_columns(
    t.agency.c.name.label("agency_name"),
    t.agency.c.phone.label("agency_phone"),
    _WAITING.label("waiting"),
)


class GuideRows(Transaction):
    """Reads and writes of the guide."""

    _ruled: tuple[str, str] | None = None
    guide_written = False
    """Whether this transaction itself wrote an entry."""

    def nation(self) -> str:
        """Return whose bank holidays count."""
        return self._partnership()[0]

    def sending(self) -> str:
        """Return who puts a request to a service: `automatic`, `coordinator` or `referrer`."""
        return self._partnership()[1]

    def _partnership(self) -> tuple[str, str]:
        if self._ruled is None:
            rows = self.ask(_RULED)
            self._ruled = rows[0] if rows else ("england", "automatic")
        return self._ruled

    def keep_nation(self, nation: str, sending: str = "automatic") -> None:
        """Remember whose bank holidays count, and who sends."""
        values = {"nation": nation, "sending": sending}
        if not self.execute(update(t.partnership).values(values)).rowcount:
            self.insert(t.partnership, id=1, **values)
        self._ruled = nation, sending

    def candidates(self, needs: Iterable[str]) -> list[Row[Any]]:
        """Return the services that offer any of *needs*, with their figures."""
        wanted = sorted(set(needs))
        named = {f"wanted_{place}": need for place, need in enumerate(wanted)}
        return self.ask(_offering_any(len(wanted)), **named)

    def services_named(self, ids: Sequence[UUID]) -> list[Row[Any]]:
        """Return the services with these *ids*, with their figures."""
        return self.all(_ENTRIES.where(t.service.c.id.in_(list(ids)))) if ids else []

    def next_telling(self, service_id: UUID) -> int:
        """Return the number of the next event about a service."""
        number: int = self.execute(_TELL, {"here": service_id}).scalar_one()
        return number

    def guide_after(self, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Return the next entries in the order of their ids, of agencies that left too."""
        return self.all(next_rows(_WHOLE_GUIDE, t.service.c.id, after, limit))

    def published_at(self, service_id: UUID, version: int) -> datetime:
        """Return since when an entry is as this version says."""
        at = t.service_version.c.at
        this = t.service_version.c.service_id == service_id
        row = self.one(select(at).where(this, t.service_version.c.version == version))
        return row.at if row else self.now

    def entries_of_versions(self, which: Sequence[tuple[UUID, int]]) -> dict[UUID, str]:
        """Return the entries that these services had in these versions."""
        v = t.service_version.c
        if not which:
            return {}
        query = select(v.service_id, v.entry).where(tuple_(v.service_id, v.version).in_(which))
        return {row.service_id: row.entry for row in self.all(query)}

    def shown_service(self, service_id: UUID) -> Row[Any] | None:
        """Return one service with all that its page shows."""
        return self.one(_SHOWN.where(t.service.c.id == service_id))

    def shown_these(self, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
        """Return these services with all that a page shows."""
        return {row.id: row for row in self.all(_SHOWN.where(t.service.c.id.in_(list(ids))))}

    def shown_services(
        self,
        *,
        listed: Sequence[str],
        after: UUID | None = None,
        limit: int = 50,
        own: UUID | None = None,
    ) -> list[Row[Any]]:
        """Return a page of the guide in the order of its ids, with all entries of agency *own*."""
        query = _SHOWN.where(_listed(listed, own)).order_by(t.service.c.id)
        return self.all(_after(query, after).limit(limit))

    def shown_for(
        self, needs: Sequence[str], listed: Sequence[str], own: UUID | None = None
    ) -> list[Row[Any]]:
        """Return the services that offer any of *needs*, with all that a page shows."""
        offering = select(t.service_need.c.service_id).where(t.service_need.c.need.in_(needs))
        return self.all(_SHOWN.where(t.service.c.id.in_(offering), _listed(listed, own)))

    def own_services(self, agency_id: UUID) -> list[Row[Any]]:
        """Return one agency's own services with their figures, uncounted who waits for each."""
        return self.ask(_OWN, agency=agency_id)

    def services_of(self, agency_id: UUID) -> list[Row[Any]]:
        """Return one agency's own services."""
        return self.all(_SHOWN.where(t.service.c.agency_id == agency_id))

    def agency(self, agency_id: UUID) -> Row[Any] | None:
        """Return one agency."""
        return self.one(select(t.agency).where(t.agency.c.id == agency_id))

    def agency_names(self) -> dict[UUID, str]:
        """Return every agency's name."""
        return {row.id: row.name for row in self.all(select(t.agency.c.id, t.agency.c.name))}

    def keep_agency(self, agency_id: UUID, version: int, values: dict[str, Any]) -> None:
        """Write an agency, new or changed."""
        if version == 1:
            self.insert(t.agency, id=agency_id, version=1, **values)
            return
        change = update(t.agency).where(t.agency.c.id == agency_id)
        self.execute(change.values(version=version, **values))
        self.guide_written = True
        touch_agency(agency_id, self)

    def service_row(self, service_id: UUID) -> Row[Any] | None:
        """Return one service without its figures."""
        return self.one(select(t.service).where(t.service.c.id == service_id))

    def keep_service(self, service_id: UUID, version: int, values: dict[str, Any]) -> None:
        """Write a service, new or changed, with the needs it is found by and its history."""
        if version == 1:
            self.insert(t.service, id=service_id, version=1, told=0, **values)
        else:
            change = update(t.service).where(t.service.c.id == service_id)
            self.execute(change.values(version=version, **values))
            touch_service(service_id, self)
            self.execute(delete(t.service_need).where(t.service_need.c.service_id == service_id))
        entry, self.guide_written = values["entry"], True
        self.insert(
            t.service_version,
            service_id=service_id,
            version=version,
            entry=entry,
            at=self.now,
        )
        for need in dict.fromkeys(entry_of(entry)["needs"]):
            self.insert(t.service_need, need=need, service_id=service_id)


@cache
def _offering_any(count: int) -> Select[Any]:
    """Return the question for *count* needs, built once: every request that is heard asks it."""
    any_of = t.service_need.c.need.in_([bindparam(f"wanted_{place}") for place in range(count)])
    return _ENTRIES.where(t.service.c.id.in_(select(t.service_need.c.service_id).where(any_of)))


def _listed(listed: Sequence[str], own: UUID | None) -> ColumnElement[bool]:
    found = t.service.c.listed.in_(listed)
    return or_(found, t.service.c.agency_id == own) if own is not None else found


def _after(query: Select[Any], after: UUID | None) -> Select[Any]:
    return query.where(and_(t.service.c.id > after) if after else ~false())
