"""Referrals and their history: the events are the record, the state column is a cache of them.

Promise: a referral moves only from the version its mover saw, and each move leaves one event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Row, or_, select, update

from services.matching.errors import StaleVersionError
from services.matching.storage import tables as t
from services.matching.storage.clock_columns import step_now
from services.matching.storage.clocks import ClockRows
from services.matching.storage.hiding import hides

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

    from services.matching.domain.transitions import Row as Transition
    from services.matching.domain.transitions import State
    from shared.identity import Principal

Referral: TypeAlias = Row[Any]
_r = t.referral.c


class ReferralRows(ClockRows):
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

    def move(  # noqa: PLR0913 - what a step changes, and what its event says
        self,
        referral: Referral,
        row: Transition,
        *,
        back_to: State | None = None,
        reason: str | None = None,
        due_at: datetime | None = None,
        told: dict[str, Any] | None = None,
        clocks: dict[str, Any] | None = None,
        **changes: Any,  # noqa: ANN401 - column values
    ) -> int:
        """Take a referral along *row* from the version seen; return the new version.

        *told* is what its event says beside; it is kept, so that it can be told again.
        """
        seen = (_r.id == referral.id) & (_r.version == referral.version)
        version, state = referral.version + 1, row.after or back_to
        step = step_now(row, self.now, str(state), told)
        kept = self.clocked(referral, step) if clocks is None else clocks
        values = {"state": state, "version": version, **kept, **changes}
        change = update(t.referral).where(seen).values(values)
        if self.execute(change).rowcount != 1:
            raise StaleVersionError(self._version_of(referral.id))
        beside = {"told": told} if told is not None else {}
        self.record(referral.id, version, row, reason, led_to=state, due_at=due_at, **beside)
        return int(version)

    def skip_to(self, referral: Referral, row: Transition, **changes: Any) -> int:  # noqa: ANN401
        """Take a referral along two rows at once, which the caller records; return the version."""
        version = int(referral.version) + 2
        step = step_now(row, self.now, str(row.after), None)
        values = {**self.clocked(referral, step), **changes}
        change = update(t.referral).where(_r.id == referral.id)
        self.execute(change.values(state=row.after, version=version, **values))
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

    def history(self, ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
        """Return the events of each of these referrals, in order."""
        events = t.referral_event
        query = select(events).where(events.c.referral_id.in_(list(ids)))
        found: dict[UUID, list[Row[Any]]] = {referral_id: [] for referral_id in ids}
        for row in self.all(query.order_by(events.c.version)) if ids else ():
            found[row.referral_id].append(row)
        return found


def _late(now: datetime) -> ColumnElement[bool]:
    return _r.due_at.is_not(None) & (_r.due_at < now)


def _side(caller: Principal, role: str) -> ColumnElement[bool]:
    if role == "referrer":
        return _r.referrer_agency_id == caller.agency_id
    # Nothing was put to the agency yet, so it may not know.
    return (_r.agency_id == caller.agency_id) & _r.sent_at.is_not(None)


def _not_hidden(caller: Principal) -> ColumnElement[bool]:
    return ~hides(_r.request_id, caller)


def _visible(caller: Principal) -> ColumnElement[bool]:
    sides = or_(_side(caller, "receiver"), _side(caller, "referrer"))
    return sides & _not_hidden(caller)
