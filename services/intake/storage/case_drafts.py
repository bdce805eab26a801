"""What a referrer has written down and not yet sent: sealed under a key of its own.

Promise: each saving has a new key, so that what it replaces is unreadable; a draft is deleted
with its key when it is sent, when it is given up, or after 90 days (K13).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    delete,
    select,
    update,
)

from services.intake import sealing
from services.intake.storage import tables as t
from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

KEPT = timedelta(days=90)
KEPT_ONCE_SENT = timedelta(minutes=10)
OWNER = "draft"

case_drafts = Table(
    "case_draft",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("agency_id", Uuid, nullable=False, index=True),
    Column("author_id", String(80), nullable=False),
    Column("author_kind", CODE, nullable=False),
    Column("version", Integer, nullable=False),
    Column("needs", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),
    Column("keep_until", UtcDateTime, nullable=False),
    Column("warned_days", Integer, nullable=False),
    Column("sent_request_id", Uuid),
    Column("of_request_id", Uuid),
)
Index("case_draft_keep_until", case_drafts.c.keep_until)


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """One request as far as its referrer has written it, in the shape of the API's body.

    `of_request_id` is the request whose person and story are used again, without retyping.
    """

    id: UUID
    reference: str
    agency_id: UUID
    author_id: str
    version: int
    began_at: datetime
    touched_at: datetime
    keep_until: datetime
    body: dict[str, Any] = field(default_factory=dict)
    sent_request_id: UUID | None = None
    of_request_id: UUID | None = None


def keep_draft(draft: CaseDraft, tx: IntakeTransaction) -> None:
    """Keep *draft* as it is now, under a new key; its clock (K13) starts anew."""
    forget_draft(draft.id, tx)
    _keep(draft, tx.add_key(OWNER, draft.id), tx.now + KEPT, tx)


def keep_sent(draft: CaseDraft, tx: IntakeTransaction) -> None:
    """Keep for some minutes what the sender of a draft must hand over, under its request's key."""
    key = tx.key_of(draft.id)
    if key is not None:
        sent = replace(draft, sent_request_id=draft.id)
        _keep(sent, key, tx.now + KEPT_ONCE_SENT, tx)


def _keep(draft: CaseDraft, key: bytes, until: datetime, tx: IntakeTransaction) -> None:
    needs = draft.body.get("needs")
    tx.insert(
        case_drafts,
        id=draft.id,
        reference=draft.reference,
        agency_id=draft.agency_id,
        author_id=draft.author_id,
        author_kind=tx.actor.kind,
        version=draft.version,
        needs=[need for need in needs if isinstance(need, str)] if needs else [],
        sealed=sealing.seal(tx.vault, key, draft.body, _place(draft.id)),
        began_at=draft.began_at,
        touched_at=tx.now,
        keep_until=until,
        warned_days=0,
        sent_request_id=draft.sent_request_id,
        of_request_id=draft.of_request_id,
    )


def draft_row(draft_id: UUID, tx: IntakeTransaction) -> Row[Any] | None:
    """Return the row of a draft while its time is not over."""
    alive = (case_drafts.c.id == draft_id, case_drafts.c.keep_until > tx.now)
    return tx.one(select(case_drafts).where(*alive))


def read_draft(row: Row[Any], tx: IntakeTransaction) -> CaseDraft:
    """Return a draft, opened."""
    key = tx.key_of(row.id)
    body = sealing.unseal(tx.vault, key, row.sealed, _place(row.id)) if key else {}
    return CaseDraft(
        id=row.id,
        reference=row.reference,
        agency_id=row.agency_id,
        author_id=row.author_id,
        version=row.version,
        began_at=row.began_at,
        touched_at=row.touched_at,
        keep_until=row.keep_until,
        body=body,
        sent_request_id=row.sent_request_id,
        of_request_id=row.of_request_id,
    )


def drafts_of(agency_id: UUID, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return the rows of an agency's drafts that are not sent, the last touched first."""
    mine = select(case_drafts).where(
        case_drafts.c.agency_id == agency_id,
        case_drafts.c.keep_until > tx.now,
        case_drafts.c.sent_request_id.is_(None),
    )
    return tx.all(mine.order_by(case_drafts.c.touched_at.desc(), case_drafts.c.id))


def forget_draft(draft_id: UUID, tx: IntakeTransaction) -> None:
    """Delete a draft with its key."""
    tx.execute(delete(case_drafts).where(case_drafts.c.id == draft_id))
    key = (t.vault_key.c.owner_id == draft_id) & (t.vault_key.c.owner == OWNER)
    tx.execute(delete(t.vault_key).where(key))


def drop_rows(ids: Sequence[UUID], tx: IntakeTransaction) -> None:
    """Delete drafts whose keys somebody else destroys and counts."""
    tx.execute(delete(case_drafts).where(case_drafts.c.id.in_(ids)))


def drafts_to_warn(days: int, tx: IntakeTransaction) -> list[Row[Any]]:
    """Return drafts untouched for *days* of which nobody was warned at that age."""
    due = select(case_drafts).where(
        case_drafts.c.touched_at <= tx.now - timedelta(days=days),
        case_drafts.c.warned_days < days,
        case_drafts.c.sent_request_id.is_(None),
    )
    return tx.all(due.order_by(case_drafts.c.id))


def note_warning(draft_id: UUID, days: int, until: datetime, tx: IntakeTransaction) -> None:
    """Note that the warning of this age was given, and until when the draft is kept."""
    this = case_drafts.c.id == draft_id
    tx.execute(update(case_drafts).where(this).values(warned_days=days, keep_until=until))


def over(warned: int, tx: IntakeTransaction) -> list[UUID]:
    """Return the drafts that are over: sent, or *warned* of at that age and untouched since."""
    told = case_drafts.c.sent_request_id.is_not(None) | (case_drafts.c.warned_days >= warned)
    ended = select(case_drafts.c.id).where(case_drafts.c.keep_until <= tx.now, told)
    return [row.id for row in tx.all(ended)]


def reference_is_drafted(reference: str, tx: IntakeTransaction) -> bool:
    """Tell whether a draft has this reference."""
    return tx.one(select(case_drafts.c.id).where(case_drafts.c.reference == reference)) is not None


def _place(draft_id: UUID) -> tuple[str, str, UUID]:
    return ("case_draft", "sealed", draft_id)
