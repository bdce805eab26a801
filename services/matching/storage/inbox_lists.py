"""The statements behind an agency's lists, and the indexes each of them walks.

Promise: states stand in the statements themselves, so that both databases see which index
fits; a filter tells nothing of a stopped referral that its page no longer shows.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, Integer, String, and_, bindparam, func, literal_column, or_, select

from services.matching.domain.transitions import LIVE, State
from services.matching.storage import tables as t
from services.matching.storage.facts_tables import restricted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, ScalarSelect, Select

_r = t.referral.c
OPEN_STATES = LIVE - {State.PROPOSED}
WITHOUT_HELP = frozenset(
    {State.DECLINED, State.REDIRECTED, State.RETURNED, State.WITHDRAWN, State.CANCELLED}
)


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


def reader(whom: Iterable[str]) -> dict[str, str]:
    """Return the parameters for a reader who is known as *whom*."""
    return {f"who_{place}": one for place, one in enumerate(sorted(whom))}


@cache
def hidden(ids: int) -> Select[Any]:
    """Return the statement of what is hidden from a reader of so many *ids*."""
    meant = _hidden.staff_id.in_([bindparam(name) for name in reader(map(str, range(ids)))])
    joined = select(_r.id).join(t.hidden_from, _hidden.request_id == _r.request_id)
    return joined.where(meant)


@cache
def hides(ids: int) -> Select[Any]:
    """Return the statement that finds whether anything at all is."""
    meant = _hidden.staff_id.in_([bindparam(name) for name in reader(map(str, range(ids)))])
    return select(_hidden.request_id).where(meant).limit(literal_column("1"))


_USABLE = ~restricted(_r.request_id)
"""What is restricted presses nobody: they could only press it away."""
_SHOWS: dict[str, ColumnElement[bool]] = {
    "new": _r.state == literal_column("'sent'"),
    "today": and_(_TODAY, _USABLE),
    "overdue": and_(_LATE, _USABLE),
    "urgent": and_(_URGENT, _USABLE),
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


def _shown(ids: int) -> ColumnElement[bool]:
    """Return what a reader of so many *ids* may see; whoever may see all of it has none here."""
    mine = _r.agency_id == _MY
    return and_(mine, _r.id.not_in(hidden(ids))) if ids else mine


@cache
def counts(ids: int) -> Select[Any]:
    """Return the statement that counts what waits for what, each up to one too many."""

    def counted(which: ColumnElement[bool]) -> ScalarSelect[int]:
        few = select(_r.id).where(_shown(ids), which)
        some = few.limit(literal_column(str(MOST_COUNTED + 1))).subquery()
        return select(func.count()).select_from(some).scalar_subquery()

    columns: list[Any] = [counted(which).label(name) for name, which in _SHOWS.items()]
    return select(*columns)


LISTED = (
    _r.id,
    _r.request_id,
    _r.reference,
    _r.service_id,
    _r.agency_id,
    _r.referrer_agency_id,
    _r.needs,
    _r.urgency,
    _r.state,
    _r.sent_at,
    _r.answered_at,
    _r.started_on,
    _r.due_at,
    _r.assigned_to,
    _r.clocks,
)
"""What a list says of a referral, and what decides how much of it."""
_PAGE = (bindparam("most", type_=Integer), bindparam("start", type_=Integer))
CALLED = (
    select(_r.id)
    .where(_r.reference >= bindparam("begins"), _r.reference < bindparam("before"))
    .order_by(_r.reference, _r.id)
    .limit(bindparam("at_most", type_=Integer))
)
MOST_CALLED = 2_000  # references are random: more of one beginning is nobody's search


@cache
def listed(tab: str, show: str, sort: str, *, of_service: bool, ids: int) -> Select[Any]:
    """Return the statement of one list; what has ended has nothing due, so the newest leads.

    The index alone leads to the page; only what stands on it is read.
    """
    kept = _SHOWS[show] if show else _TABS[tab]
    found = select(_r.id).where(_shown(ids), kept)
    if of_service:
        found = found.where(_r.service_id == bindparam("service"))
    order = _ORDERS["newest" if tab in _ENDED and sort == "due" else sort]
    page = found.order_by(*order).limit(_PAGE[0]).offset(_PAGE[1]).subquery()
    return select(*LISTED).join(page, page.c.id == _r.id).order_by(*order)
