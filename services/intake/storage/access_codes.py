"""The way to a person's own page: what it may show, when it was opened, and wrong tries.

Promise: neither a code nor a network address is kept, only keyed hashes of them; what is
counted of wrong tries is forgotten within a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Index, LargeBinary, Table, Uuid, bindparam, delete, select, update

from services.intake.storage import tables as t
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row

    from shared.storage import Transaction

TRIES_KEPT = timedelta(days=1)

own_page = Table(
    "own_page",
    t.metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("opened_at", UtcDateTime),
    Column("hidden_at", UtcDateTime),
    Column("frozen_at", UtcDateTime),
    Column("code_changed_at", UtcDateTime),
)
feedback = Table(
    "feedback",
    t.metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("got_help", t.CODE, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
Index("feedback_of_request", feedback.c.request_id)
code_try = t.return_code_try

# Built once: making a statement costs more than running it.
_PAGE = select(own_page).where(own_page.c.request_id == bindparam("of_request"))
_TRIES = select(code_try).where(code_try.c.reference_hash.in_(bindparam("keys", expanding=True)))
_OLD = delete(code_try).where(code_try.c.last_at < bindparam("before"))
_NEW_CODE = (
    update(t.request)
    .where(t.request.c.id == bindparam("of_request"))
    .values(return_code_hash=bindparam("new_hash", type_=LargeBinary))
)
_ANSWERS = (
    select(feedback)
    .where(feedback.c.request_id == bindparam("of_request"))
    .order_by(feedback.c.at.desc(), feedback.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What is kept of a person's page: when it was opened last, hidden, frozen."""

    opened_at: datetime | None = None
    hidden_at: datetime | None = None
    frozen_at: datetime | None = None
    code_changed_at: datetime | None = None


def page_of(request_id: UUID, tx: Transaction) -> OwnPage:
    """Return what is kept of the page of a request."""
    row = tx.execute(_PAGE, {"of_request": request_id}).first()
    return OwnPage(*row[1:]) if row else OwnPage()


def mark_page(request_id: UUID, tx: Transaction, **marks: datetime | None) -> None:
    """Set *marks* on the page of a request; the others stay as they are."""
    tx.insert_or_change(own_page, {"request_id": request_id, **marks}, marks)


def keep_code(request_id: UUID, hashed: bytes, tx: Transaction) -> None:
    """Let the code that hashes to this be the one that opens the page."""
    tx.execute(_NEW_CODE, {"of_request": request_id, "new_hash": hashed})


def tries_of(keys: Sequence[bytes], tx: Transaction) -> dict[bytes, Row[Any]]:
    """Return what is counted under these keys."""
    return {row.reference_hash: row for row in tx.execute(_TRIES, {"keys": list(keys)})}


def count_tries(counts: dict[bytes, tuple[int, timedelta]], tx: Transaction) -> None:
    """Keep the number of failures and the wait under each key; forget those of another day."""
    tx.execute(_OLD, {"before": tx.now - TRIES_KEPT})
    for key, (failures, wait) in counts.items():
        facts = {"failures": failures, "wait_until": tx.now + wait, "last_at": tx.now}
        tx.insert_or_change(code_try, {"reference_hash": key, **facts}, facts)


def forget_tries(keys: Sequence[bytes], tx: Transaction) -> None:
    """Start counting anew under these keys."""
    tx.execute(delete(code_try).where(code_try.c.reference_hash.in_(list(keys))))


def keep_feedback(request_id: UUID, got_help: str, tx: Transaction) -> None:
    """Keep a person's own answer; earlier ones stay."""
    tx.insert(feedback, id=tx.new_id(), request_id=request_id, got_help=got_help, at=tx.now)


def feedback_of(request_id: UUID, tx: Transaction) -> str | None:
    """Return the person's latest answer, if there is one."""
    row = tx.execute(_ANSWERS, {"of_request": request_id}).first()
    return row.got_help if row else None
