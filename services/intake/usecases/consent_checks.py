"""May this be done with a consent, now, by whoever acts? Asked before anything is written.

Promise: the ledger's table decides; what it refuses is told in its words, each in its place.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from services.intake.domain.consent import Known
from services.intake.domain.dates import whole_years
from services.intake.domain.ledger import UNKNOWN, Facts, Refusal, decide, number_of
from services.intake.domain.request_transitions import LIVE
from services.intake.errors import (
    ConsentNotFoundError,
    ConsentNotPossibleError,
    ConsentNotYoursError,
    ConsentRefusedError,
    RequestNotFoundError,
)
from services.intake.usecases.consent_rows import Step
from shared.codes import codes
from shared.errors import Fault

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.domain.submission import Consent
    from services.intake.storage import IntakeTransaction
    from shared.identity import Principal

WRONG = "Something in this consent needs to be put right."


def request_of(request_id: UUID, tx: IntakeTransaction) -> Row[Any]:
    """Return the row of a request, or raise RequestNotFoundError."""
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    return row


def consent_of(consent_id: UUID, tx: IntakeTransaction, request_id: UUID | None = None) -> Row[Any]:
    """Return a consent, of this request if one is named, or raise ConsentNotFoundError."""
    row = tx.consent_row(consent_id)
    if row is None or request_id not in {None, row.request_id}:
        raise ConsentNotFoundError("there is no such consent")
    return row


def settle(
    name: str,
    row: Row[Any] | None,
    request: Row[Any],
    tx: IntakeTransaction,
    **said: Any,  # noqa: ANN401 - what Facts takes
) -> str:
    """Return the state that *name* leads a consent to, or raise what stands against it."""
    outcome = decide(name, facts(row, request, tx, **said))
    if not isinstance(outcome, str):
        _refuse(outcome)
    return outcome


def facts(
    row: Row[Any] | None,
    request: Row[Any],
    tx: IntakeTransaction,
    **said: Any,  # noqa: ANN401 - what Facts takes
) -> Facts:
    """Return what the table judges by; what was said now stands before what is kept."""
    kept = {} if row is None else {"valid_until": row.valid_until, "capable_by": row.capable_by}
    return Facts(
        **{
            "state": row.state if row is not None else UNKNOWN,
            "by": parts(tx.actor),
            "today": tx.now.date(),
            "live_request": request.state in LIVE,
            **kept,
            **said,
        }
    )


def parts(actor: Principal) -> frozenset[str]:
    """Return every part that *actor* plays before the ledger."""
    return actor.roles | {actor.kind}


def _refuse(found: tuple[Refusal, ...]) -> NoReturn:
    said = " ".join(refusal.detail for refusal in found)
    if found[0].kind == "who":
        raise ConsentNotYoursError(said)
    if found[0].kind == "state" or not any(refusal.pointer for refusal in found):
        raise ConsentNotPossibleError(said)
    raise ConsentRefusedError(
        WRONG, [Fault(f"/consent{refusal.pointer}", refusal.detail) for refusal in found]
    )


def step(
    name: str,
    before: str,
    after: str,
    method: str,
    **said: Any,  # noqa: ANN401 - what Step takes
) -> Step:
    """Return the event that *name* adds to a consent."""
    return Step(number_of(name, before), after, method, **said)


def known_for(consent: Consent, tx: IntakeTransaction) -> Known:
    """Return what an answer is held against: our own copies, now."""
    today = tx.now.date()
    return Known(
        today=today,
        notice_languages=tx.notice_languages(consent.notice),
        agency_kinds=tx.agency_kinds({grant.recipient for grant in consent.grants}),
        services={},
        purposes=_in_force("purposes", today),
        categories=_in_force("categories", today),
    )


def age_now(request: Row[Any], today: date) -> int | None:
    """Return how old the person is at least: their age when told, and the years since."""
    if request.age is None:
        return None
    age: int = request.age + whole_years(request.submitted_at.date(), today)
    return age


@cache
def _in_force(name: str, today: date) -> frozenset[str]:
    return frozenset(code for code, entry in codes(name).items() if entry.in_force(today))
