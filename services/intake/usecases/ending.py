"""Ending a request: withdrawn, closed, entered in error; each at once and each told.

Promise: what ended ends for everybody: its consents with a withdrawal, its referrals when
matching hears of it. Doing it twice is doing it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.needs_met import every_need_met
from services.intake.domain.request_transitions import RequestState, Who
from services.intake.errors import SubmissionRefusedError
from services.intake.messages import RequestClosed, RequestVoided, RequestWithdrawn
from services.intake.storage.changes import keep_change, outcome_of, set_state
from services.intake.usecases.commanding import code_and_words, commanded, parts_of, present_state
from services.intake.usecases.consenting import withdraw_all_consents
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

DIED = "DIED"
COMPLETED = "GOT_HELP"
BY_MISTAKE = "MADE_IN_ERROR"
LONGEST_WORDS = 2000
METHODS = {"person": "online_form", "staff": "phone"}


def withdraw_request(
    request_id: UUID,
    reason: str | None,
    tx: IntakeTransaction,
    *,
    method: str | None = None,
    part: Who | None = None,
) -> None:
    """End a request because the person no longer wants it (T23), with every consent of it.

    *reason* is a code of end_reasons or words, which stay sealed; *part* is for whoever made
    sure otherwise that it is the person who asks.
    """
    _check_words(reason, "/reason")
    if _is_ended_as(request_id, RequestState.WITHDRAWN, None, part, tx):
        return
    row, _ = commanded(request_id, "withdraw", tx, part=part)
    code, words = code_and_words(reason, None)
    how = method or METHODS.get(tx.actor.kind, "in_person_verbal")
    withdraw_all_consents(request_id, tx, method=how, reason=code)
    version = _end(row, RequestState.WITHDRAWN, "T23", (code, words), tx)
    tx.announce(
        RequestWithdrawn(row.id, row.reference, code, row.submitter_agency_id), sequence=version
    )


def close_request(
    request_id: UUID, outcome: str, comment: str | None, tx: IntakeTransaction
) -> None:
    """Close a request: nobody could take it (T6), or the person has died (T37)."""
    _check_closing(outcome, comment)
    if _is_ended_as(request_id, RequestState.CLOSED, outcome, None, tx):
        return
    row, transition = commanded(request_id, "died" if outcome == DIED else "close", tx)
    _close(row, transition.number, (outcome, comment or ""), tx)


def close_when_every_need_is_met(request_id: UUID, tx: IntakeTransaction) -> bool:
    """Close a request of which no referral is live and every need was met (T40)."""
    row = tx.request_row(request_id)
    if row is None or row.state != RequestState.SUBMITTED:
        return False
    if not every_need_met(row.needs, tx.steps_of_request(request_id)):
        return False
    _close(row, "T40", (COMPLETED, ""), tx)
    return True


def void_request(request_id: UUID, reason: str | None, tx: IntakeTransaction) -> None:
    """Mark a request as entered in error (T31): its content is hidden, its log is kept."""
    _check_words(reason, "/reason")
    if not (reason or "").strip():
        _refuse("/reason", "Say why it was a mistake.")
    if _is_ended_as(request_id, RequestState.ENTERED_IN_ERROR, None, None, tx):
        return
    row, _ = commanded(request_id, "void", tx)
    code, words = code_and_words(reason, BY_MISTAKE)
    told = code or BY_MISTAKE
    version = _end(row, RequestState.ENTERED_IN_ERROR, "T31", (told, words), tx)
    tx.announce(
        RequestVoided(row.id, row.reference, told, row.submitter_agency_id), sequence=version
    )


def _close(row: Row[Any], number: str, said: tuple[str, str], tx: IntakeTransaction) -> None:
    version = _end(row, RequestState.CLOSED, number, said, tx)
    tx.announce(
        RequestClosed(row.id, row.reference, said[0], row.submitter_agency_id), sequence=version
    )


def _end(
    row: Row[Any],
    state: RequestState,
    number: str,
    said: tuple[str | None, str],
    tx: IntakeTransaction,
) -> int:
    code, words = said
    set_state(row.id, state, tx)
    version = tx.next_version(row.id)
    keep_change(row.id, version, number, tx, code=code, told={"reason": words})
    return version


def _is_ended_as(
    request_id: UUID,
    state: RequestState,
    outcome: str | None,
    part: Who | None,
    tx: IntakeTransaction,
) -> bool:
    """Tell whether a caller who may see the request asks for what is so already."""
    row = tx.request_row(request_id)
    if row is None or not (part or parts_of(tx.actor, row, tx)):
        return False
    same = outcome is None or outcome_of(request_id, tx) == outcome
    return present_state(row, tx) == state and same


def _check_closing(outcome: str, comment: str | None) -> None:
    _check_words(comment, "/comment")
    known = codes("outcomes").get(outcome)
    if outcome != DIED and (known is None or known.kind != "event"):
        _refuse("/outcome", "This is not on the list of outcomes.")
    if outcome != DIED and not (comment or "").strip():
        _refuse("/comment", "Say what was tried, and what the person was told instead.")


def _check_words(said: str | None, pointer: str) -> None:
    if len(said or "") > LONGEST_WORDS:
        _refuse(pointer, f"At most {LONGEST_WORDS} characters.")


def _refuse(pointer: str, detail: str) -> None:
    raise SubmissionRefusedError(detail, [Fault(pointer, detail)])
