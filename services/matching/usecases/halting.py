"""A referral whose basis is lost stops at once, and goes on only on a new one (T26, T27, T28).

Promise: a halted referral keeps its place and its clocks stand still; its receiver sees only
the reference, dates and coded reason, and is asked to confirm within one working day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.clocks import extended, settle_by
from services.matching.domain.transitions import State, step
from services.matching.messages import ReferralAcknowledged, ReferralHalted, ReferralResumed
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ending import withdraw_for
from services.matching.usecases.sides import goes_on, sides
from services.matching.working_days import calendar_for
from shared.codes import codes

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.matching.domain.agreement import Agreement
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

HALTED, RESUMED = step("T26", "halted"), step("T27", "resumed")


def halt(referral: Referral, reason: str, tx: MatchingTransaction) -> None:
    """Stop a referral for which the person's agreement is lost (T26)."""
    due = settle_by(tx.now, calendar_for(tx.nation()))
    version = tx.move(
        referral,
        HALTED,
        reason=reason,
        due_at=due,
        halted_at=tx.now,
        settle_by=due,
        acknowledged_at=None,
        late_rung=None,
    )
    event = ReferralHalted(**sides(referral), reason=reason, answer_by=due)
    tx.announce(event, sequence=version)


def resume(referral: Referral, agreement: Agreement, tx: MatchingTransaction) -> None:
    """Let a referral go on where it was: there is a basis again (T27)."""
    state = goes_on(referral, tx)
    version = tx.move(
        referral,
        RESUMED,
        back_to=state,
        consent_id=agreement.relied_on(referral.agency_id) or referral.consent_id,
        answer_by=_later(referral.answer_by, referral, tx),
        question_by=_later(referral.question_by, referral, tx),
        settle_by=_settle_anew(state, tx),
        halted_at=None,
        acknowledged_at=None,
    )
    tx.announce(ReferralResumed(**sides(referral), state=state), sequence=version)


def _settle_anew(state: State, tx: MatchingTransaction) -> datetime | None:
    """Return by when a wish to cancel, which waited meanwhile, must be settled."""
    waits = state is State.CANCEL_REQUESTED
    return settle_by(tx.now, calendar_for(tx.nation())) if waits else None


def _later(due: datetime | None, referral: Referral, tx: MatchingTransaction) -> datetime | None:
    """Return when a clock that stood still falls due now."""
    if due is None:
        return None
    return extended(due, referral.halted_at, tx.now, calendar_for(tx.nation()))


def acknowledge(
    referral_id: UUID, version: int | None, basis: str | None, tx: MatchingTransaction
) -> None:
    """Note that the receiver has stopped, or by which ground in law it keeps what it has (T26)."""
    referral, row = commanded(referral_id, "acknowledge", version, tx)
    if basis is not None and basis not in codes("override_grounds"):
        refuse("/basis", "Choose one of the grounds in law, or none.")
    now = tx.move(referral, row, reason=basis, acknowledged_at=tx.now)
    tx.announce(ReferralAcknowledged(**sides(referral), basis=basis), sequence=now)


def withdraw(referral_id: UUID, version: int | None, comment: str, tx: MatchingTransaction) -> None:
    """End a halted referral for the reason it was halted (T28)."""
    referral, row = commanded(referral_id, "withdraw", version, tx)
    halts = [e for e in tx.history([referral.id])[referral.id] if e.event == HALTED.event]
    keep_notes(referral, {"withdraw_comment": comment}, tx)
    withdraw_for(referral, row, halts[-1].reason, tx)
