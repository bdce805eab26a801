"""The referrer takes a referral back: at once while unopened, else by asking (T24, T25).

Promise: what is under way is stopped by the receiver alone; the reason is a code in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.domain.transitions import State, step
from services.matching.messages import (
    ReferralCancelled,
    ReferralCancelRefused,
    ReferralCancelRequested,
)
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ending import withdraw_for
from services.matching.usecases.sides import goes_on, release, sides, was_sent
from services.matching.working_days import calendar_for
from shared.codes import codes

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral
    from shared.codes import Code

UNOPENED, ASKED = step("T24", "cancelled"), step("T25", "cancel_requested")
BY_REFERRER = frozenset({"person", "referrer"})
REFUSED_BY_PERSON = "PERSON_DECLINED"
SAY_MORE = "Say more: this reason needs a comment."


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in a code, and in words where the code asks for them."""

    code: str
    comment: str = ""


def reasons_to_cancel(tx: MatchingTransaction) -> list[Code]:
    """Return the reasons a referrer may give, in the order they are shown."""
    today = calendar_for(tx.nation()).local_date(tx.now)
    return [
        code
        for code in codes("end_reasons").values()
        if code.in_force(today)
        and (code.code == "OTHER" or (code.party in BY_REFERRER and "worker" in code.who_may_use))
    ]


def cancel(referral_id: UUID, version: int | None, why: Reason, tx: MatchingTransaction) -> None:
    """Take an unopened referral back (T24), or ask the receiver to stop (T25)."""
    referral, row = commanded(referral_id, "cancel", version, tx)
    _check(why, tx)
    keep_notes(referral, {"cancel_comment": why.comment}, tx)
    if row is UNOPENED:
        _take_back(referral, row, why.code, tx)
        return
    now = tx.move(referral, row, reason=why.code, acknowledged_at=None)
    tx.announce(ReferralCancelRequested(**sides(referral), reason=why.code), sequence=now)


def cancel_refused_by_person(referral: Referral, tx: MatchingTransaction) -> None:
    """Take back what was only proposed: the person said no (T24)."""
    _take_back(referral, UNOPENED, REFUSED_BY_PERSON, tx)


def _take_back(referral: Referral, row: Transition, reason: str, tx: MatchingTransaction) -> None:
    version = tx.move(referral, row, reason=reason, answered_at=tx.now)
    release(referral, tx)
    event = ReferralCancelled(**sides(referral), reason=reason, sent=was_sent(referral))
    tx.announce(event, sequence=version)


def confirm_cancel(referral_id: UUID, version: int | None, tx: MatchingTransaction) -> None:
    """Stop, as the referrer asked (T25)."""
    referral, row = commanded(referral_id, "confirm-cancel", version, tx)
    asked = [e for e in tx.history([referral.id])[referral.id] if e.event == ASKED.event]
    withdraw_for(referral, row, asked[-1].reason, tx)


def refuse_cancel(
    referral_id: UUID, version: int | None, comment: str, tx: MatchingTransaction
) -> None:
    """Go on although the referrer asked to stop, and say why in a note (T25)."""
    referral, row = commanded(referral_id, "refuse-cancel", version, tx)
    if not comment.strip():
        refuse("/comment", "Say why you go on.")
    keep_notes(referral, {"refuse_cancel_comment": comment}, tx)
    state = goes_on(referral, tx)
    now = tx.move(referral, row, back_to=state, reason="OTHER")
    event = ReferralCancelRefused(**sides(referral), reason="OTHER", state=State(state))
    tx.announce(event, sequence=now)


def _check(why: Reason, tx: MatchingTransaction) -> None:
    known = {code.code: code for code in reasons_to_cancel(tx)}
    if why.code not in known:
        refuse("/reason", "Choose one of the reasons in use today.")
    if known[why.code].comment_required and not why.comment.strip():
        refuse("/comment", SAY_MORE)
