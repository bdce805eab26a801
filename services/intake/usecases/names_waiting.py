"""Names to hide from that no coordinator has looked for within a working day.

Promise: it stays hidden from whoever may be meant, and each working day it is told once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.storage import hidden_names as rows
from services.intake.storage.changes import keep_change
from services.intake.usecases.naming_hidden import LOOK_WITHIN
from shared.bus.told_by_many import ClockOverdue

if TYPE_CHECKING:
    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

CLOCK, OBJECT = "NAMES_LOOK", "hidden_names"
HIGHEST = 2
"""The rung of managers; the coordinator's desk has it from the first hour."""


def any_late(tx: IntakeTransaction) -> bool:
    """Tell whether anybody is to be told that names wait too long."""
    return any(_rung(row, tx) for row in rows.unlooked(tx))


def tell_late(tx: IntakeTransaction) -> int:
    """Tell of all names that wait another working day; return of how many requests."""
    late = [(row, rung) for row in rows.unlooked(tx) if (rung := _rung(row, tx))]
    for row, rung in late:
        keep_change(row.request_id, row.version, "T32", tx, code=rows.LATE)
        tx.announce(
            ClockOverdue(
                clock=CLOCK,
                object_type=OBJECT,
                object_id=row.request_id,
                due_at=tx.working_days_after(row.since, LOOK_WITHIN),
                rung=rung,
                request_id=row.request_id,
                reference=row.reference,
            )
        )
    return len(late)


def _rung(row: Row[Any], tx: IntakeTransaction) -> int:
    """Return which rung is to be told now, 0 if none: one for each working day without a look."""
    told = rows.told_late(row.request_id, row.since, tx)
    due = tx.working_days_after(told[-1] if told else row.since, LOOK_WITHIN)
    return min(len(told) + 1, HIGHEST) if tx.now > due else 0
