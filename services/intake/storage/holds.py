"""What holds the gate shut for a time, whatever was agreed: a restriction, a page frozen.

Promise: while a hold stands nothing of the request is released to anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, String, Table, Uuid, bindparam, delete, select

from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from uuid import UUID

    from shared.storage import Transaction

RESTRICTED, FROZEN = "restricted", "frozen"

request_hold = Table(
    "request_hold",
    metadata,
    Column("request_id", Uuid, ForeignKey("request.id"), primary_key=True),
    Column("kind", CODE, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("by_kind", CODE, nullable=False),
    Column("by_id", String(80)),
)
_HOLDS = select(request_hold.c.kind).where(request_hold.c.request_id == bindparam("request_id"))


def hold(request_id: UUID, kind: str, tx: Transaction) -> None:
    """Shut the gate for a request until `let_go`; the same hold twice is one."""
    who = {"by_kind": tx.actor.kind, "by_id": tx.actor.id}
    tx.insert_unless_there(request_hold, request_id=request_id, kind=kind, since=tx.now, **who)


def let_go(request_id: UUID, kind: str, tx: Transaction) -> None:
    """Take one hold off; what was agreed counts again."""
    held = (request_hold.c.request_id == request_id) & (request_hold.c.kind == kind)
    tx.execute(delete(request_hold).where(held))


def holds(request_id: UUID, tx: Transaction) -> frozenset[str]:
    """Return what holds the gate of a request shut now."""
    return frozenset(row.kind for row in tx.ask(_HOLDS, request_id=request_id))
