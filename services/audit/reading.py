"""Reading the log: which entries a reader may see, lists of them, and the proof of one.

Reading is itself recorded: whoever is shown entries is announced in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import and_, or_, select

from services.audit.domain.leaf import moment
from services.audit.domain.proof_file import ProofFile
from services.audit.domain.proofs import inclusion_proof
from services.audit.errors import EntryNotFoundError
from services.audit.signer import Head
from services.audit.tables import entry
from shared.bus.access import AccessGranted
from shared.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Row

    from services.audit.signer import Signer
    from services.audit.storage import AuditTransaction
    from shared.identity import Principal

WHOLE_LOG_ROLES = frozenset({"governance_lead", "hub_admin"})
WHOLE_LOG_SCOPE = "audit.verify"
DAMAGED = "damaged"
_SHAPE = (str, str, dict, dict)
PURPOSE = "governance"
REFERRALS, SENT = "referral.%", "referral.sent.v1"
LAST_SEQ = 2**63 - 1
"""No entry is numbered higher: the database could not count that far."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; what is None does not narrow the list."""

    subject: UUID | None = None
    actor: str | None = None
    type: str | None = None
    agency: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def sees_everything(tx: AuditTransaction, reader: Principal) -> bool:
    """Say whether the reader may see entries of every agency: an office of the hub, held there.

    Another agency's verifier needs none of them: hash tiles and checkpoints are public, and its
    own entries come with proofs.
    """
    holds = WHOLE_LOG_SCOPE in reader.scopes or bool(reader.roles & WHOLE_LOG_ROLES)
    return holds and tx.is_hub(reader.agency_id)


def staff_to_choose(tx: AuditTransaction, reader: Principal) -> dict[str, str]:
    """Return the names of staff whose entries the reader may ask for."""
    return tx.staff_names(None if sees_everything(tx, reader) else reader.agency_id)


def oldest_first(
    tx: AuditTransaction, wanted: Wanted, reader: Principal, after: int | None, limit: int
) -> list[Row[Any]]:
    """Return entries after number *after*, in the order of the log."""
    query = select(entry).where(*_narrowing(tx, wanted, reader)).order_by(entry.c.seq).limit(limit)
    return tx.all(query if after is None else query.where(entry.c.seq > after))


def newest_first(
    tx: AuditTransaction, wanted: Wanted, reader: Principal, before: int | None, limit: int
) -> list[Row[Any]]:
    """Return entries before number *before*, the newest at the top."""
    narrowed = select(entry).where(*_narrowing(tx, wanted, reader))
    query = narrowed.order_by(entry.c.seq.desc()).limit(limit)
    return tx.all(query if before is None else query.where(entry.c.seq < before))


def one(tx: AuditTransaction, seq: int, reader: Principal) -> Row[Any]:
    """Return one entry, if this reader may see it."""
    row = tx.one(select(entry).where(entry.c.seq == seq, *_narrowing(tx, Wanted(), reader)))
    if row is None:
        raise EntryNotFoundError
    return row


def request_called(tx: AuditTransaction, reference: str, reader: Principal) -> UUID | None:
    """Return the request of a reference, if this reader may see any entry about it."""
    found = tx.request_called(reference)
    if found is None or sees_everything(tx, reader):
        return found
    return found if newest_first(tx, Wanted(subject=found), reader, None, 1) else None


def leaf_of(row: Row[Any]) -> dict[str, Any]:
    """Read what an entry keeps; one that was damaged is told by its columns alone."""
    try:
        leaf: dict[str, Any] = orjson.loads(row.leaf)
        shape = (leaf["type"], leaf["occurred_at"], leaf["object"], leaf.get("actor", {}))
        datetime.fromisoformat(leaf["occurred_at"])
        if isinstance(leaf.get("data", {}), dict) and all(map(isinstance, shape, _SHAPE)):
            return leaf
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return {"type": DAMAGED, "occurred_at": moment(row.occurred_at), "object": {}}


def proof_of(tx: AuditTransaction, seq: int) -> ProofFile:
    """Prove that entry *seq* is in the log as last signed."""
    row = tx.last_checkpoint()
    if row is None or seq >= row.tree_size:
        raise EntryNotFoundError
    path = inclusion_proof(seq, row.tree_size, tx.subtree)
    return ProofFile(seq, tuple(path), row.note.encode())


def published(tx: AuditTransaction, signer: Signer) -> Row[Any] | None:
    """Return the last checkpoint, which from now on nobody can take back."""
    row = tx.last_checkpoint()
    if row is not None:
        signer.confirm(Head(row.tree_size, row.root))
    return row


def tell_of_reading(
    tx: AuditTransaction, what: str, subject: UUID | None = None, rows: Iterable[Row[Any]] = ()
) -> None:
    """Announce that the reader is shown something of the log, about *subject* or in general."""
    request_id = subject if any(row.request_id == subject for row in rows) else None
    about = str(subject or "log")
    tx.announce(AccessGranted("audit_log", about, (what,), PURPOSE, request_id=request_id))


def let_take(tx: AuditTransaction, reader: Principal, what: str = "export") -> None:
    """Announce that the reader takes the log away; refuse whoever may see a part alone."""
    if not sees_everything(tx, reader):
        raise ForbiddenError("Only the hub reads the whole log. Read your own agency's entries.")
    tell_of_reading(tx, what)


def _narrowing(
    tx: AuditTransaction, wanted: Wanted, reader: Principal
) -> list[ColumnElement[bool]]:
    rules = [
        entry.c.actor_id == wanted.actor if wanted.actor else None,
        entry.c.type == wanted.type if wanted.type else None,
        entry.c.occurred_at >= wanted.since if wanted.since else None,
        entry.c.occurred_at < wanted.until if wanted.until else None,
        _of_agency(wanted.agency) if wanted.agency else None,
        _about(wanted.subject) if wanted.subject else None,
        None if sees_everything(tx, reader) else _known_to(reader.agency_id),
    ]
    return [rule for rule in rules if rule is not None]


def _known_to(agency_id: UUID | None) -> ColumnElement[bool]:
    """Return which entries an agency may read: of a referral to it nothing before it was sent."""
    sent = entry.alias()
    known = select(sent.c.seq).where(sent.c.referral_id == entry.c.referral_id, sent.c.type == SENT)
    told = or_(entry.c.type.not_like(REFERRALS), known.exists())
    return or_(entry.c.agency_id == agency_id, and_(entry.c.about_agency_id == agency_id, told))


def _of_agency(agency_id: UUID | None) -> ColumnElement[bool]:
    return or_(entry.c.agency_id == agency_id, entry.c.about_agency_id == agency_id)


def _about(subject: UUID) -> ColumnElement[bool]:
    return or_(
        entry.c.request_id == subject,
        entry.c.referral_id == subject,
        entry.c.consent_id == subject,
    )
