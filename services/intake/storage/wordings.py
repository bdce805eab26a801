"""The exact words people read before they agreed, kept once each and named by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ForeignKey, String, Table, Text, Uuid, select

from services.intake.storage.tables import CODE, metadata
from shared.storage import UtcDateTime

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.wording import Shown
    from shared.storage import Transaction

SHA256 = String(64)

wording = Table(
    "wording",
    metadata,
    Column("sha256", SHA256, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_shown_at", UtcDateTime, nullable=False),
)
consent_wording = Table(
    "consent_wording",
    metadata,
    Column("consent_id", Uuid, ForeignKey("consent_record.id"), primary_key=True),
    Column("form", CODE, nullable=False),
    Column("version", CODE, nullable=False),
    Column("language", CODE, nullable=False),
    Column("pages_sha256", SHA256, ForeignKey("wording.sha256"), nullable=False),
    Column("consent_sha256", SHA256, ForeignKey("wording.sha256"), nullable=False),
)


def keep_shown(consent_id: UUID, shown: Shown, tx: Transaction) -> None:
    """Keep what was read before a consent was given; words kept before are not kept twice."""
    for words in (shown.pages, shown.consent):
        tx.insert_unless_there(wording, sha256=words.sha256, text=words.text, first_shown_at=tx.now)
    tx.insert(
        consent_wording,
        consent_id=consent_id,
        form=shown.form,
        version=shown.version,
        language=shown.language,
        pages_sha256=shown.pages.sha256,
        consent_sha256=shown.consent.sha256,
    )


def shown_for(consent_id: UUID, tx: Transaction) -> Row[Any] | None:
    """Return form, version, language and both hashes of what was read, if it was a form."""
    return tx.one(select(consent_wording).where(consent_wording.c.consent_id == consent_id))


def words_of(sha256: str, tx: Transaction) -> str | None:
    """Return the text that has this hash."""
    row = tx.one(select(wording.c.text).where(wording.c.sha256 == sha256))
    return str(row.text) if row else None
