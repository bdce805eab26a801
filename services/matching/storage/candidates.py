"""Which services could fit a request: looked up in memory, judged by what is true now.

Promise: the index holds what entries say (needs, areas, rules) and asks in each transaction
what has changed; whatever counts, places above all, is read from the database each time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from services.matching.domain.capacity import Places, Standing
from services.matching.domain.choice import Entry
from services.matching.domain.criteria import Criteria
from services.matching.storage import tables as t
from services.matching.storage.among import among, joined
from services.matching.storage.guide import GuideRows, criteria_in, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from services.matching.domain.criteria import Situation

ANYWHERE = ""
_v, _s, _c = t.service_version.c, t.service.c, t.capacity.c
_ALL = select(_s.id, _s.version, _s.entry)
_NEWEST = select(_v.number).where(_v.number.is_not(None)).order_by(_v.number.desc())
_CHANGED = (
    select(_v.service_id, _v.version, _v.entry, _v.number)
    .where(_v.number > bindparam("known"))
    .order_by(_v.number)
)
_STANDING = (
    select(
        _s.id,
        _s.agency_id,
        _s.version.label("entry_version"),
        _s.listed,
        _s.closed,
        _s.paused,
        _s.reviewed_on,
        _c.places,
        _c.as_of,
        _c.takes_waiting_list,
        _c.reserved,
        _c.accepted,
        _c.last_offered_at,
        _c.forecast_wait_days,
        _c.version.label("capacity_version"),
    )
    .join(t.capacity, _c.service_id == _s.id)
    .join(t.agency, t.agency.c.id == _s.agency_id)
    .where(t.agency.c.active, among(_s.id, "ids"))
)


@dataclass(frozen=True, slots=True)
class Known:
    """What one version of an entry says that a choice asks for."""

    version: int
    criteria: Criteria
    clock_profile: str
    forecast_wait_days: int | None
    categories: frozenset[str]


class GuideIndex:
    """The entries of the guide by need and area, kept up with by the number of each change."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number: int | None = None
        self._known: dict[UUID, Known] = {}
        self._found: dict[tuple[str, str], set[UUID]] = {}
        self._offering: dict[str, set[UUID]] = {}

    def learn(self, service_id: UUID, version: int, text: str) -> None:
        """Take an entry, new or changed."""
        self._forget(service_id)
        entry = entry_of.__wrapped__(text)
        criteria = criteria_in(entry)
        self._known[service_id] = Known(
            version,
            criteria,
            entry["clock_profile"],
            entry["forecast_wait_days"],
            frozenset(entry["categories"]),
        )
        for need in criteria.needs:
            self._offering.setdefault(need, set()).add(service_id)
            for area in criteria.area_codes or (ANYWHERE,):
                self._found.setdefault((need, area), set()).add(service_id)

    def _forget(self, service_id: UUID) -> None:
        known = self._known.get(service_id)
        for need in known.criteria.needs if known else ():
            self._offering[need].discard(service_id)
            for area in known.criteria.area_codes or (ANYWHERE,) if known else ():
                self._found[need, area].discard(service_id)

    def fitting(self, situation: Situation) -> set[UUID]:
        """Return the services that offer a need where the person lives, or where is unknown."""
        if not situation.area_codes:
            return set().union(*(self._offering.get(need, ()) for need in situation.needs))
        areas = (ANYWHERE, *situation.area_codes)
        return set().union(
            *(self._found.get((need, area), ()) for need in situation.needs for area in areas)
        )

    def elsewhere(self, situation: Situation) -> frozenset[str]:
        """Return the needs that somebody offers, though not where the person lives."""
        here = self.fitting(situation)
        return frozenset(n for n in situation.needs if self._offering.get(n, set()) - here)

    def known(self, service_id: UUID) -> Known:
        """Return what an entry says."""
        return self._known[service_id]

    def __contains__(self, service_id: UUID) -> bool:
        return service_id in self._known


@dataclass(frozen=True, slots=True)
class Option:
    """A service that could be asked: its entry as the choice sees it, and what it was read from."""

    entry: Entry
    categories: frozenset[str]
    row: Any


class CandidateRows(GuideRows):
    """Reads of whom a request could be put to."""

    index: GuideIndex
    """The index of this database, shared by all its transactions in this process."""
    _index: GuideIndex | None = None

    def guide_index(self) -> GuideIndex:
        """Return the index of the guide as it is now.

        What this transaction itself wrote may yet be undone, so it gets an index of its own.
        """
        if self.last_entry is not None:
            return self._caught_up(GuideIndex())
        if self._index is None:
            self._index = self._caught_up(self.index)
        return self._index

    def _caught_up(self, index: GuideIndex) -> GuideIndex:
        with index.lock:
            if index.number is None:
                newest = self.execute(_NEWEST.limit(1)).scalar()
                for row in self.ask(_ALL):
                    index.learn(row.id, row.version, row.entry)
                index.number = newest or 0
            for row in self.ask(_CHANGED, known=index.number):
                index.learn(row.service_id, row.version, row.entry)
                index.number = row.number
        return index

    def options(self, situation: Situation) -> list[Option]:
        """Return the services that may fit, as they stand now, of agencies that take part."""
        index = self.guide_index()
        return self._standing(index.fitting(situation), index)

    def options_named(self, ids: Iterable[UUID]) -> list[Option]:
        """Return the services with these *ids*, as they stand now."""
        index = self.guide_index()
        return self._standing([one for one in dict.fromkeys(ids) if one in index], index)

    def _standing(self, ids: Iterable[UUID], index: GuideIndex) -> list[Option]:
        rows = self.ask(_STANDING, ids=joined(ids)) if ids else ()
        return [_option(row, index.known(row.id)) for row in rows]


def _option(row: Any, known: Known) -> Option:  # noqa: ANN401 - a row of _STANDING
    own = row.forecast_wait_days
    forecast = known.forecast_wait_days if own is None else own
    figure = None
    if row.places is not None:
        figure = Places(
            row.places,
            row.as_of,
            row.takes_waiting_list,
            row.reserved,
            row.accepted,
            row.capacity_version,
        )
    standing = Standing(
        figure, row.reviewed_on, known.clock_profile, row.closed, row.paused, forecast
    )
    entry = Entry(
        row.id,
        row.agency_id,
        known.criteria,
        standing,
        forecast,
        row.last_offered_at,
        row.listed,
    )
    return Option(entry, known.categories, row)
