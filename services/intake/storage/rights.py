"""What is kept of people's rights: what was asked, holds, disposals, and proof of what is gone.

Promise: rows hold ids, codes and times; nothing here says who anybody is, so it may outlive
the content that it tells about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Uuid, select, update

from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from shared.storage import Transaction

OPEN, DONE, REFUSED = "open", "done", "refused"

rights_case = Table(
    "rights_case",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("kind", CODE, nullable=False),
    Column("ground", CODE, nullable=False),
    Column("state", CODE, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by", String(80)),
    Column("due_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(80)),
    Column("decision", CODE),
)
Index("rights_case_open", rights_case.c.state, rights_case.c.due_at)
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, index=True),
    Column("ground", CODE, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("placed_by", String(80)),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", String(80)),
)
erasure = Table(
    "erasure",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("basis", CODE, nullable=False),
    Column("approver", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("certificate_id", Uuid, index=True),
)
shredding = Table(
    "shredding",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("service", String(20), primary_key=True),
    Column("keys", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
disposal = Table(
    "disposal",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("record_class", CODE, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("state", CODE, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", String(80)),
)
Index("disposal_open", disposal.c.state, disposal.c.due_at)
certificate = Table(
    "disposal_certificate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("approver", String(80), nullable=False),
    Column("basis", CODE, nullable=False),
    Column("facts", JSON, nullable=False),
)


def cases_of(request_id: UUID, tx: Transaction) -> list[Row[Any]]:
    """Return what was asked about one request, newest first."""
    mine = select(rights_case).where(rights_case.c.request_id == request_id)
    return tx.all(mine.order_by(rights_case.c.asked_at.desc(), rights_case.c.id.desc()))


def open_cases(tx: Transaction) -> list[Row[Any]]:
    """Return what waits for an officer, the soonest due first."""
    waiting = select(rights_case).where(rights_case.c.state == OPEN)
    return tx.all(waiting.order_by(rights_case.c.due_at, rights_case.c.id).limit(500))


def case_row(case_id: UUID, tx: Transaction) -> Row[Any] | None:
    """Return one thing that was asked."""
    return tx.one(select(rights_case).where(rights_case.c.id == case_id))


def decide_case(case_id: UUID, state: str, decision: str, tx: Transaction) -> None:
    """Write down how something that was asked ended."""
    told = {"state": state, "decision": decision, "decided_at": tx.now, "decided_by": tx.actor.id}
    tx.execute(update(rights_case).where(rights_case.c.id == case_id).values(told))


def standing_holds(request_id: UUID, tx: Transaction) -> list[Row[Any]]:
    """Return the legal holds that stand on a request."""
    mine = (legal_hold.c.request_id == request_id) & legal_hold.c.lifted_at.is_(None)
    return tx.all(select(legal_hold).where(mine).order_by(legal_hold.c.placed_at, legal_hold.c.id))


def erasure_row(request_id: UUID, tx: Transaction) -> Row[Any] | None:
    """Return that a request was erased, by whom and why."""
    return tx.one(select(erasure).where(erasure.c.request_id == request_id))


def shreddings_of(request_id: UUID, tx: Transaction) -> list[Row[Any]]:
    """Return which service destroyed how many keys of a request."""
    mine = select(shredding).where(shredding.c.request_id == request_id)
    return tx.all(mine.order_by(shredding.c.service))


def erasures_without_answer(service: str, before: datetime, tx: Transaction) -> list[Row[Any]]:
    """Return some requests erased *before* that *service* has not said it shredded."""
    answered = select(shredding.c.request_id).where(
        shredding.c.request_id == erasure.c.request_id, shredding.c.service == service
    )
    late = select(erasure.c.request_id).where(erasure.c.at < before, ~answered.exists())
    return tx.all(late.order_by(erasure.c.request_id).limit(100))


def open_disposals(tx: Transaction) -> list[Row[Any]]:
    """Return what the schedule proposes to destroy, the longest due first."""
    waiting = select(disposal).where(disposal.c.state == OPEN)
    return tx.all(waiting.order_by(disposal.c.due_at, disposal.c.request_id).limit(500))


def certificate_row(certificate_id: UUID, tx: Transaction) -> Row[Any] | None:
    """Return one certificate."""
    return tx.one(select(certificate).where(certificate.c.id == certificate_id))


def certificates(tx: Transaction) -> list[Row[Any]]:
    """Return the newest certificates."""
    newest = certificate.c.at.desc(), certificate.c.id.desc()
    return tx.all(select(certificate).order_by(*newest).limit(100))
