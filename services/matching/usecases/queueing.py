"""Who comes next: on a service's waiting list, and among requests that nobody has taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Row

from services.matching.domain.priority import Place, Waiting, queue

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

InQueue: TypeAlias = Place[Row[Any]]


def waiting_queue(service_id: UUID, tx: MatchingTransaction) -> list[InQueue]:
    """Return a service's waiting list, the next to start first; each place says why."""
    waits = (
        Waiting(row, row.urgency, row.threshold, row.sent_at) for row in tx.waiting_at(service_id)
    )
    return queue(waits, tx.now)


def unplaced_queue(tx: MatchingTransaction) -> list[InQueue]:
    """Return the requests with a need that nobody was asked to meet, the first to place first."""
    waits = (
        Waiting(row, row.urgency, row.threshold, row.submitted_at) for row in tx.unplaced_requests()
    )
    return queue(waits, tx.now)
