"""A person's visit to their own page: opened by reference and return code, closed by time.

Promise: the browser holds only a random id and we hold only its hash; fifteen minutes
without a page, or ten hours in all, end the visit. Story and names are open only from
'show' to 'hide'; a new return code waits here, sealed, until its owner has typed it.
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
from shared.vault import Context

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
    Column("before_at", UtcDateTime),
    Column("shown_at", UtcDateTime),
    Column("key", LargeBinary),
    Column("sealed_code", LargeBinary),
)
_READ = ("request_id", "seen_at", "before_at", "shown_at")


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose page is open, since when nobody has looked at it, when it was open before."""

    request_id: UUID
    seen_at: datetime
    before_at: datetime | None = None
    shown: bool = False

    def is_due_for_a_touch(self, now: datetime) -> bool:
        """Tell whether the last look was long enough ago to be worth writing down."""
        return now - self.seen_at >= TOUCHED_EVERY


def open_visit(request_id: UUID, tx: IntakeTransaction, before_at: datetime | None = None) -> str:
    """Open the page of a request, sweep what is over; return the id for the browser to hold."""
    sweep_visits(tx)
    visit_id = secrets.token_urlsafe(16)
    tx.insert(
        visits,
        id_hash=digest(visit_id),
        request_id=request_id,
        opened_at=tx.now,
        seen_at=tx.now,
        before_at=before_at,
    )
    return visit_id


def find_visit(visit_id: str, tx: IntakeTransaction) -> Visit | None:
    """Return the visit of this id while it lasts."""
    row = tx.one(
        select(*(visits.c[name] for name in _READ)).where(
            visits.c.id_hash == digest(visit_id),
            visits.c.seen_at > tx.now - IDLE,
            visits.c.opened_at > tx.now - LONGEST,
        )
    )
    if row is None:
        return None
    return Visit(row.request_id, row.seen_at, row.before_at, shown=row.shown_at is not None)


def touch_visit(visit_id: str, tx: IntakeTransaction) -> None:
    """Note that the page was looked at just now."""
    tx.execute(update(visits).where(visits.c.id_hash == digest(visit_id)).values(seen_at=tx.now))


def close_visit(visit_id: str, tx: IntakeTransaction) -> None:
    """End the visit."""
    tx.execute(delete(visits).where(visits.c.id_hash == digest(visit_id)))


def close_visits(request_id: UUID, tx: IntakeTransaction, but: str = "") -> None:
    """End every visit to the page of a request, except the one of this browser."""
    others = (visits.c.request_id == request_id, visits.c.id_hash != digest(but))
    tx.execute(delete(visits).where(*others))


def show_in(visit_id: str, tx: IntakeTransaction, *, shown: bool) -> None:
    """Open story and names in this visit, or close them again."""
    mine = update(visits).where(visits.c.id_hash == digest(visit_id))
    tx.execute(mine.values(shown_at=tx.now if shown else None))


def hide_in_all(request_id: UUID, tx: IntakeTransaction) -> None:
    """Close story and names in every visit to the page of a request."""
    tx.execute(update(visits).where(visits.c.request_id == request_id).values(shown_at=None))


def keep_new_code(visit_id: str, code: str | None, tx: IntakeTransaction) -> None:
    """Keep a code that is not in force yet, sealed under a key of its own; None forgets it."""
    key = tx.vault.new_key() if code else None
    sealed = tx.vault.seal(key, code, _context(visit_id)) if key and code else None
    mine = update(visits).where(visits.c.id_hash == digest(visit_id))
    tx.execute(mine.values(key=key, sealed_code=sealed))


def new_code_of(visit_id: str, tx: IntakeTransaction) -> str | None:
    """Return the code that waits in this visit, if one does."""
    row = tx.one(
        select(visits.c.key, visits.c.sealed_code).where(visits.c.id_hash == digest(visit_id))
    )
    if row is None or row.key is None:
        return None
    return tx.vault.open(row.key, row.sealed_code, _context(visit_id)).decode()


def _context(visit_id: str) -> Context:
    return Context("intake", "visit", "sealed_code", digest(visit_id).hex())


def sweep_visits(tx: IntakeTransaction) -> int:
    """Delete the visits whose time is over; return how many there were."""
    over = (visits.c.seen_at <= tx.now - IDLE) | (visits.c.opened_at <= tx.now - LONGEST)
    return tx.execute(delete(visits).where(over)).rowcount
