"""Counts of what agencies sent each other and how it was answered.

Promise: what a person hides from the reader counts in none of them, for one can be recognised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, or_, select

from services.matching.domain.lessons import Refused
from services.matching.domain.reciprocity import Flow
from services.matching.domain.transitions import LIVE, State
from services.matching.storage import tables as t
from services.matching.storage.hiding import hides
from shared.storage import Transaction

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

_r = t.referral.c
TAKEN = (State.ACCEPTED, State.WAITING, State.ACTIVE, State.ON_HOLD, State.COMPLETED)
REFUSED = (State.DECLINED, State.REDIRECTED)
DECLINED = "referral.declined"
PAST_PROPOSED = sorted(LIVE - {State.PROPOSED})


class FlowRows(Transaction):
    """What passed between agencies."""

    def flows(
        self, since: datetime, agency_id: UUID | None = None
    ) -> list[tuple[UUID, UUID, Flow]]:
        """Return what each agency sent each other since then, or what concerns one of them."""
        refused = _r.state.in_(REFUSED)
        taken = ~refused & or_(_r.state.in_(TAKEN), _r.forecast_start.is_not(None))
        query = select(
            _r.referrer_agency_id,
            _r.agency_id,
            func.count().label("sent"),
            func.count().filter(taken).label("accepted"),
            func.count().filter(refused).label("declined"),
        ).where(_between_two(since), self._shown())
        if agency_id is not None:
            sides = _r.referrer_agency_id == agency_id, _r.agency_id == agency_id
            query = query.where(or_(*sides))
        grouped = query.group_by(_r.referrer_agency_id, _r.agency_id)
        return [
            (row.referrer_agency_id, row.agency_id, Flow(row.sent, row.accepted, row.declined))
            for row in self.all(grouped)
        ]

    def sent_by(self, agency_id: UUID, since: datetime) -> Flow:
        """Return what one agency sent anybody else since then."""
        flows = [flow for who, _, flow in self.flows(since, agency_id) if who == agency_id]
        return Flow(
            sum(flow.sent for flow in flows),
            sum(flow.accepted for flow in flows),
            sum(flow.declined for flow in flows),
        )

    def referrers_at(self, service_id: UUID) -> tuple[UUID, ...]:
        """Return the other agencies whose referrals are under way or wait at a service."""
        theirs = (_r.service_id == service_id) & (_r.referrer_agency_id != _r.agency_id)
        query = select(_r.referrer_agency_id).where(theirs, _r.state.in_(PAST_PROPOSED)).distinct()
        return tuple(sorted(row.referrer_agency_id for row in self.all(query)))

    def refusals_to(self, agency_id: UUID, since: datetime) -> list[Refused]:
        """Return how referrals of one agency were refused since then."""
        event = t.referral_event.c
        query = (
            select(_r.service_id, event.reason, _r.alternatives)
            .join(t.referral_event, event.referral_id == _r.id)
            .where(
                _r.referrer_agency_id == agency_id,
                _r.agency_id != agency_id,
                event.event == DECLINED,
                event.at >= since,
                self._shown(),
            )
        )
        return [
            Refused(row.service_id, row.reason, tuple(UUID(one) for one in row.alternatives or ()))
            for row in self.all(query)
        ]

    def _shown(self) -> ColumnElement[bool]:
        return ~hides(_r.request_id, self.actor)


def _between_two(since: datetime) -> ColumnElement[bool]:
    named = _r.referrer_agency_id.is_not(None) & (_r.referrer_agency_id != _r.agency_id)
    return named & (_r.sent_at >= since)
