"""T34: somebody may be in danger. Whoever is on duty is told; nothing is opened by it.

Promise: what was said in words is sealed and only a code is announced; each look is recorded;
a flag that nobody opened within the hour climbs to the fallback, then to the hub.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.intake import sealing
from services.intake.domain import duty
from services.intake.errors import RequestNotFoundError
from services.intake.messages import RequestFlagged
from services.intake.storage import flags
from services.intake.storage.hidden import is_hidden
from services.intake.usecases.flags_looking import words_of
from services.intake.usecases.on_duty import asked_now
from shared.bus.told_by_many import ClockOverdue

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

CLOCK, OBJECT = "DUTY_LOOK", "flag"
SAME_AGAIN = timedelta(minutes=10)
AT_ONCE = 100
HIGHEST = max(duty.RUNGS)


def raise_flag(request_id: UUID, reason: str, tx: IntakeTransaction, *, comment: str = "") -> UUID:
    """Tell whoever is on duty that a request needs a look at once; return the flag's id.

    *reason* is a code of domain.duty.REASONS, or words, which are sealed.
    """
    row = _flaggable(request_id, tx)
    code, words = duty.reason_of(reason)
    said = comment[: duty.LONGEST_COMMENT] or words
    again = _again(request_id, code, said, tx)
    if again:
        return again
    flag_id, look_by = tx.new_id(), tx.now + duty.LOOK_WITHIN
    whose = _whose(row, duty.FIRST, tx)
    tx.insert(
        flags.flag,
        id=flag_id,
        request_id=request_id,
        reason=code,
        sealed_comment=_sealed(said, flag_id, request_id, tx),
        raised_at=tx.now,
        raised_by_kind=tx.actor.kind,
        raised_by=tx.actor.id,
        raised_by_agency_id=tx.actor.agency_id,
        duty_agency_id=whose,
        look_by=look_by,
        rung=1,
    )
    event = RequestFlagged(flag_id, request_id, row.reference, code, whose, look_by)
    tx.announce(event, sequence=tx.next_version(request_id))
    return flag_id


def may_flag(request_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether the caller knows of this request, and so may raise a flag for it."""
    try:
        _flaggable(request_id, tx)
    except RequestNotFoundError:
        return False
    return True


def is_any_due(tx: IntakeTransaction) -> bool:
    """Tell whether a flag has waited long enough to climb."""
    due = (flags.unopened(tx.now - after, rung, 1, tx) for rung, after in duty.RUNGS.items())
    return any(due)


def climb(tx: IntakeTransaction) -> int:
    """Tell the next rung of each flag that nobody has opened in time; return how many."""
    climbed = 0
    for rung, after in duty.RUNGS.items():
        for row in flags.unopened(tx.now - after, rung, AT_ONCE, tx):
            whose = _fallback(row, rung, tx)
            flags.change_flag(row.id, tx, rung=rung, fallback_agency_id=whose)
            tell_of_wait(row, rung, whose, tx)
            climbed += 1
    return climbed


def _fallback(row: Row[Any], rung: int, tx: IntakeTransaction) -> UUID:
    request = tx.request_row(row.request_id)
    return (
        flags.hub_id(tx) or row.duty_agency_id
        if rung == HIGHEST
        else _whose(request, duty.FALLBACK, tx)
    )


def tell_of_wait(row: Row[Any], rung: int, whose: UUID, tx: IntakeTransaction) -> None:
    """Announce that a flag still waits, and who is to look at it now."""
    request = tx.request_row(row.request_id)
    tx.announce(
        ClockOverdue(
            clock=CLOCK,
            object_type=OBJECT,
            object_id=row.id,
            due_at=row.look_by,
            rung=rung,
            request_id=row.request_id,
            agency_id=whose,
            reference=request.reference if request else None,
        )
    )


def _again(request_id: UUID, code: str, said: str, tx: IntakeTransaction) -> UUID | None:
    """Return the flag that this caller raised a moment ago with the same words."""
    row = flags.same_flag(request_id, tx.actor.id, tx.now - SAME_AGAIN, tx)
    same = row is not None and row.reason == code and words_of(row, tx) == said
    return row.id if same else None


def _flaggable(request_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return the request if the caller knows of it; to others there is none."""
    row, who = tx.request_row(request_id), tx.actor
    if row is None or (who.kind == "person" and str(request_id) != who.id):
        raise RequestNotFoundError("there is no such request")
    if who.kind in {"client", "staff"} and not _knows(row, tx):
        raise RequestNotFoundError("there is no such request")
    return row


def _knows(row: Row[Any], tx: IntakeTransaction) -> bool:
    agency_id = tx.actor.agency_id
    if agency_id is None or is_hidden(row.id, agency_id, tx.actor, tx, team=None):
        return False
    steps = tx.steps_of_request(row.id)
    told = {step.agency_id for step in steps if step.state not in duty.UNTOLD}
    return agency_id in {row.submitter_agency_id, flags.hub_id(tx), *told}


def _whose(row: Row[Any] | None, rank: int, tx: IntakeTransaction) -> UUID:
    asked = asked_now(row, rank, tx)
    if asked is None:
        raise RequestNotFoundError("nobody is on duty and there is no hub to ask")
    return asked.agency_id


def _sealed(said: str, flag_id: UUID, request_id: UUID, tx: IntakeTransaction) -> bytes | None:
    key = tx.key_of(request_id)
    if not said or key is None:
        return None
    return sealing.seal(tx.vault, key, said, (flags.flag.name, "sealed_comment", flag_id))
