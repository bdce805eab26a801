"""Reads of who waits: how long people waited at each service, and who has no service yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select, update

from services.matching.domain.capacity import Way
from services.matching.domain.forecast import MOST_STARTS
from services.matching.domain.transitions import State
from services.matching.storage import tables as t
from services.matching.storage.changing import NEXT
from services.matching.storage.facts_tables import request_news, restricted
from services.matching.storage.hiding import hides
from services.matching.storage.inbox_lists import LISTED, hidden, reader
from services.matching.storage.places import PlaceRows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Row

_r = t.referral.c
NOT_STARTED = (State.ACCEPTED, State.WAITING)


class WaitRows(PlaceRows):
    """Reads and writes of waits."""

    def starts_since(self, service_id: UUID, day: date) -> list[Row[Any]]:
        """Return when each of the newest starts of a service was asked for and begun."""
        query = select(_r.sent_at, _r.started_on).where(
            _r.service_id == service_id, _r.started_on >= day, _r.sent_at.is_not(None)
        )
        return self.all(query.order_by(_r.started_on.desc(), _r.id).limit(MOST_STARTS))

    def waiting_since(self, service_id: UUID) -> list[datetime]:
        """Return since when each waits who was taken on at a service: times alone, of everybody."""
        mine = (_r.service_id == service_id) & _r.state.in_(NOT_STARTED)
        return [row.sent_at for row in self.all(select(_r.sent_at).where(mine).order_by(_r.id))]

    def waiting_at(self, service_id: UUID) -> list[Row[Any]]:
        """Return who was taken on at a service and has not started, but nobody hidden.

        Of each only what orders them is read: of thousands a page shows a few. What is
        restricted is ordered by its wait alone.
        """
        copy, used = t.request_copy, ~restricted(_r.request_id)
        query = (
            select(_r.id, _r.reference, _r.state, _r.sent_at)
            .add_columns(case((used, _r.urgency), else_="").label("urgency"))
            .add_columns(case((used, copy.c.threshold)).label("threshold"))
            .outerjoin(copy, copy.c.id == _r.request_id)
            .where(_r.service_id == service_id, _r.state.in_(NOT_STARTED))
            .where(~hides(_r.request_id, self.actor))
        )
        return self.all(query.order_by(_r.id))

    def waits_listed(self, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
        """Return of these referrals what a list of who waits says."""
        query = select(*LISTED, _r.forecast_start).where(_r.id.in_(ids))
        return {row.id: row for row in self.all(query)} if ids else {}

    def waiting_shown(self, services: Sequence[Row[Any]]) -> dict[UUID, int]:
        """Return how many wait at each of these services, without whom the reader must not see."""
        listed, whom = _r.way == Way.WAITING_LIST, self.actor.known_as()
        # From what is hidden, which is little, for thousands may wait.
        unseen = (
            select(_r.service_id, func.count().label("number"))
            .where(_r.id.in_(hidden(len(whom))), _r.state.in_(NOT_STARTED))
            .where(or_(_r.state == State.WAITING, listed))
            .group_by(_r.service_id)
        )
        rows = self.execute(unseen, reader(whom)).all() if services and whom else ()
        found = {row.service_id: row.number for row in rows}
        return {row.id: row.waiting - found.get(row.id, 0) for row in services}

    def live_at(self, service_id: UUID, states: Sequence[str]) -> list[Row[Any]]:
        """Return the referrals of a service that were put to it and are not over."""
        mine = (_r.service_id == service_id) & _r.state.in_(states) & _r.sent_at.is_not(None)
        return self.all(select(_r.request_id, _r.reference).where(mine))

    def open_requests(self, most: int) -> list[Row[Any]]:
        """Return the requests that are not over, the newest first."""
        copy, news = t.request_copy, request_news
        query = (
            select(copy)
            .outerjoin(news, news.c.request_id == copy.c.id)
            .where(news.c.ended_by.is_(None), ~hides(copy.c.id, self.actor))
        )
        return self.all(query.order_by(copy.c.submitted_at.desc(), copy.c.id).limit(most))

    def keep_forecast(self, service_id: UUID, days: int | None) -> bool:
        """Write how long people are likely to wait; tell whether that is news."""
        c = t.capacity.c
        differs = c.forecast_wait_days.is_distinct_from(days)
        change = update(t.capacity).where(c.service_id == service_id, differs)
        self.places_written = True
        return self.execute(change.values(forecast_wait_days=days, changed=NEXT)).rowcount == 1
