"""What people ask about their data, written down, decided by somebody else, and done.

Promise: each thing asked has a date to answer by; no officer decides what they asked for
themselves; every decision is kept with who made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from services.intake.domain.request_transitions import ENDED, Who
from services.intake.domain.retention import month_after
from services.intake.domain.rights import (
    ERASURE,
    GROUNDS,
    HOLDS,
    RECTIFICATION,
    REFUSALS,
    RESTRICTION,
    may_decide,
)
from services.intake.errors import RequestNotFoundError, RightRefusedError, SubmissionRefusedError
from services.intake.messages import RequestRestricted
from services.intake.storage import holds, rights
from services.intake.usecases.amending import amend_request, put_right
from services.intake.usecases.ending import withdraw_request
from services.intake.usecases.erasing import erase_request
from shared.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

APPROVED = "APPROVED"


def ask(request_id: UUID, kind: str, ground: str, tx: IntakeTransaction) -> UUID:
    """Write down that somebody asks for something; return what it is known by."""
    if tx.request_row(request_id) is None:
        raise RequestNotFoundError("there is no such request")
    if ground not in GROUNDS.get(kind, {}):
        _refuse("/ground", "Choose what is asked and why.")
    case_id = tx.new_id()
    tx.insert(
        rights.rights_case,
        id=case_id,
        request_id=request_id,
        kind=kind,
        ground=ground,
        state=rights.OPEN,
        asked_at=tx.now,
        asked_by=tx.actor.id,
        due_at=month_after(tx.now),
    )
    return case_id


def refuse(case_id: UUID, reason: str, tx: IntakeTransaction) -> None:
    """Say no to what was asked, with a reason from the list."""
    _deciding(case_id, tx)
    if reason not in REFUSALS:
        _refuse("/reason", "Choose your answer.")
    rights.decide_case(case_id, rights.REFUSED, reason, tx)


def approve(case_id: UUID, tx: IntakeTransaction) -> None:
    """Say yes: an erasure shreds, a restriction holds the gate shut; the rest is noted as done."""
    case = _deciding(case_id, tx)
    if case.kind == ERASURE:
        _end(case.request_id, tx)
        erase_request(case.request_id, case.ground, str(tx.actor.id), tx)
    if case.kind == RESTRICTION:
        restrict(case.request_id, tx)
    rights.decide_case(case_id, rights.DONE, APPROVED, tx)


def rectify(case_id: UUID, changes: Mapping[str, Any], tx: IntakeTransaction) -> None:
    """Put right what was asked: the old value is kept sealed, receivers are told as ever."""
    case = _deciding(case_id, tx)
    if case.kind != RECTIFICATION:
        raise RightRefusedError("It was not asked that anything be put right.")
    row = _known(case.request_id, tx)
    if row.state in ENDED:  # what is wrong is put right as long as it is kept
        put_right(row, changes, None, tx)
    else:
        amend_request(case.request_id, changes, None, tx, version=None, part=Who.PERSON)
    rights.decide_case(case_id, rights.DONE, APPROVED, tx)


def restrict(request_id: UUID, tx: IntakeTransaction) -> None:
    """Keep a request and let nobody use it: the gate stays shut until it is lifted."""
    _known(request_id, tx)
    holds.hold(request_id, holds.RESTRICTED, tx)
    version = tx.next_version(request_id)
    tx.announce(RequestRestricted(request_id, restricted=True), sequence=version)


def lift_restriction(request_id: UUID, tx: IntakeTransaction) -> None:
    """Let what was agreed count again."""
    _known(request_id, tx)
    holds.let_go(request_id, holds.RESTRICTED, tx)
    version = tx.next_version(request_id)
    tx.announce(RequestRestricted(request_id, restricted=False), sequence=version)


def place_hold(request_id: UUID, ground: str, tx: IntakeTransaction) -> UUID:
    """Keep a request from being destroyed, whatever the schedule says."""
    _known(request_id, tx)
    if ground not in HOLDS:
        _refuse("/ground", "Choose why it must be kept.")
    hold_id = tx.new_id()
    told = {"id": hold_id, "request_id": request_id, "ground": ground}
    tx.insert(rights.legal_hold, **told, placed_at=tx.now, placed_by=tx.actor.id)
    return hold_id


def lift_hold(request_id: UUID, hold_id: UUID, tx: IntakeTransaction) -> None:
    """End one legal hold; others on the same request stand on."""
    hold = rights.legal_hold
    mine = (hold.c.id == hold_id) & (hold.c.request_id == request_id) & hold.c.lifted_at.is_(None)
    lifted = {"lifted_at": tx.now, "lifted_by": tx.actor.id}
    if not tx.execute(update(hold).where(mine).values(lifted)).rowcount:
        raise RequestNotFoundError("there is no such hold")


def _end(request_id: UUID, tx: IntakeTransaction) -> None:
    """Stop what still runs: whoever was told something must hear that it is over (Art 19)."""
    row = tx.request_row(request_id)
    if row is not None and row.state not in ENDED:
        withdraw_request(request_id, None, tx, part=Who.OFFICER)


def _known(request_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    return row


def _deciding(case_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return what was asked if it is open and not this officer's own."""
    case = rights.case_row(case_id, tx)
    if case is None:
        raise RequestNotFoundError("there is no such case")
    if case.state != rights.OPEN:
        raise RightRefusedError("This was decided already.")
    if not may_decide(tx.actor.id, case.asked_by):
        raise RightRefusedError("You wrote this down. Somebody else must decide it.")
    return case


def _refuse(pointer: str, detail: str) -> None:
    raise SubmissionRefusedError(detail, [Fault(pointer, detail)])
