"""Reads of whom a request could be put to: from the guide in memory, caught up each time.

Promise: every look asks the database what has changed since the last; and whoever is picked is
read once more, so that memory never decides alone.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from services.matching.domain.capacity import Places, Standing
from services.matching.domain.choice import Entry
from services.matching.storage import tables as t
from services.matching.storage.guide import GuideRows, criteria_in, entry_of
from services.matching.storage.guide_index import GuideIndex, Option
from services.matching.storage.places import PlaceRows
from shared.storage.among import among, joined

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from services.matching.domain.criteria import Situation

_s, _c = t.service.c, t.capacity.c
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
        _c.changed,
        t.agency.c.active,
    )
    .join(t.capacity, _c.service_id == _s.id)
    # An outer join, so that SQLite never begins with the agencies.
    .outerjoin(t.agency, t.agency.c.id == _s.agency_id)
)
_ALL = _STANDING.add_columns(_s.entry)
_CHANGED = _STANDING.where(_c.changed > bindparam("known")).order_by(_c.changed)
_THESE = _STANDING.where(among(_s.id, "ids"))
_ENTRIES = select(_s.id, _s.entry).where(among(_s.id, "ids"))


class CandidateRows(GuideRows, PlaceRows):
    """The guide as a choice sees it; `index` is shared by all transactions of this process."""

    index: GuideIndex
    _private: GuideIndex | None = None
    _after: dict[UUID, Option] | None = None
    _seen = 0

    def options(self, situation: Situation) -> list[Option]:
        """Return the services that may fit, as they stand now."""
        index = self._look()
        with index.lock:
            found = index.fitting(situation)
        return self._as_written(found)

    def options_named(self, ids: Iterable[UUID]) -> list[Option]:
        """Return the services with these *ids*, as they stand now."""
        index = self._look()
        with index.lock:
            found = index.named(dict.fromkeys(ids))
        return self._as_written(found)

    def elsewhere(self, situation: Situation) -> frozenset[str]:
        """Return the needs that somebody offers, though not where the person lives."""
        index = self._look()
        with index.lock:
            return index.elsewhere(situation)

    def warm_guide(self) -> None:
        """Read the guide now, not in the first request."""
        self._look()

    def still_so(self, options: Iterable[Option]) -> bool:
        """Tell whether these services stand in the database as they were taken to stand."""
        known = {option.entry.service_id: option for option in options}
        rows = self.ask(_THESE, ids=joined(known)) if known else ()
        same = all(_option(row, known[row.id], None) == known[row.id] for row in rows)
        return same and len(rows) == len(known)

    def forget_guide(self) -> None:
        """Have the guide read anew: something changed that did not say so."""
        with self.index.lock:
            self.index.number = None
        self._private = self._after = None

    def _look(self) -> GuideIndex:
        """Return the guide in memory, brought up to what this transaction sees."""
        undone = self.guide_written or (self.places_written and self.index.number is None)
        if undone or self._private is not None:
            self._private = self._private or GuideIndex()
            return self._catch_up(self._private)
        if self.places_written:
            self._look_beside()
        elif self._after is None:
            self._after = {}
            self._catch_up(self.index)
            self._seen = self.index.number or 0
        return self.index

    def _catch_up(self, index: GuideIndex) -> GuideIndex:
        with index.lock:
            rows = self.ask(_ALL) if index.number is None else self._changed(index.number)
            for option in self._read(index, rows):
                index.learn(option)
            numbers = (row.changed for row in rows if row.changed is not None)
            first, index.number = index.number is None, max(numbers, default=index.number or 0)
        if first and index is self.index:
            # The guide stays: the collector need not look through it again, which takes long.
            gc.freeze()
        return index

    def _look_beside(self) -> None:
        """See what this transaction itself has written, and leave no trace of it in the index.

        An entry it did not write is committed: the index learns it, and hears of it again.
        """
        index = self.index
        with index.lock:
            rows = self._changed(self._seen or index.number or 0)
            after = self._after = self._after or {}
            for option in self._read(index, rows):
                known = index.known(option.entry.service_id)
                if known is None or known.version != option.version:
                    index.learn(option)
                after[option.entry.service_id] = option
        self._seen = rows[-1].changed if rows else self._seen

    def _changed(self, number: int) -> list[Any]:
        return self.ask(_CHANGED, known=number)

    def _read(self, index: GuideIndex, rows: list[Any]) -> list[Option]:
        fresh = [row.id for row in rows if _is_new(row, index.known(row.id))]
        texts = {row.id: getattr(row, "entry", None) for row in rows}
        if fresh and texts[fresh[0]] is None:
            texts = {row.id: row.entry for row in self.ask(_ENTRIES, ids=joined(fresh))}
        return [_option(row, index.known(row.id), texts.get(row.id)) for row in rows]

    def _as_written(self, options: list[Option]) -> list[Option]:
        after = self._after
        if after:
            options = [after.get(option.entry.service_id, option) for option in options]
        return [option for option in options if option.taking_part]


def _is_new(row: Any, known: Option | None) -> bool:  # noqa: ANN401 - a row of _STANDING
    return known is None or known.version != row.entry_version


def _option(row: Any, known: Option | None, text: str | None) -> Option:  # noqa: ANN401 - the same
    """Return a service as *row* says it stands, its entry as *known* or read from *text*."""
    if known is None or known.version != row.entry_version:
        known = _from_entry(row, text or "{}")
    entry, declared = known.entry, known.declared_wait
    own = row.forecast_wait_days
    forecast = declared if own is None else own
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
    profile = entry.standing.clock_profile
    standing = Standing(figure, row.reviewed_on, profile, row.closed, row.paused, forecast)
    stands = Entry(
        row.id,
        row.agency_id,
        entry.criteria,
        standing,
        forecast,
        row.last_offered_at,
        row.listed,
    )
    return Option(stands, row.entry_version, known.categories, bool(row.active), declared)


def _from_entry(row: Any, text: str) -> Option:  # noqa: ANN401 - the same
    """Return what an entry says, to be held beside how its service stands."""
    entry = entry_of.__wrapped__(text)
    declared = entry["forecast_wait_days"]
    standing = Standing(None, row.reviewed_on, entry["clock_profile"])
    return Option(
        Entry(row.id, row.agency_id, criteria_in(entry), standing),
        row.entry_version,
        frozenset(entry["categories"]),
        taking_part=True,
        declared_wait=declared,
    )
