"""Reads and writes of what happens between an acceptance and an end.

Promise: rows are only added; a referral is seen from an office only if it hides from nobody there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from services.matching.domain.transitions import LIVE, State
from services.matching.storage import tables as t
from services.matching.storage.helping_tables import contact, outcome
from services.matching.storage.hiding import hides
from shared.storage import Transaction
from shared.storage.among import among, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from shared.identity import Principal

IN_VAIN = ("NO_ANSWER", "WRONG_NUMBER", "REFUSED_CALL", "MESSAGE_LEFT")
ABSENT = "NO"
ENDED_BY_PERSON = ("referral.withdrawn", "referral.cancelled")
_LIVE = sorted(LIVE)
_r = t.referral.c
_LIVE_AT = select(_r.request_id, _r.service_id).where(
    among(_r.request_id, "ids"), or_(*(_r.state == state for state in _LIVE))
)
_PLACED = select(t.place.c.referral_id).where(
    among(t.place.c.referral_id, "ids"), t.place.c.released_at.is_(None)
)


class HelpingRows(Transaction):
    """Reads and writes of contacts, outcomes and who took a place."""

    def keep_contact(self, referral_id: UUID, **values: Any) -> None:  # noqa: ANN401 - column values
        """Write down one attempt to reach or see the person."""
        who = {"staff_id": self.actor.id, "at": self.now}
        self.insert(contact, id=self.new_id(), referral_id=referral_id, **who, **values)

    def contacts(self, referral_id: UUID) -> list[Row[Any]]:
        """Return every attempt to reach the person of a referral, in order."""
        mine = select(contact).where(contact.c.referral_id == referral_id)
        return self.all(mine.order_by(contact.c.id))

    def attempts_in_vain(self, referral_id: UUID) -> int:
        """Count the attempts that reached nobody, on ways the person had allowed."""
        c = contact.c
        vain = or_(c.code.in_(IN_VAIN), c.attended == ABSENT)
        query = select(func.count()).where(c.referral_id == referral_id, c.as_agreed, vain)
        return int(self.execute(query).scalar_one())

    def keep_outcomes(self, referral_id: UUID, outcomes: Sequence[dict[str, Any]]) -> None:
        """Write down what came of each of these needs."""
        for values in outcomes:
            told = {"referral_id": referral_id, "at": self.now}
            self.insert(outcome, id=self.new_id(), **told, **values)

    def outcomes_of(self, referral_id: UUID) -> list[Row[Any]]:
        """Return what came of a referral, in the order it was written down."""
        mine = select(outcome).where(outcome.c.referral_id == referral_id)
        return self.all(mine.order_by(outcome.c.id))

    def has_place(self, referral_id: UUID) -> bool:
        """Tell whether a referral has taken a place."""
        p = t.place.c
        taken = p.taken_at.is_not(None) & p.released_at.is_(None)
        return (
            self.one(select(p.referral_id).where(p.referral_id == referral_id, taken)) is not None
        )

    def seen_from_office(self, referral_id: UUID, caller: Principal) -> Row[Any] | None:
        """Return a referral for the hub's own desk, unless the person hides it from who asks."""
        r = t.referral.c
        hidden = hides(r.request_id, caller)
        return self.one(select(t.referral).where(r.id == referral_id, ~hidden))

    def live_twin(self, request_id: UUID, service_id: UUID) -> bool:
        """Tell whether a live referral of this request to this service exists."""
        r = t.referral.c
        twin = (r.request_id == request_id) & (r.service_id == service_id) & r.state.in_(_LIVE)
        return self.one(select(r.id).where(twin)) is not None

    def services_taken(self, requests: Iterable[UUID]) -> frozenset[tuple[UUID, UUID]]:
        """Return at which services a referral of one of these requests lives."""
        rows = self.ask(_LIVE_AT, ids=joined(set(requests)))
        return frozenset((row.request_id, row.service_id) for row in rows)

    def with_place(self, referrals: Iterable[UUID]) -> frozenset[UUID]:
        """Return which of these referrals have a place, held or taken."""
        return frozenset(row.referral_id for row in self.ask(_PLACED, ids=joined(referrals)))

    def proposed(self, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Return the next referrals that are not sent yet, the oldest first, and who waits."""
        # By service, of which there are far fewer than referrals, for their states are indexed.
        here, copy = _r.service_id.in_(select(t.service.c.id)), t.request_copy
        both = t.referral.outerjoin(copy, copy.c.id == _r.request_id)
        query = select(t.referral, copy.c.threshold, copy.c.submitted_at).select_from(both)
        query = query.where(here, _r.state == State.PROPOSED)
        if after is not None:
            query = query.where(_r.id > after)
        return self.all(query.order_by(_r.id).limit(limit))

    def worker_of(self, agency_id: UUID, staff_id: UUID) -> Row[Any] | None:
        """Return somebody who works at an agency now."""
        s = t.staff.c
        return self.one(select(t.staff).where(s.id == staff_id, s.agency_id == agency_id, s.active))

    def withdrew_from(self, request_id: UUID, agency_id: UUID, reasons: Sequence[str]) -> bool:
        """Tell whether a referral to an agency ended for one of the person's own *reasons*."""
        r, e = t.referral.c, t.referral_event.c
        ended = select(r.id).join(t.referral_event, e.referral_id == r.id)
        mine = (r.request_id == request_id) & (r.agency_id == agency_id)
        told = e.event.in_(ENDED_BY_PERSON) & e.reason.in_(reasons)
        return self.one(ended.where(mine, told)) is not None

    def services_asked(self, request_id: UUID) -> frozenset[UUID]:
        """Return the services a request was ever put to."""
        r = t.referral.c
        asked = self.all(select(r.service_id).where(r.request_id == request_id))
        return frozenset(row.service_id for row in asked)
