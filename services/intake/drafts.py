"""What a person has typed into /ask and not yet sent, kept on the server and sealed.

Promise: the browser holds only a random id and we hold only its hash; each draft is sealed
under a key of its own, which goes with the row: on sending, on request, or after 28 days.
Who asked for a code of 57 bits can come back with it, from anywhere; we keep its keyed hash.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Column, Index, LargeBinary, Table, delete, select

from services.intake.domain.references import ENTROPY_BYTES, plain, return_code_from
from services.intake.storage import IntakeTransaction, metadata
from shared.chore import Chore
from shared.identity import Principal
from shared.storage import UtcDateTime
from shared.vault import Context

KEPT = timedelta(days=28)
KEPT_ONCE_SENT = timedelta(minutes=10)
KEPT_IF_FILLED_IN = timedelta(hours=1)
"""What we filled in and nobody typed is not left open in a browser for a month."""

drafts = Table(
    "draft",
    metadata,
    Column("id_hash", LargeBinary(32), primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),
    Column("keep_until", UtcDateTime, nullable=False),
    Column("code_hash", LargeBinary),
)
Index("draft_keep_until", drafts.c.keep_until)
Index("draft_code_hash", drafts.c.code_hash, unique=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """What is left of a draft once it was sent: what its sender must write down."""

    reference: str
    return_code: str
    reachable: bool
    recipients: tuple[str, ...]
    sent_at: datetime
    shown: bool = False
    by_hand: bool = False
    copy: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class Draft:
    """One person's answers, page by page, as typed."""

    id: str
    started_at: datetime
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: Sent | None = None
    code: str = ""
    way: str = "self"
    owner: str | None = None
    filled_in: bool = False


def new_draft(now: datetime, way: str = "self", owner: str | None = None) -> Draft:
    """Return an empty draft under a random id of 128 bits; *owner* is who of the staff made it."""
    return Draft(secrets.token_urlsafe(16), now, way=way, owner=owner)


def find(draft_id: str, tx: IntakeTransaction) -> Draft | None:
    """Return the draft of this id, or None where there is none or its time is over."""
    alive = (drafts.c.id_hash == digest(draft_id), drafts.c.keep_until > tx.now)
    row = tx.one(select(drafts.c.key, drafts.c.sealed).where(*alive))
    if row is None:
        return None
    return _read(draft_id, tx.vault.open(row.key, row.sealed, _context(draft_id)))


def find_by_code(code: str, tx: IntakeTransaction) -> Draft | None:
    """Return the draft of this return code under a new id, or None.

    Whoever held its old id holds nothing from now on.
    """
    alive = (drafts.c.code_hash == _code_hash(code, tx), drafts.c.keep_until > tx.now)
    row = tx.one(select(drafts).where(*alive))
    if row is None:
        return None
    opened = tx.vault.open(row.key, row.sealed, _context_of(row.id_hash))
    draft = _read(secrets.token_urlsafe(16), opened)
    tx.execute(delete(drafts).where(drafts.c.id_hash == row.id_hash))
    save(draft, tx)
    return draft


def give_code(draft: Draft, tx: IntakeTransaction) -> str:
    """Return the code by which *draft* is found again, made once."""
    if not draft.code:
        draft.code = return_code_from(secrets.token_bytes(ENTROPY_BYTES))
        save(draft, tx)
    return draft.code


def save(draft: Draft, tx: IntakeTransaction) -> None:
    """Keep *draft*, under a new key each time, so that what it replaces is unreadable."""
    delete_draft(draft.id, tx)
    key = tx.vault.new_key()
    filled_in = draft.filled_in and not draft.code
    kept = KEPT_ONCE_SENT if draft.sent else KEPT_IF_FILLED_IN if filled_in else KEPT
    tx.insert(
        drafts,
        id_hash=digest(draft.id),
        key=key,
        sealed=tx.vault.seal(key, _written(draft), _context(draft.id)),
        touched_at=tx.now,
        keep_until=(draft.sent.sent_at if draft.sent else tx.now) + kept,
        code_hash=_code_hash(draft.code, tx) if draft.code and not draft.sent else None,
    )


def delete_draft(draft_id: str, tx: IntakeTransaction) -> None:
    """Forget the draft of this id, with its key."""
    tx.execute(delete(drafts).where(drafts.c.id_hash == digest(draft_id)))


def sweep(tx: IntakeTransaction) -> int:
    """Delete the drafts whose time is over; return how many there were."""
    return tx.execute(delete(drafts).where(drafts.c.keep_until <= tx.now)).rowcount


def digest(secret: str) -> bytes:
    """Return what we keep of a random id that a browser holds."""
    return hashlib.sha256(secret.encode()).digest()


class DraftSweep(Chore[IntakeTransaction]):
    """The chore that deletes drafts nobody came back to."""

    name = "drafts"
    every = timedelta(hours=1)

    def look(self) -> None:
        """Sweep once."""
        with self._store.begin(Principal.system("intake")) as tx:
            sweep(tx)


def _code_hash(code: str, tx: IntakeTransaction) -> bytes:
    return tx.vault.blind_index("draft code", plain(code))


def _context(draft_id: str) -> Context:
    return _context_of(digest(draft_id))


def _context_of(id_hash: bytes) -> Context:
    return Context("intake", "draft", "sealed", id_hash.hex())


def _written(draft: Draft) -> bytes:
    fields = asdict(draft)
    del fields["id"]
    return orjson.dumps(fields)


def _read(draft_id: str, written: bytes) -> Draft:
    fields = orjson.loads(written)
    sent = fields["sent"]
    if sent:
        sent["recipients"] = tuple(sent["recipients"])
        sent["sent_at"] = datetime.fromisoformat(sent["sent_at"])
        sent["copy"] = tuple(sent.get("copy", ()))
    return Draft(
        draft_id,
        datetime.fromisoformat(fields["started_at"]),
        fields["token"],
        fields["answers"],
        Sent(**sent) if sent else None,
        fields.get("code", ""),
        fields.get("way", "self"),
        fields.get("owner"),
        fields.get("filled_in", False),
    )
