"""Keeping the promise that whoever asks is told that it has arrived (K1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.acknowledging import due_at, next_look, rung_at
from services.intake.domain.contact import usable
from services.intake.storage import acknowledging as rows
from services.intake.working_days import working_days_after
from shared.bus.told_by_many import ClockOverdue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row

    from services.intake.domain.submission import Channel
    from services.intake.storage import IntakeTransaction

CLOCK, OBJECT = "K1", "request"
DELIVERABLE = frozenset({"email"})
RUNS = "submitted"


def clock_of(
    state: str, at: datetime, urgency: str, channels: Iterable[Channel], nation: str
) -> dict[str, datetime | None]:
    """Return the columns in which K1 of a request runs; where no channel is safe, it never does.

    Then the reference that is shown is the acknowledgement. Of a request that waits for the
    person's yes nobody looks at it yet.
    """
    due = clock_from(at, urgency, nation) if usable(channels, DELIVERABLE) else None
    return {"acknowledge_by": due, "acknowledge_look_at": due if state == RUNS else None}


def clock_from(at: datetime, urgency: str, nation: str) -> datetime:
    """Return by when the person is to be told of what arrived then."""
    return due_at(at, urgency, working_days_after(at, 1, nation))


def climb(tx: IntakeTransaction) -> int:
    """Tell of every request nobody was told of in time, a rung higher; stop what is over."""
    found = rows.to_look_at(tx)
    for row in found:
        if row.acknowledged_at is not None or row.state != RUNS:
            rows.look_again(row.id, None, tx)
        else:
            _tell(row, tx)
    return len(found)


def _tell(row: Row[Any], tx: IntakeTransaction) -> None:
    rung = rung_at(row.submitted_at, row.acknowledge_by, tx.now)
    rows.look_again(row.id, next_look(row.submitted_at, row.acknowledge_by, rung), tx)
    late = ClockOverdue(
        clock=CLOCK,
        object_type=OBJECT,
        object_id=row.id,
        due_at=row.acknowledge_by,
        rung=rung,
        request_id=row.id,
        agency_id=row.submitter_agency_id,
        reference=row.reference,
    )
    tx.announce(late)
