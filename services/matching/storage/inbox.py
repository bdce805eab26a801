"""An agency's inbox: which referrals a list shows, in which order, and how many of each there are.

Promise: what is hidden from the reader is neither shown nor counted, nor does a filter tell
of a stopped referral what its page no longer shows. Each list walks an index and stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import Index, Integer, String, and_, bindparam, func, literal_column, or_, select

from services.matching.domain.transitions import LIVE, State
from services.matching.storage import tables as t
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, ScalarSelect, Select

    from shared.identity import Principal

_r = t.referral.c
OPEN_STATES = LIVE - {State.PROPOSED}
WITHOUT_HELP = frozenset(
    {State.DECLINED, State.REDIRECTED, State.RETURNED, State.WITHDRAWN, State.CANCELLED}
)
TABS = ("open", "my", "unassigned", "completed", "cancelled")
SHOWS = ("new", "today", "overdue", "urgent", "waiting", "unresolved")
SORTS = ("due", "newest", "oldest")
LISTED = (
    "id",
    "request_id",
    "reference",
    "service_id",
    "agency_id",
    "referrer_agency_id",
    "state",
    "needs",
    "urgency",
    "sent_at",
    "answer_by",
    "question_by",
    "settle_by",
    "acknowledged_at",
    "due_at",
    "assigned_to",
    "forecast_start",
)


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


def _among(states: Iterable[State]) -> ColumnElement[bool]:
    """Say the states in the statement itself, so that both databases see the index fits."""
    return _r.state.in_([literal_column(f"'{state}'", String) for state in sorted(states)])


_OPEN = _among(OPEN_STATES)
_OVER = _among({State.COMPLETED, *WITHOUT_HELP})
_URGENT = and_(
    _OPEN, _r.urgency == literal_column("'urgent'"), _r.state != literal_column("'halted'")
)
_ASSIGNED = and_(_OPEN, _r.assigned_to.is_not(None))
_UNRESOLVED = and_(
    _OPEN,
    or_(
        _among({State.INFO_REQUESTED, State.CANCEL_REQUESTED}),
        and_(_among({State.HALTED}), _r.acknowledged_at.is_(None)),
    ),
)
_LATE = and_(_OPEN, _r.due_at < bindparam("now"))
_TODAY = and_(_OPEN, _r.due_at >= bindparam("now"), _r.due_at <= bindparam("ends"))


def _partial(name: str, where: ColumnElement[bool], *columns: Any) -> Index:  # noqa: ANN401 - columns
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


_partial("referral_open", _OPEN, _r.agency_id, _r.due_at, _r.id, _r.state)
Index("referral_standing", _r.agency_id, _r.state, _r.due_at, _r.id)
_partial("referral_urgent", _URGENT, _r.agency_id, _r.due_at, _r.id, _r.state, _r.urgency)
_partial("referral_assigned", _ASSIGNED, _r.agency_id, _r.assigned_to, _r.due_at, _r.id, _r.state)
_partial(
    "referral_unsettled", _UNRESOLVED, _r.agency_id, _r.due_at, _r.id, _r.state, _r.acknowledged_at
)
_partial("referral_over", _OVER, _r.agency_id, _r.id, _r.state, _r.sent_at)
Index("referral_called", _r.reference)
Index("hidden_from_whom", t.hidden_from.c.staff_id, t.hidden_from.c.request_id)

_MY = bindparam("agency", type_=_r.agency_id.type)
_hidden = t.hidden_from.c
_HIDDEN = (
    select(_r.id)
    .join(t.hidden_from, _hidden.request_id == _r.request_id)
    .where(or_(_hidden.staff_id == bindparam("who"), _hidden.staff_id == bindparam("whose")))
)
_HIDES = (
    select(_hidden.request_id)
    .where(or_(_hidden.staff_id == bindparam("who"), _hidden.staff_id == bindparam("whose")))
    .limit(literal_column("1"))
)
_SHOWS: dict[str, ColumnElement[bool]] = {
    "new": _r.state == literal_column("'sent'"),
    "today": _TODAY,
    "overdue": _LATE,
    "urgent": _URGENT,
    "waiting": _r.state == literal_column("'waiting'"),
    "unresolved": _UNRESOLVED,
}
_ME = bindparam("me", type_=_r.assigned_to.type)
_TABS: dict[str, ColumnElement[bool]] = {
    "open": _OPEN,
    "my": and_(_ASSIGNED, _r.assigned_to == _ME),
    "unassigned": and_(_OPEN, _r.assigned_to.is_(None)),
    "completed": and_(_OVER, _among({State.COMPLETED})),
    "cancelled": and_(_OVER, _among(WITHOUT_HELP), _r.sent_at.is_not(None)),
}
_ENDED = frozenset({"completed", "cancelled"})
_ORDERS: dict[str, tuple[Any, ...]] = {
    "due": (_r.due_at.asc().nulls_last(), _r.id),
    "newest": (_r.id.desc(),),
    "oldest": (_r.id,),
}
MOST_COUNTED = 1_000  # more than this nobody works through by a number


def _shown(*, all_of_them: bool) -> ColumnElement[bool]:
    """Return what an agency's reader may see; most readers may see all of it."""
    mine = _r.agency_id == _MY
    return mine if all_of_them else and_(mine, _r.id.not_in(_HIDDEN))


@cache
def _counts(*, all_of_them: bool) -> Select[Any]:
    def counted(which: ColumnElement[bool]) -> ScalarSelect[int]:
        few = select(_r.id).where(_shown(all_of_them=all_of_them), which)
        some = few.limit(literal_column(str(MOST_COUNTED + 1))).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    return select(*(counted(which).label(name) for name, which in _SHOWS.items()))


_PAGE = (bindparam("most", type_=Integer), bindparam("start", type_=Integer))
_CALLED = (
    select(_r.id)
    .where(_r.reference >= bindparam("begins"), _r.reference < bindparam("before"))
    .order_by(_r.reference, _r.id)
    .limit(bindparam("at_most", type_=Integer))
)
MOST_CALLED = 2_000  # references are random: more of one beginning is nobody's search


@cache
def _waiting(*, all_of_them: bool) -> Select[Any]:
    waits = and_(_r.service_id == bindparam("service"), _among({State.WAITING}))
    found = select(_r.id).where(waits, _shown(all_of_them=all_of_them))
    return found.order_by(_r.sent_at, _r.id).limit(_PAGE[0]).offset(_PAGE[1])


@cache
def _list(tab: str, show: str, sort: str, *, of_service: bool, all_of_them: bool) -> Select[Any]:
    """Return the statement of one list; what has ended has nothing due, so the newest leads."""
    kept = _SHOWS[show] if show else _TABS[tab]
    found = select(_r.id).where(_shown(all_of_them=all_of_them), kept)
    if of_service:
        found = found.where(_r.service_id == bindparam("service"))
    order = _ORDERS["newest" if tab in _ENDED and sort == "due" else sort]
    return found.order_by(*order).limit(_PAGE[0]).offset(_PAGE[1])


class InboxRows(Transaction):
    """Reads of the lists that an agency works through."""

    def inbox_counts(self, caller: Principal, today_ends: datetime) -> Counts:
        """Return how many referrals of *caller*'s agency wait for what."""
        counts = _counts(all_of_them=self._sees_all(caller))
        (counted,) = self.ask(counts, **_reader(caller), now=self.now, ends=today_ends)
        return Counts(*counted)

    def inbox(
        self, caller: Principal, asked: Asked, *, today_ends: datetime, size: int
    ) -> list[Row[Any]]:
        """Return one page of an agency's list and one row more."""
        wanted = _list(
            asked.tab,
            asked.show,
            asked.sort,
            of_service=asked.service is not None,
            all_of_them=self._sees_all(caller),
        )
        ids = self.ask(
            wanted,
            **_reader(caller),
            me=UUID(str(caller.id)),
            now=self.now,
            ends=today_ends,
            service=asked.service,
            **_page(asked.page, size),
        )
        return self._in_order([row.id for row in ids])

    def waiting_list(
        self, caller: Principal, service_id: UUID, *, page: int, size: int
    ) -> list[Row[Any]]:
        """Return one page of who waits for a service and one row more, the longest first."""
        waits = _waiting(all_of_them=self._sees_all(caller))
        ids = self.ask(waits, **_reader(caller), service=service_id, **_page(page, size))
        return self._in_order([row.id for row in ids])

    def referrals_called(self, caller: Principal, reference: str, *, most: int) -> list[Row[Any]]:
        """Return what *caller* received or made under a reference, or the beginning of one."""
        sides = or_(
            and_(_r.agency_id == caller.agency_id, _r.sent_at.is_not(None)),
            _r.referrer_agency_id == caller.agency_id,
        )
        called = _CALLED.subquery()
        seen = select(_r.id).join(called, called.c.id == _r.id).where(sides, _r.id.not_in(_HIDDEN))
        found = seen.order_by(_r.reference, _r.id).limit(most)
        beginning = {"begins": reference, "before": f"{reference}\U0010ffff"}
        known = {**_reader(caller), **beginning, "at_most": MOST_CALLED}
        known.pop("agency")
        return self._in_order([row.id for row in self.execute(found, known).all()])

    def _sees_all(self, caller: Principal) -> bool:
        return not self.ask(_HIDES, who=str(caller.id), whose=str(caller.agency_id))

    def _in_order(self, ids: list[UUID]) -> list[Row[Any]]:
        columns = [_r[name] for name in LISTED]
        rows = self.all(select(*columns).where(_r.id.in_(ids))) if ids else []
        place = {one: number for number, one in enumerate(ids)}
        return sorted(rows, key=lambda row: place[row.id])


def _reader(caller: Principal) -> dict[str, Any]:
    return {"agency": caller.agency_id, "who": str(caller.id), "whose": str(caller.agency_id)}


def _page(page: int, size: int) -> dict[str, int]:
    return {"most": size + 1, "start": (page - 1) * size}
