"""A worker changes a person's page for them on the phone, after the code word.

Promise: an unknown reference, a request of others and a wrong word are answered alike; each
try and each use is recorded as an access, and the person sees each use on their page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.intake.domain.references import plain
from services.intake.errors import RequestNotFoundError
from services.intake.storage.hidden import is_hidden
from services.intake.usecases.at_the_hub import is_hub
from services.intake.usecases.guarding import (
    Proof,
    code_word_of,
    freeze_page,
    fresh_code,
    hide_details,
    prove_word,
    put_code_in_force,
    thaw_page,
    unhide_details,
)
from shared.bus.access import AccessDenied, AccessGranted

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

ACTIONS = ("code", "hide", "unhide", "freeze", "thaw")
OBJECT, PURPOSE = "own_page", "on_the_phone"
WRONG_WORD, NOT_YOURS = "WRONG_CODE_WORD", "NOT_YOURS"
LONGEST_TYPED = 40


@dataclass(frozen=True, slots=True)
class Done:
    """Whether it was done; the new return code, told once; or how long to wait."""

    proof: Proof
    code: str | None = None


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What a worker may know of a person's page before the code word is said."""

    reference: str
    has_word: bool
    has_code: bool


def page_before(request_id: UUID, tx: IntakeTransaction) -> KnownPage:
    """Return what stands on the worker's page, or raise RequestNotFoundError."""
    row = tx.request_row(request_id)
    if row is None or not _may(row, tx):
        raise RequestNotFoundError("there is no such request")
    has_word = code_word_of(request_id, tx) is not None
    return KnownPage(row.reference, has_word, row.return_code_hash is not None)


def on_the_phone(reference: str, word: str, action: str, tx: IntakeTransaction) -> Done:
    """Do *action* for whoever says the code word; call it in a write transaction.

    It never raises for a wrong word, so that the counted and recorded try is committed.
    """
    asked = plain(reference[:LONGEST_TYPED])
    row = tx.request_by_reference(asked)
    mine = row if row is not None and _may(row, tx) else None
    place = f"staff {tx.actor.id}"
    known = mine.id if mine is not None else None
    proof = prove_word(known, word, place, tx, reference=asked)
    if mine is None or action not in ACTIONS or not proof.right:
        _refuse(row, WRONG_WORD if mine is not None else NOT_YOURS, tx)
        return Done(Proof(right=False, wait=proof.wait))
    return _do(mine.id, action, proof, tx)


def first_code(request_id: UUID, tx: IntakeTransaction) -> str:
    """Return the first return code of a request that has none, for whoever made the request.

    Only where no code word was agreed: otherwise the person says it first.
    """
    known = page_before(request_id, tx)
    row = tx.request_row(request_id)
    own = row is not None and row.submitter_agency_id == tx.actor.agency_id
    if known.has_code or known.has_word or not own:
        raise RequestNotFoundError("there is nothing to give")
    return _do(request_id, "code", Proof(right=True), tx).code or ""


def _do(request_id: UUID, action: str, proof: Proof, tx: IntakeTransaction) -> Done:
    _record(request_id, action, tx)
    if action == "code":
        code = fresh_code()
        put_code_in_force(request_id, code, tx)
        return Done(proof, code)
    _CHANGES[action](request_id, tx)
    return Done(proof)


_CHANGES = {
    "hide": hide_details,
    "unhide": unhide_details,
    "freeze": freeze_page,
    "thaw": thaw_page,
}


def _may(row: Row[Any], tx: IntakeTransaction) -> bool:
    """Tell whether the caller works for the agency that made the request, or for the hub."""
    agency_id = tx.actor.agency_id
    if agency_id is None or is_hidden(row.id, agency_id, tx.actor, tx, team=None):
        return False
    return agency_id == row.submitter_agency_id or is_hub(agency_id, tx)


def _record(request_id: UUID, action: str, tx: IntakeTransaction) -> None:
    what = (f"{OBJECT}.{action}",)
    tx.announce(
        AccessGranted(
            object_type=OBJECT,
            object_id=str(request_id),
            what=what,
            purpose=PURPOSE,
            request_id=request_id,
            recipient_agency_id=tx.actor.agency_id,
        )
    )
    if tx.actor.agency_id:
        tx.keep_opening(request_id, tx.actor.agency_id, what, PURPOSE)


def _refuse(row: Row[Any] | None, reason: str, tx: IntakeTransaction) -> None:
    if row is None:
        return
    tx.announce(
        AccessDenied(
            object_type=OBJECT,
            object_id=str(row.id),
            reason=reason,
            purpose=PURPOSE,
            request_id=row.id,
            recipient_agency_id=tx.actor.agency_id,
        )
    )
