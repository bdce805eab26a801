"""An agency's inbox: which referrals a list shows, in which order, and how many of each there are.

Promise: what is hidden from the reader is neither shown nor counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_, select

from services.matching.storage import tables as t
from services.matching.storage.inbox_lists import (
    CALLED,
    LISTED,
    MOST_CALLED,
    MOST_COUNTED,
    counts,
    hidden,
    hides,
    listed,
    reader,
)
from shared.storage import Transaction

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from shared.identity import Principal

__all__ = ["MOST_COUNTED", "SHOWS", "SORTS", "TABS", "Asked", "Counts", "InboxRows"]
MOST_TEAMS = 40
_r = t.referral.c
TABS = ("open", "my", "unassigned", "completed", "cancelled")
SHOWS = ("new", "today", "overdue", "urgent", "waiting", "unresolved")
SORTS = ("due", "newest", "oldest")


class Counts(NamedTuple):
    """How many referrals wait for what, counted up to one more than MOST_COUNTED."""

    new: int
    today: int
    overdue: int
    urgent: int
    waiting: int
    unresolved: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list somebody asks for."""

    tab: str = "open"
    show: str = ""
    sort: str = "due"
    service: UUID | None = None
    reference: str = ""
    page: int = 1


class InboxRows(Transaction):
    """Reads of the lists that an agency works through."""

    _hides: tuple[Principal, bool] | None = None
    """Whether anything is hidden from whoever reads here, once it is asked."""

    def inbox_counts(self, caller: Principal, today_ends: datetime) -> Counts:
        """Return how many referrals of *caller*'s agency wait for what."""
        counted = counts(self._ids(caller))
        (found,) = self.ask(counted, **_reader(caller), now=self.now, ends=today_ends)
        return Counts(*found)

    def inbox(
        self, caller: Principal, asked: Asked, *, today_ends: datetime, size: int
    ) -> list[Row[Any]]:
        """Return one page of an agency's list and one row more."""
        wanted = listed(
            asked.tab,
            asked.show,
            asked.sort,
            of_service=asked.service is not None,
            ids=self._ids(caller),
        )
        return self.ask(
            wanted,
            **_reader(caller),
            me=UUID(str(caller.id)),
            now=self.now,
            ends=today_ends,
            service=asked.service,
            **_page(asked.page, size),
        )

    def referrals_called(self, caller: Principal, reference: str, *, most: int) -> list[Row[Any]]:
        """Return what *caller* received or made under a reference, or the beginning of one."""
        sides = or_(
            and_(_r.agency_id == caller.agency_id, _r.sent_at.is_not(None)),
            _r.referrer_agency_id == caller.agency_id,
        )
        called = CALLED.subquery()
        seen = select(*LISTED).join(called, called.c.id == _r.id).where(sides, _shown(caller))
        found = seen.order_by(_r.reference, _r.id).limit(most)
        beginning = {"begins": reference, "before": f"{reference}\U0010ffff"}
        known = {**reader(caller.known_as()), **beginning, "at_most": MOST_CALLED}
        return list(self.execute(found, known).all())

    def colleagues(self, agency_id: UUID) -> list[Row[Any]]:
        """Return who works at an agency now, by name."""
        known = t.staff.c
        mine = select(t.staff).where(known.agency_id == agency_id, known.active)
        return self.all(mine.order_by(known.name, known.id))

    def teams_of(self, agency_id: UUID) -> list[str]:
        """Return the teams of an agency that have looked after a referral, by name."""
        theirs = (_r.agency_id == agency_id) & _r.team.is_not(None)
        known = self.all(
            select(_r.team).where(theirs).distinct().order_by(_r.team).limit(MOST_TEAMS)
        )
        return [row.team for row in known]

    def goes_on_from(self, referral: Row[Any]) -> Row[Any] | None:
        """Return the referral from which the request of *referral* refers the person on.

        Only its own receiver can do so: what anybody else names is no link.
        """
        copy = t.request_copy.c
        theirs = and_(copy.onward_of == _r.id, copy.referrer_agency_id == _r.agency_id)
        origin = select(t.referral).join(t.request_copy, theirs)
        return self.one(origin.where(copy.id == referral.request_id))

    def goes_on_in(self, referral: Row[Any]) -> list[Row[Any]]:
        """Return the copies of the requests by which its receiver refers the person on."""
        copy = t.request_copy.c
        named = and_(copy.onward_of == referral.id, copy.referrer_agency_id == referral.agency_id)
        return self.all(select(t.request_copy).where(named).order_by(copy.id))

    def chain_of(self, referral: Row[Any]) -> tuple[Row[Any] | None, Row[Any] | None]:
        """Return the referral that *referral* takes up again, and the one that takes it up."""
        older = select(t.referral).where(_r.id == referral.reopens)
        same = and_(_r.request_id == referral.request_id, _r.reopens == referral.id)
        newer = select(t.referral).where(same).order_by(_r.id.desc())
        return self.one(older) if referral.reopens else None, self.one(newer)

    def _ids(self, caller: Principal) -> int:
        """Return by how many ids something may be hidden from *caller*, 0 where nothing is."""
        whom = caller.known_as()
        if self._hides is None or self._hides[0] != caller:
            self._hides = caller, bool(self.ask(hides(len(whom)), **reader(whom)))
        return len(whom) if self._hides[1] else 0


def _reader(caller: Principal) -> dict[str, Any]:
    return {"agency": caller.agency_id, **reader(caller.known_as())}


def _shown(caller: Principal) -> ColumnElement[bool]:
    return _r.id.not_in(hidden(len(caller.known_as())))


def _page(page: int, size: int) -> dict[str, int]:
    return {"most": size + 1, "start": (page - 1) * size}
