"""Closing a service to new referrals by decision, opening it again, and standing by an entry.

Promise: a closure says who decided, why, until when, and what becomes of those who wait; they
keep their places in line and their clocks. Nothing opens or closes because time has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from services.matching.domain.capacity import Status, status
from services.matching.domain.clocks import local_date
from services.matching.errors import ClosureRefusedError, ServiceStandsError
from services.matching.messages import ServiceClosed, ServiceReopened, ServiceReviewed
from services.matching.storage.guide import standing_of
from services.matching.usecases.editing import own_service
from shared.errors import Fault, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

DECIDES = frozenset({"manager", "trustee"})
LONGEST = timedelta(days=366)
LONGEST_NAME, LONGEST_TEXT = 200, 2000
TO_SAY = {
    "decided_by": ("Say who decided this.", LONGEST_NAME),
    "reason": ("Say why, in words a referrer may read.", LONGEST_TEXT),
    "plan_for_waiting": ("Say what happens to people who are waiting.", LONGEST_TEXT),
}


@dataclass(frozen=True, slots=True)
class Closure:
    """What is decided: by whom, why, until when, and what becomes of those who wait."""

    decided_by: str
    reason: str
    until: date | None
    plan_for_waiting: str


def close_service(service_id: UUID, closure: Closure, tx: MatchingTransaction) -> None:
    """Close a service to new referrals; a new decision on a closed one replaces the old."""
    row = own_service(service_id, tx)
    _check_role(tx)
    faults = list(_faults(closure, local_date(tx.now)))
    if faults or closure.until is None:
        raise ClosureRefusedError("The closure cannot be kept; see errors.", faults)
    said = {name: getattr(closure, name).strip() for name in TO_SAY}
    kept = {**said, "decided_at": tx.now.isoformat(), "until": closure.until.isoformat()}
    tx.change_service(service_id, closed=True, closure=kept)
    tx.keep_decision(service_id, "closed", **said, until=closure.until)
    told = ServiceClosed(
        service_id=service_id,
        agency_id=row.agency_id,
        decided_at=tx.now,
        until=closure.until,
        status=_status(service_id, tx),
        referrers=tx.referrers_at(service_id),
    )
    tx.announce(told, sequence=tx.next_telling(service_id))


def reopen_service(
    service_id: UUID, tx: MatchingTransaction, *, decided_by: str = "", reason: str = ""
) -> None:
    """Take referrals again."""
    row = own_service(service_id, tx)
    _check_role(tx)
    if not row.closed:
        raise ServiceStandsError("The service is open to referrals already.")
    tx.change_service(service_id, closed=False, closure=None)
    tx.keep_decision(service_id, "reopened", decided_by=decided_by.strip(), reason=reason.strip())
    told = ServiceReopened(
        service_id=service_id,
        agency_id=row.agency_id,
        reopened_at=tx.now,
        status=_status(service_id, tx),
    )
    tx.announce(told, sequence=tx.next_telling(service_id))


def review_service(service_id: UUID, tx: MatchingTransaction) -> None:
    """Write that the agency checked the whole entry today, and stands by it (K15)."""
    own_service(service_id, tx)
    today = local_date(tx.now)
    tx.keep_reviewed(service_id, today)
    tx.keep_decision(service_id, "reviewed")
    _reviewed(service_id, today, tx)


def review_shared(tx: MatchingTransaction) -> None:
    """Write that the agency checked what it says for all; entries silent on it follow."""
    agency_id, today = tx.actor.agency_id, local_date(tx.now)
    if agency_id is None:
        raise ForbiddenError("Only an agency checks its own entries.")
    tx.keep_shared(agency_id, tx.shared_of(agency_id), reviewed_on=today)
    for row in tx.services_of(agency_id):
        own = tx.own_row(row.id)
        if own is not None and own.reviewed_on is None:
            _reviewed(row.id, today, tx)


def _reviewed(service_id: UUID, today: date, tx: MatchingTransaction) -> None:
    tx.change_service(service_id, reviewed_on=today)
    row = tx.service_row(service_id)
    if row is None:
        return
    told = ServiceReviewed(
        service_id=service_id,
        agency_id=row.agency_id,
        reviewed_on=today,
        status=_status(service_id, tx),
    )
    tx.announce(told, sequence=tx.next_telling(service_id))


def _check_role(tx: MatchingTransaction) -> None:
    if tx.actor.kind == "staff" and tx.actor.roles.isdisjoint(DECIDES):
        raise ForbiddenError("Only a manager or a trustee may decide this.")


def _faults(closure: Closure, today: date) -> Iterator[Fault]:
    for name, (words, longest) in TO_SAY.items():
        said = getattr(closure, name).strip()
        if not said:
            yield Fault(f"/{name}", words)
        elif len(said) > longest:
            yield Fault(f"/{name}", f"Write at most {longest} characters.")
    if closure.until is None or not today < closure.until <= today + LONGEST:
        yield Fault("/until", "Name a day after today, within a year, to decide again.")


def _status(service_id: UUID, tx: MatchingTransaction) -> str:
    """Return the status as it now is; that of an agency that has left is closed."""
    rows = tx.services_named([service_id])
    return status(standing_of(rows[0]), tx.now) if rows else Status.CLOSED
