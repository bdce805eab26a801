"""What was done to a request after it came in: each change once, in order, never altered.

Codes and times stand open; words, old and new values are sealed under the request's own key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    select,
    update,
)

from services.intake import sealing
from services.intake.storage import tables as t
from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

changes = Table(
    "request_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("transition", CODE, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_kind", CODE, nullable=False),
    Column("by_id", String(80)),
    Column("by_agency_id", Uuid),
    Column("code", CODE),
    Column("changed", JSON, nullable=False),
    Column("sealed", LargeBinary),
)


def keep_change(
    request_id: UUID,
    version: int,
    transition: str,
    tx: IntakeTransaction,
    *,
    code: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Keep that somebody made a *transition*; what they *told* is sealed, its fields are named."""
    change_id, words = tx.new_id(), {k: v for k, v in (told or {}).items() if v}
    key = tx.key_of(request_id) if words else None
    place = ("request_change", "sealed", change_id)
    tx.insert(
        changes,
        id=change_id,
        request_id=request_id,
        version=version,
        transition=transition,
        at=tx.now,
        by_kind=tx.actor.kind,
        by_id=tx.actor.id,
        by_agency_id=tx.actor.agency_id,
        code=code,
        changed=sorted(words.get("new", ())),
        sealed=sealing.seal(tx.vault, key, words, place) if key else None,
    )


def changes_of(request_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return what was done to a request, the first change first."""
    mine = select(changes).where(changes.c.request_id == request_id)
    return tx.all(mine.order_by(changes.c.version, changes.c.id))


def open_change(row: Row[Any], tx: IntakeTransaction) -> dict[str, Any]:
    """Return the words of one change: its reason, and old and new values; {} once shredded."""
    key = tx.key_of(row.request_id) if row.sealed else None
    if key is None:
        return {}
    place = ("request_change", "sealed", row.id)
    told: dict[str, Any] = sealing.unseal(tx.vault, key, row.sealed, place)
    return told


def outcome_of(request_id: UUID, tx: IntakeTransaction) -> str | None:
    """Return the code that a request ended with, None while it has not ended."""
    row = end_of(request_id, tx)
    return row.code if row else None


def end_of(request_id: UUID, tx: IntakeTransaction) -> Row[Any] | None:
    """Return the change by which a request ended."""
    ends = changes.c.transition.in_(("T6", "T23", "T31", "T37", "T40"))
    mine = select(changes.c.code, changes.c.at).where(changes.c.request_id == request_id, ends)
    return tx.one(mine.order_by(changes.c.version.desc()).limit(1))


def set_state(request_id: UUID, state: str, tx: IntakeTransaction) -> None:
    """Write down where a request stands now."""
    tx.execute(update(t.request).where(t.request.c.id == request_id).values(state=state))
