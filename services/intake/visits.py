"""A person's visit to their own page: opened by reference and return code, closed by time.

Promise: the browser holds only a random id and we hold only its hash; fifteen minutes
without a page, or ten hours in all, end the visit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Table, Uuid, delete, select, update

from services.intake.drafts import digest
from services.intake.storage import metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=10)
TOUCHED_EVERY = timedelta(minutes=1)

visits = Table(
    "visit",
    metadata,
    Column("id_hash", LargeBinary(32), primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose page is open, and since when nobody has looked at it."""

    request_id: UUID
    seen_at: datetime

    def is_due_for_a_touch(self, now: datetime) -> bool:
        """Tell whether the last look was long enough ago to be worth writing down."""
        return now - self.seen_at >= TOUCHED_EVERY


def open_visit(request_id: UUID, tx: IntakeTransaction) -> str:
    """Open the page of a request, sweep what is over; return the id for the browser to hold."""
    sweep_visits(tx)
    visit_id = secrets.token_urlsafe(16)
    tx.insert(
        visits,
        id_hash=digest(visit_id),
        request_id=request_id,
        opened_at=tx.now,
        seen_at=tx.now,
    )
    return visit_id


def find_visit(visit_id: str, tx: IntakeTransaction) -> Visit | None:
    """Return the visit of this id while it lasts."""
    row = tx.one(
        select(visits.c.request_id, visits.c.seen_at).where(
            visits.c.id_hash == digest(visit_id),
            visits.c.seen_at > tx.now - IDLE,
            visits.c.opened_at > tx.now - LONGEST,
        )
    )
    return Visit(row.request_id, row.seen_at) if row else None


def touch_visit(visit_id: str, tx: IntakeTransaction) -> None:
    """Note that the page was looked at just now."""
    tx.execute(update(visits).where(visits.c.id_hash == digest(visit_id)).values(seen_at=tx.now))


def close_visit(visit_id: str, tx: IntakeTransaction) -> None:
    """End the visit."""
    tx.execute(delete(visits).where(visits.c.id_hash == digest(visit_id)))


def sweep_visits(tx: IntakeTransaction) -> int:
    """Delete the visits whose time is over; return how many there were."""
    over = (visits.c.seen_at <= tx.now - IDLE) | (visits.c.opened_at <= tx.now - LONGEST)
    return tx.execute(delete(visits).where(over)).rowcount
