"""Who comes next: on a service's waiting list, and on the coordinator's desk, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Row

from services.matching.domain.desk import Kind
from services.matching.domain.priority import URGENT, Place, Waiting, queue

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.desk import Listed

InQueue: TypeAlias = Place[Row[Any]]


def waiting_queue(service_id: UUID, tx: MatchingTransaction) -> list[InQueue]:
    """Return a service's waiting list, the next to start first; each place says why."""
    waits = (
        Waiting(row, row.urgency, row.threshold, row.sent_at) for row in tx.waiting_at(service_id)
    )
    return queue(waits, tx.now)


def desk_queue(listed: Listed, today: date, tx: MatchingTransaction) -> list[InQueue]:
    """Return the lines of the caller's desk, whoever to help first first.

    An override must be reviewed within a day, so it is as urgent as anybody.
    """
    waits = (
        Waiting(
            row,
            URGENT if row.kind == Kind.OVERRIDE else row.urgency or "",
            row.threshold,
            row.submitted_at or row.since,
        )
        for row in tx.desk_lines(tx.actor, listed, today)
    )
    return queue(waits, tx.now)
