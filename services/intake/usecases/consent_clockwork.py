"""What time does to consents: warnings 30, 7 and 1 days before, the end, and what is late.

Promise: time ends a consent and nothing else; whatever is late is told, rung by rung, once
each, and changes nothing by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from services.intake.domain.consent_clocks import ends_at, is_warned, next_rung
from services.intake.domain.ledger import DEFERRED
from services.intake.domain.ledger import LIVE as AGREED
from services.intake.domain.request_transitions import LIVE
from services.intake.storage import ledger_tables as lt
from services.intake.storage import tables as t
from services.intake.usecases import consent_rows as rows
from services.intake.usecases.consent_asking import remind_of_consent
from services.intake.usecases.consent_checks import consent_of, request_of
from services.intake.usecases.consent_ends import expire_consent
from services.intake.usecases.consent_length import follow
from shared.bus.told_by_many import ClockOverdue, ClockWarned

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

EXPIRY, CONFIRMATION, TOLD = "CONSENT_EXPIRY", "CONSENT_CONFIRMATION", "WITHDRAWAL_TOLD"
OBJECT = "consent"
AT_ONCE = 100
TELLING = timedelta(days=1)  # one working day, on the ladder of what is late

_ending = lt.consent_ending
_DUE = (
    select(t.consent_record.c.id)
    .where(t.consent_record.c.next_look <= bindparam("moment"))
    .order_by(t.consent_record.c.next_look, t.consent_record.c.id)
    .limit(AT_ONCE)
)
_UNTOLD = (
    select(_ending)
    .where(_ending.c.next_look <= bindparam("moment"))
    .order_by(_ending.c.next_look, _ending.c.consent_id, _ending.c.recipient_agency_id)
    .limit(AT_ONCE)
)


def due(tx: IntakeTransaction) -> bool:
    """Tell whether any clock of a consent has something to say now."""
    found = tx.all(_DUE_ONE.params(moment=tx.now)) or tx.all(_UNTOLD_ONE.params(moment=tx.now))
    return bool(found)


_DUE_ONE, _UNTOLD_ONE = _DUE.limit(1), _UNTOLD.limit(1)


def tend(tx: IntakeTransaction) -> int:
    """Do what is due of some consents; return how many they were."""
    consents = tx.all(_DUE.params(moment=tx.now))
    endings = tx.all(_UNTOLD.params(moment=tx.now))
    for one in consents:
        _look_at(one.id, tx)
    for row in endings:
        _climb(row, tx)
    return len(consents) + len(endings)


def _look_at(consent_id: UUID, tx: IntakeTransaction) -> None:
    row = consent_of(consent_id, tx)
    request = request_of(row.request_id, tx)
    if row.state in AGREED:
        _look_at_agreed(row, request, tx)
    elif row.state == DEFERRED and request.state in LIVE:
        remind_of_consent(consent_id, tx)
    else:
        rows.look_on(consent_id, None, tx)


def _look_at_agreed(row: Row[Any], request: Row[Any], tx: IntakeTransaction) -> None:
    if follow(row, tx):
        return None
    if tx.now >= ends_at(row.valid_until):
        return expire_consent(row.id, tx)
    rung = row.overdue_rung or 0
    late_at = rows.overdue_at(row)
    if late_at is not None and late_at <= tx.now:
        rung += 1
        tx.announce(_overdue(row, request, rung))
    if request.state in LIVE and is_warned(row.valid_until, row.next_look, tx.now):
        tx.announce(_warning(row, request))
    return rows.looked_at(row, rung, tx)


def _warning(row: Row[Any], request: Row[Any]) -> ClockWarned:
    return ClockWarned(
        clock=EXPIRY,
        object_type=OBJECT,
        object_id=row.id,
        due_at=ends_at(row.valid_until),
        request_id=request.id,
        agency_id=request.submitter_agency_id,
        reference=request.reference,
    )


def _overdue(row: Row[Any], request: Row[Any], rung: int) -> ClockOverdue:
    return ClockOverdue(
        clock=CONFIRMATION,
        object_type=OBJECT,
        object_id=row.id,
        due_at=row.confirm_by,
        rung=rung,
        request_id=request.id,
        agency_id=row.collected_by_agency_id or request.submitter_agency_id,
        reference=request.reference,
    )


def _climb(row: Row[Any], tx: IntakeTransaction) -> None:
    """Tell that a recipient was not told in time that it may no longer rely on something."""
    request, rung = request_of(row.request_id, tx), row.rung + 1
    event = ClockOverdue(
        clock=TOLD,
        object_type=OBJECT,
        object_id=row.consent_id,
        due_at=row.due_at,
        rung=rung,
        request_id=request.id,
        agency_id=row.recipient_agency_id,
        reference=request.reference,
    )
    tx.announce(event)
    look = next_rung(row.due_at, TELLING, rung)
    tx.execute(update(_ending).where(*_same(row)).values(rung=rung, next_look=look))


def _same(row: Row[Any]) -> tuple[Any, ...]:
    return (
        _ending.c.consent_id == row.consent_id,
        _ending.c.sequence == row.sequence,
        _ending.c.recipient_agency_id == row.recipient_agency_id,
    )


def note_told(request_id: UUID, agency_id: UUID, tx: IntakeTransaction) -> None:
    """Note that a message about an ending has reached one of its recipients."""
    mine = _of(request_id, agency_id) & _ending.c.told_at.is_(None)
    tx.execute(update(_ending).where(mine).values(told_at=tx.now, next_look=None))


def note_acknowledged(request_id: UUID, agency_id: UUID, tx: IntakeTransaction) -> None:
    """Note that a recipient says it has stopped, or on what other ground it goes on."""
    mine = _of(request_id, agency_id) & _ending.c.acknowledged_at.is_(None)
    values = {"acknowledged_at": tx.now, "next_look": None}
    tx.execute(update(_ending).where(mine).values(values))


def _of(request_id: UUID, agency_id: UUID) -> Any:  # noqa: ANN401 - an SQL condition
    return (_ending.c.request_id == request_id) & (_ending.c.recipient_agency_id == agency_id)
