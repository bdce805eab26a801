"""What is true of referrals and around them, as far as their table asks for a caller.

Promise: it is read for many referrals in as few statements as for one, and only what somebody's
part in them asks for; so what is offered rests on the same facts as what is allowed.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from services.matching.domain.agreement import Agreement
from services.matching.domain.capacity import Way, way_in
from services.matching.domain.clocks import add_months, add_working_days
from services.matching.domain.transitions import TERMINAL, Fact, State, Who, asked_of
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases.dealing import refused_by_agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

    Parts = frozenset[Who]
    Asked = Sequence[tuple[Referral, Parts]]

A_YEAR, WORKING_DAYS_FOR_ALL = 12, 5
NOTHING: frozenset[str] = frozenset()


class Around:
    """What stands beside the referrals somebody asks about, read once for all of them."""

    def __init__(
        self,
        rows: Sequence[Referral],
        wanted: Mapping[UUID, frozenset[Fact]],
        tx: MatchingTransaction,
    ) -> None:
        self._rows, self._wanted, self.tx = rows, wanted, tx

    @cached_property
    def services(self) -> dict[UUID, Row[Any]]:
        """Return the services the referrals are at, with their figures."""
        rows = self._asked(Fact.AGREED, Fact.ASKABLE, Fact.DEAL, Fact.OPEN, Fact.ROOM)
        found = self.tx.services_named([*{row.service_id for row in rows}])
        return {row.id: row for row in found}

    @cached_property
    def restricted(self) -> frozenset[UUID]:
        """Return which of the requests are kept and used for nothing."""
        rows = self._asked(Fact.USABLE)
        return self.tx.restricted_of(row.request_id for row in rows)

    @cached_property
    def placed(self) -> frozenset[UUID]:
        """Return which of the referrals have a place, held or taken."""
        return self.tx.with_place(row.id for row in self._asked(Fact.ROOM))

    @cached_property
    def alive(self) -> frozenset[UUID]:
        """Return which of the requests are not over."""
        return self.tx.requests_alive(row.request_id for row in self._asked(Fact.REQUEST_LIVES))

    @cached_property
    def taken(self) -> frozenset[tuple[UUID, UUID]]:
        """Return at which services a referral of the same request lives."""
        return self.tx.services_taken(row.request_id for row in self._asked(Fact.NO_TWIN))

    def agreement(self, row: Referral) -> Agreement:
        """Return what is agreed to of a referral's request."""
        return self._agreements.get(row.request_id, Agreement({}))

    @cached_property
    def _agreements(self) -> dict[UUID, Agreement]:
        rows = self._asked(Fact.AGREED, Fact.NOT_REFUSED)
        return self.tx.agreements(row.request_id for row in rows)

    def needed(self, row: Referral) -> frozenset[str]:
        """Return the categories its service cannot do without."""
        service = self.services.get(row.service_id)
        return frozenset(entry_of(service.entry)["categories"]) if service is not None else NOTHING

    def day(self, moment: datetime) -> date:
        """Return the day of *moment* where the people live."""
        return self.tx.calendar().local_date(moment)

    def _asked(self, *facts: Fact) -> list[Referral]:
        return [row for row in self._rows if self._wanted[row.id] & frozenset(facts)]


def facts_of(row: Referral, parts: Parts, tx: MatchingTransaction) -> frozenset[Fact]:
    """Return what is true of one referral, as far as it matters to somebody in *parts*."""
    return facts_of_all([(row, parts)], tx)[row.id]


def facts_of_all(asked: Asked, tx: MatchingTransaction) -> dict[UUID, frozenset[Fact]]:
    """Return what is true of each of these referrals, as far as it matters to each part."""
    wanted = {row.id: asked_of(State(row.state), parts) for row, parts in asked}
    around = Around([row for row, _parts in asked], wanted, tx)
    return {
        row.id: frozenset(fact for fact in wanted[row.id] if TRUE[fact](row, parts, around))
        for row, parts in asked
    }


def _review_open(row: Referral, _: Parts, around: Around) -> bool:
    """Tell whether the waiting target (K5) has passed, or is no longer counted."""
    running = around.tx.clocks_of(row)
    target = running.clocks.get("K5") if running is not None else None
    return target is None or target.due <= around.tx.now


def _ended_lately(row: Referral, _: Parts, around: Around) -> bool:
    ended = row.answered_at if row.state in TERMINAL else None
    if ended is None:
        return False
    return around.day(around.tx.now) <= add_months(around.day(ended), A_YEAR)


def _fresh(row: Referral, parts: Parts, around: Around) -> bool:
    if Who.MANAGER in parts or row.answered_at is None:
        return True
    accepted = around.day(row.answered_at)
    last = add_working_days(accepted, WORKING_DAYS_FOR_ALL, around.tx.calendar())
    return around.day(around.tx.now) <= last


def _agreed(row: Referral, _: Parts, around: Around) -> bool:
    agreement = around.agreement(row)
    known = agreement.may_begin(row.agency_id, around.needed(row))
    return known and not agreement.hides(row.agency_id, row.service_id)


def _not_refused(row: Referral, _: Parts, around: Around) -> bool:
    agreement, agency = around.agreement(row), row.agency_id
    said_no = agreement.refused(agency) and not agreement.live(agency)
    return not said_no and not agreement.hides(agency, row.service_id)


def _room(row: Referral, _: Parts, around: Around) -> bool:
    """Tell whether they have a place, or can take one; for a yes also a waiting list will do."""
    service = around.services.get(row.service_id)
    if row.id in around.placed:
        return True
    if service is None:
        return False
    if service.places is not None and service.reserved + service.accepted < service.places:
        return True
    if row.state == State.WAITING:
        return False
    return row.way == Way.ENQUIRY or bool(
        row.way == Way.WAITING_LIST and service.takes_waiting_list
    )


def _open(row: Referral, _: Parts, around: Around) -> bool:
    service = around.services.get(row.service_id)
    return service is not None and not (service.closed or service.paused)


def _askable(row: Referral, _: Parts, around: Around) -> bool:
    service = around.services.get(row.service_id)
    if service is None:
        return False
    return isinstance(way_in(standing_of(service), around.tx.now, named=True), Way)


def _in_time(row: Referral, _: Parts, around: Around) -> bool:
    latest = around.tx.latest_start(row)
    return latest is None or around.day(around.tx.now) <= latest


def _deal(row: Referral, _: Parts, around: Around) -> bool:
    wanted = around.needed(row)
    rule = refused_by_agreement(row.referrer_agency_id, row.agency_id, around.tx, wanted)
    return rule is None


TRUE: dict[Fact, Callable[[Referral, Parts, Around], bool]] = {
    Fact.USABLE: lambda row, _parts, around: row.request_id not in around.restricted,
    Fact.REVIEW_OPEN: _review_open,
    Fact.HELP_BEGAN: lambda row, _parts, _around: row.started_on is not None,
    Fact.ENDED_LATELY: _ended_lately,
    Fact.FRESH: _fresh,
    Fact.AGREED: _agreed,
    Fact.NOT_REFUSED: _not_refused,
    Fact.REQUEST_LIVES: lambda row, _, around: row.request_id in around.alive,
    Fact.NO_TWIN: lambda row, _, around: (row.request_id, row.service_id) not in around.taken,
    Fact.ROOM: _room,
    Fact.OPEN: _open,
    Fact.ASKABLE: _askable,
    Fact.IN_TIME: _in_time,
    Fact.DEAL: _deal,
}
