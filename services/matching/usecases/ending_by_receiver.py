"""The receiver ends what it had taken on, or what was halted (T28, T35).

Promise: nobody is said not to engage, or not to be reached, without three attempts on ways
they allowed; what was halted ends for the reason it was halted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.domain.transitions import State
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ending import withdraw_for
from services.matching.usecases.ruling import CHOOSE, SAY_MORE, today
from shared.codes import codes

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from services.matching.usecases.cancelling import Reason
    from shared.codes import Code

HALTED = "referral.halted"
ATTEMPTS = 3
AFTER_ATTEMPTS = frozenset({"NOT_ENGAGED", "COULD_NOT_CONTACT"})
RESULTS_OF_A_REVIEW = frozenset({"RE_REFER_LATER", "RETURNED_TO_REFERRER"})
BY_RECEIVER = frozenset({"person", "provider"})


def reasons_to_withdraw(tx: MatchingTransaction) -> list[Code]:
    """Return the reasons a receiver may give, in the order they are shown."""
    day = today(tx)
    return [
        code
        for code in codes("end_reasons").values()
        if code.in_force(day)
        and code.party in BY_RECEIVER
        and "worker" in code.who_may_use
        and code.code not in RESULTS_OF_A_REVIEW
    ]


def withdraw(referral_id: UUID, version: int | None, why: Reason, tx: MatchingTransaction) -> None:
    """End what was taken on, for a coded reason (T35), or what was halted (T28)."""
    referral, row = commanded(referral_id, "withdraw", version, tx)
    if referral.state == State.HALTED:
        reason = _why_halted(referral, tx)
    else:
        _check(referral, why, tx)
        reason = why.code
    keep_notes(referral, {"withdraw_comment": why.comment}, tx)
    withdraw_for(referral, row, reason, tx)


def _why_halted(referral: Referral, tx: MatchingTransaction) -> str:
    halts = [e for e in tx.history([referral.id])[referral.id] if e.event == HALTED]
    return str(halts[-1].reason)


def _check(referral: Referral, why: Reason, tx: MatchingTransaction) -> None:
    known = {code.code: code for code in reasons_to_withdraw(tx)}
    if why.code not in known:
        refuse("/reason", CHOOSE)
    if known[why.code].comment_required and not why.comment.strip():
        refuse("/comment", SAY_MORE)
    if why.code not in AFTER_ATTEMPTS:
        return
    tried = tx.attempts_in_vain(referral.id)
    if tried < ATTEMPTS:
        refuse(
            "/reason",
            f"Try {ATTEMPTS} times first, on ways the person allowed. Written down: {tried}.",
        )
