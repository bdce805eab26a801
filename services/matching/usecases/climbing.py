"""Telling what time has run out on, or soon will: of referrals (K2-K12) and of services (K15, K16).

Promise: lateness changes nothing by itself; each rung is told once, however often this looks,
to whoever can put it right, and says nothing of the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.ladder import Telling, told
from services.matching.domain.listing import FIGURE, REVIEW, Entry, told_of_service
from services.matching.storage.guide import entry_of
from services.matching.usecases.telling import tell_capacity, tell_service
from shared.bus.told_by_many import ClockOverdue, ClockWarned

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.domain.running import Running
    from services.matching.storage import MatchingTransaction

REFERRAL, SERVICE = "referral", "service"
CHANGES = {REVIEW: tell_service, FIGURE: tell_capacity}
"""What is told anew when time alone has changed how a service is shown."""
ON_THE_REFERRER = frozenset({"K3", "T21"})


def tell_of_referrals(tx: MatchingTransaction, limit: int) -> int:
    """Tell what is due of some referrals; return how many were looked at."""
    rows, calendar = tx.to_look_at(limit), tx.calendar()
    kept: list[tuple[UUID, Running | None]] = []
    for row in rows:
        running = tx.clocks_of(row)
        if running is not None:
            tellings, running = told(running, tx.now, calendar)
            for telling in tellings:
                tx.announce(_event(telling, REFERRAL, row.id, **_about(row, telling)))
        kept.append((row.id, running))
    tx.keep_clocks(kept)
    return len(rows)


def tell_of_services(tx: MatchingTransaction, limit: int) -> int:
    """Tell what is due of some entries of the guide; return how many were looked at."""
    rows, calendar = tx.services_to_look_at(limit), tx.calendar()
    for row in rows:
        # Whoever is closed, or paused, is asked for no figure meanwhile.
        as_of = None if row.closed or row.paused else row.as_of
        entry = Entry(row.reviewed_on, as_of, entry_of(row.entry)["clock_profile"])
        found = told_of_service(row.clocks, entry, tx.now, calendar)
        for telling in found.tellings:
            tx.announce(_event(telling, SERVICE, row.id, agency_id=row.agency_id))
            if telling.rung == 1:
                CHANGES[telling.clock](row.id, tx)
        tx.keep_service_clocks(row.id, found.kept, found.look_at)
    return len(rows)


def _about(row: Row[Any], telling: Telling) -> dict[str, Any]:
    """Return whom and what a telling is about: a question waits for whoever referred."""
    referrer = row.referrer_agency_id if telling.clock in ON_THE_REFERRER else None
    return {
        "request_id": row.request_id,
        "agency_id": referrer or row.agency_id,
        "reference": row.reference,
    }


def _event(
    telling: Telling,
    object_type: str,
    object_id: UUID,
    **about: Any,  # noqa: ANN401 - ids
) -> ClockWarned | ClockOverdue:
    what: dict[str, Any] = {
        "clock": telling.clock,
        "object_type": object_type,
        "object_id": object_id,
    }
    if telling.rung:
        return ClockOverdue(**what, due_at=telling.due_at, rung=telling.rung, **about)
    return ClockWarned(**what, due_at=telling.due_at, **about)
