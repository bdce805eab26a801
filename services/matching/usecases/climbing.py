"""Telling of stops that nobody has confirmed in time, rung by rung (T25, T26).

Promise: lateness changes nothing by itself; each rung is told once, however often this looks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.matching.domain.clocks import rung_due
from services.matching.domain.transitions import State
from shared.bus.told_by_many import ClockOverdue

if TYPE_CHECKING:
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

ALLOWED = timedelta(days=1)  # one working day, on the ladder of what is late
OBJECT = "referral"


def tell_of_late_stops(tx: MatchingTransaction) -> int:
    """Tell of every stop that is late and has reached a rung nobody was told of."""
    late = [(row, rung_due(row.settle_by, ALLOWED, tx.now)) for row in tx.late_stops()]
    due = [(row, rung) for row, rung in late if rung > (row.late_rung or 0)]
    for row, rung in due:
        tx.note_rung(row.id, rung)
        tx.announce(_overdue(row, rung))
    return len(due)


def _overdue(row: Referral, rung: int) -> ClockOverdue:
    return ClockOverdue(
        clock="T26" if row.state == State.HALTED else "T25",
        object_type=OBJECT,
        object_id=row.id,
        due_at=row.settle_by,
        rung=rung,
        request_id=row.request_id,
        agency_id=row.agency_id,
        reference=row.reference,
    )
