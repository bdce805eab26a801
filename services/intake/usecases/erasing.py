"""Destroying what a person told: their keys go, and with them everything under them.

Promise: nothing goes while a legal hold stands. What remains is ids, codes and times: proof
that it was there, who decided, and which service destroyed how many keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from services.intake import visits
from services.intake.errors import RequestNotFoundError, RightRefusedError
from services.intake.messages import RequestErased
from services.intake.storage import rights
from services.intake.storage import tables as t
from services.intake.storage.changes import keep_change
from services.intake.storage.sameness import forget_digests
from services.intake.usecases import onward_drafts
from shared.bus.told_by_many import RequestShredded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.intake.storage import IntakeTransaction

OURS = "intake"


def erase_request(request_id: UUID, basis: str, approver: str, tx: IntakeTransaction) -> int:
    """Shred a request (T42), and its person with their last one; return how many keys went.

    *basis* is a code. Doing it twice is doing it once.
    """
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    if rights.erasure_row(request_id, tx) is not None:
        return 0
    if rights.standing_holds(request_id, tx):
        raise RightRefusedError("A legal hold stands on this request: nothing of it may go.")
    version = tx.next_version(request_id)
    keep_change(request_id, version, "T42", tx, code=basis)
    tx.insert(rights.erasure, request_id=request_id, basis=basis, approver=approver, at=tx.now)
    tx.announce(RequestErased(request_id, basis, approver), sequence=version)
    count = _shred(request_id, row.person_id, tx)
    note_shredded(request_id, OURS, count, tx.now, tx)
    tx.announce(RequestShredded(request_id, OURS, count))
    return count


def note_shredded(
    request_id: UUID, service: str, keys: int, at: datetime, tx: IntakeTransaction
) -> None:
    """Keep that a service destroyed its keys of a request."""
    told = {"request_id": request_id, "service": service, "keys": keys, "at": at}
    tx.insert_unless_there(rights.shredding, **told)


def _shred(request_id: UUID, person_id: UUID, tx: IntakeTransaction) -> int:
    forget_digests(request_id, tx)
    visits.close_visits(request_id, tx, "")
    told: dict[str, Any] = {"return_code_hash": None, "age": None, "access_needs": [], "groups": []}
    tx.execute(update(t.request).where(t.request.c.id == request_id).values(told))
    owners = [request_id, *onward_drafts.drop_those_of(request_id, tx)]
    if not _has_other_content(request_id, person_id, tx):
        owners.append(person_id)
    return _destroy(owners, tx)


def _has_other_content(request_id: UUID, person_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether another request of this person can still be read."""
    others = (
        select(func.count())
        .select_from(t.request.join(t.vault_key, t.vault_key.c.owner_id == t.request.c.id))
        .where(t.request.c.person_id == person_id, t.request.c.id != request_id)
    )
    return bool(tx.execute(others).scalar_one())


def _destroy(owners: Sequence[UUID], tx: IntakeTransaction) -> int:
    gone = delete(t.vault_key).where(t.vault_key.c.owner_id.in_(owners))
    return tx.execute(gone).rowcount
