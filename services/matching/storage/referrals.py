"""Referrals and their history: the events are the record, the state column is a cache of them.

Promise: a referral moves only from the version its mover saw, and each move leaves one event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Row, and_, case, exists, func, or_, select, update

from services.matching.domain.transitions import PAUSES, UNANSWERED, State
from services.matching.errors import StaleVersionError
from services.matching.storage import tables as t
from shared.storage import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from services.matching.domain.transitions import Row as Transition
    from shared.identity import Principal

Referral: TypeAlias = Row[Any]
_r = t.referral.c
_DUE = case(
    (_r.state.in_(sorted(PAUSES)), _r.settle_by),
    (_r.state == State.INFO_REQUESTED, _r.question_by),
    else_=_r.answer_by,
)


class ReferralRows(Transaction):
    """Reads and writes of referrals."""

    def new_referral(self, row: Transition, **values: Any) -> None:  # noqa: ANN401 - column values
        """Write a referral that begins with the transition *row*."""
        self.insert(t.referral, state=row.after, created_at=self.now, **values)

    def record(
        self,
        referral_id: UUID,
        version: int,
        row: Transition,
        reason: str | None = None,
        **facts: Any,  # noqa: ANN401 - column values
    ) -> None:
        """Add one event to a referral's history; *facts* are what it told beside."""
        told = {"agency_id": self.actor.agency_id, "led_to": row.after, "due_at": None, **facts}
        self.insert(
            t.referral_event,
            id=self.new_id(),
            referral_id=referral_id,
            version=version,
            transition=row.number,
            event=row.event,
            at=self.now,
            actor_kind=self.actor.kind,
            actor_id=self.actor.id,
            reason=reason,
            **told,
        )

    def move(
        self,
        referral: Referral,
        row: Transition,
        *,
        back_to: State | None = None,
        reason: str | None = None,
        due_at: datetime | None = None,
        **changes: Any,  # noqa: ANN401 - column values
    ) -> int:
        """Take a referral along *row* from the version seen; return the new version."""
        seen = (_r.id == referral.id) & (_r.version == referral.version)
        version, state = referral.version + 1, row.after or back_to
        change = update(t.referral).where(seen).values(state=state, version=version, **changes)
        if self.execute(change).rowcount != 1:
            raise StaleVersionError(self._version_of(referral.id))
        self.record(referral.id, version, row, reason, led_to=state, due_at=due_at)
        return int(version)

    def skip_to(self, referral: Referral, row: Transition, **changes: Any) -> int:  # noqa: ANN401
        """Take a referral along two rows at once, which the caller records; return the version."""
        version = int(referral.version) + 2
        change = update(t.referral).where(_r.id == referral.id)
        self.execute(change.values(state=row.after, version=version, **changes))
        return version

    def _version_of(self, referral_id: UUID) -> int:
        row = self.one(select(_r.version).where(_r.id == referral_id))
        return row.version if row else 0

    def referral(self, referral_id: UUID, caller: Principal) -> Referral | None:
        """Return a referral, if *caller* may know that it exists."""
        mine = select(t.referral).where(_r.id == referral_id, _visible(caller))
        return self.one(mine)

    def any_referral(self, referral_id: UUID) -> Referral | None:
        """Return a referral whoever asks; only for deciding what to record."""
        return self.one(select(t.referral).where(_r.id == referral_id))

    def referrals(
        self,
        caller: Principal,
        *,
        role: str,
        states: Iterable[State] = (),
        overdue: bool | None = None,
        after: UUID | None = None,
        limit: int = 50,
    ) -> list[Referral]:
        """Return a page of what *caller* received or made, oldest first."""
        query = select(t.referral).where(_side(caller, role), _not_hidden(caller))
        if wanted := list(states):
            query = query.where(_r.state.in_(wanted))
        if overdue is not None:
            query = query.where(_late(self.now) if overdue else ~_late(self.now))
        if after is not None:
            query = query.where(_r.id > after)
        return self.all(query.order_by(_r.id).limit(limit))

    def inbox(
        self, caller: Principal, *, show: str, today_ends: datetime, page: int, size: int
    ) -> list[Referral]:
        """Return one page of an agency's inbox and one row more, the soonest due first."""
        waits = _waits()
        shown = {
            "new": _r.state == State.SENT,
            "today": waits & ~_late(self.now) & (today_ends >= _DUE),
            "overdue": _late(self.now),
            "answered": ~waits,
        }.get(show, waits)
        mine = select(t.referral).where(_side(caller, "receiver"), _not_hidden(caller), shown)
        newest, soonest = (_r.answered_at.desc().nulls_last(), _r.id), (_DUE, _r.id)
        order = newest if show == "answered" else soonest
        return self.all(mine.order_by(*order).limit(size + 1).offset((page - 1) * size))

    def history(self, ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
        """Return the events of each of these referrals, in order."""
        events = t.referral_event
        query = select(events).where(events.c.referral_id.in_(list(ids)))
        found: dict[UUID, list[Row[Any]]] = {referral_id: [] for referral_id in ids}
        for row in self.all(query.order_by(events.c.version)) if ids else ():
            found[row.referral_id].append(row)
        return found

    def late_stops(self) -> list[Referral]:
        """Return the stops that should have been confirmed by now, the longest late first."""
        unsettled = and_(_r.state.in_(sorted(PAUSES)), _r.acknowledged_at.is_(None))
        late = select(t.referral).where(unsettled, _r.settle_by <= self.now)
        return self.all(late.order_by(_r.settle_by, _r.id))

    def note_rung(self, referral_id: UUID, rung: int) -> None:
        """Keep up to which rung the lateness of a stop was told."""
        self.execute(update(t.referral).where(_r.id == referral_id).values(late_rung=rung))

    def inbox_counts(self, caller: Principal, today_ends: datetime) -> tuple[int, int, int]:
        """Return how many are new, due before *today_ends*, and overdue."""
        waits, late = _waits(), _late(self.now)
        new = func.count().filter(_r.state == State.SENT)
        today = func.count().filter(waits, ~late, today_ends >= _DUE)
        query = select(new, today, func.count().filter(late))
        mine = query.where(_side(caller, "receiver"), _not_hidden(caller))
        counted: list[int] = list(self.execute(mine).one())
        return counted[0], counted[1], counted[2]


def _waits() -> ColumnElement[bool]:
    """Return what somebody must still answer, or a stop that is still to be confirmed."""
    unsettled = and_(_r.state.in_(sorted(PAUSES)), _r.acknowledged_at.is_(None))
    return or_(_r.state.in_(sorted(UNANSWERED)), unsettled)


def _late(now: datetime) -> ColumnElement[bool]:
    return _waits() & _DUE.is_not(None) & (now > _DUE)


def _side(caller: Principal, role: str) -> ColumnElement[bool]:
    if role == "referrer":
        return _r.referrer_agency_id == caller.agency_id
    # Nothing was put to the agency yet, so it may not know.
    return (_r.agency_id == caller.agency_id) & _r.sent_at.is_not(None)


def _not_hidden(caller: Principal) -> ColumnElement[bool]:
    hidden, who = t.hidden_from.c, [str(caller.id), str(caller.agency_id)]
    return ~exists().where(hidden.request_id == _r.request_id, hidden.staff_id.in_(who))


def _visible(caller: Principal) -> ColumnElement[bool]:
    sides = or_(_side(caller, "receiver"), _side(caller, "referrer"))
    return sides & _not_hidden(caller)
