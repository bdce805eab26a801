"""Who commands what of a request: the checks that every command passes first.

Promise: a command passes only by a row of the table; a request that its sender may not see
is refused exactly like one that does not exist.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.intake.domain.request_transitions import LIVE, RequestState, Who, actions, row_for
from services.intake.domain.stages import PLACED, request_state
from services.intake.errors import NotPossibleError, RequestNotFoundError, StaleVersionError
from services.intake.storage.hidden import is_hidden
from services.intake.usecases.at_the_hub import is_hub
from shared.codes import codes

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.request_transitions import Row as Transition
    from services.intake.storage import IntakeTransaction
    from shared.identity import Principal

SUBMIT = "request.submit"
REFERRING_ROLES = frozenset({"worker", "manager"})
OWN_MISTAKE = timedelta(hours=1)

__all__ = ["LIVE", "code_and_words", "commanded", "parts_of", "possible", "present_state"]


def parts_of(caller: Principal, row: Row[Any], tx: IntakeTransaction) -> frozenset[Who]:
    """Return in which parts *caller* may act on a request; none: it is not for them to see."""
    if caller.kind == "system":
        return frozenset({Who.SYSTEM})
    if caller.kind == "person":
        return frozenset({Who.PERSON} if caller.id == str(row.id) else ())
    if caller.kind not in {"staff", "client"} or caller.agency_id is None:
        return frozenset()
    if is_hidden(row.id, caller.agency_id, caller, tx, team=None):
        return frozenset()
    return frozenset({*_of_office(caller, tx), *_of_agency(caller, row, tx)})


def _of_office(caller: Principal, tx: IntakeTransaction) -> set[Who]:
    """Return the parts that a role at the hub gives in every request; elsewhere it gives none."""
    if not is_hub(caller.agency_id, tx):
        return set()
    offices = {"coordinator": Who.COORDINATOR, "officer": Who.OFFICER}
    parts = {part for role, part in offices.items() if role in caller.roles}
    if caller.kind == "client" and SUBMIT in caller.scopes:
        parts.add(Who.COORDINATOR)
    return parts


def _of_agency(caller: Principal, row: Row[Any], tx: IntakeTransaction) -> set[Who]:
    """Return the parts that working for one side of this request gives."""
    if not (SUBMIT in caller.scopes or REFERRING_ROLES & caller.roles):
        return set()
    parts = set()
    if caller.agency_id == row.submitter_agency_id:
        parts.add(Who.REFERRER)
        if caller.id == row.submitted_by and tx.now - row.submitted_at < OWN_MISTAKE:
            parts.add(Who.AUTHOR)
    if caller.kind == "staff" and _is_before(caller.agency_id, row.id, tx):
        parts.add(Who.RECEIVER)
    return parts


def _is_before(agency_id: UUID | None, request_id: UUID, tx: IntakeTransaction) -> bool:
    """Tell whether this agency has the request before it now."""
    now = {step.referral_id: step for step in tx.steps_of_request(request_id)}
    return any(step.agency_id == agency_id and step.state in PLACED for step in now.values())


def present_state(row: Row[Any], tx: IntakeTransaction) -> RequestState:
    """Return where a request stands: placed is known from its referrals."""
    now = {step.referral_id: step.state for step in tx.steps_of_request(row.id)}
    return RequestState(request_state(row.state, list(now.values())))


def possible(caller: Principal, row: Row[Any], tx: IntakeTransaction) -> tuple[str, ...]:
    """Return what *caller* may do with a request now."""
    return actions(present_state(row, tx), parts_of(caller, row, tx))


def commanded(
    request_id: UUID,
    action: str,
    tx: IntakeTransaction,
    *,
    part: Who | None = None,
    version: int | None = None,
) -> tuple[Row[Any], Transition]:
    """Return the request and the row by which the caller may do *action* now, or refuse.

    *part* is given by a caller that has made sure of it otherwise, as by a code word;
    *version* None takes the request as it is.
    """
    row = tx.request_row(request_id)
    parts = frozenset({part}) if part else parts_of(tx.actor, row, tx) if row else frozenset()
    if row is None or not parts:
        raise RequestNotFoundError("there is no such request")
    if version is not None and version != row.version:
        raise StaleVersionError(row.version)
    state = present_state(row, tx)
    transition = row_for(action, state, parts)
    if transition is None:
        raise NotPossibleError(action, state, actions(state, parts))
    return row, transition


def code_and_words(reason: str | None, default: str | None) -> tuple[str | None, str]:
    """Return a reason as a code that may be told, and as words that may not."""
    said = (reason or "").strip()
    if said in codes("end_reasons"):
        return said, ""
    return ("OTHER" if said and default is None else default), said
