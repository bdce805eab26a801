"""The review of a wait that may not go on as it is, with exactly four results (T18-T21).

Promise: a wait is extended once, for two to four weeks, and only as the referrer agreed;
each result is told to everyone, in writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.matching.domain.clocks import add_months
from services.matching.domain.transitions import Result
from services.matching.messages import ReferralReturned, ReferralReviewed
from services.matching.usecases.alternatives import suggested
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.declining import note_gap
from services.matching.usecases.ending import withdraw_for
from services.matching.usecases.ruling import hold_to_days, hold_to_guide, today
from services.matching.usecases.sides import release, sides
from services.matching.usecases.stepping import take_step
from services.matching.usecases.waiting import review_by
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

MONTHS_AHEAD = 12
EXTENDED_BY = {
    (2, 4): "A wait is extended by two to four weeks, once (K7).",
    (2, 2): "A wait for advice is extended by two weeks, once (K7).",
}
WITHIN_A_YEAR = "Agree on a day within twelve months."
REASONS = {
    Result.RETURNED: "RETURNED_TO_REFERRER",
    Result.NEEDS_CHANGED: "NEEDS_CHANGED",
    Result.RE_REFER_LATER: "RE_REFER_LATER",
}


@dataclass(frozen=True, slots=True)
class Review:
    """What was decided about a wait, until when, and whether the referrer agreed."""

    result: Result
    until: date | None = None
    agreed_with_referrer: bool = False
    comment: str = ""
    alternatives: tuple[UUID, ...] = ()


def review(referral_id: UUID, version: int | None, said: Review, tx: MatchingTransaction) -> None:
    """Decide about a wait, with one of the four results (T18-T21)."""
    referral, row = commanded(referral_id, "review", version, tx, said.result)
    hold_to_guide(referral, said.alternatives, tx)
    DECIDES[said.result](referral, row, said, tx)
    keep_notes(referral, {"review_comment": said.comment}, tx)


def _extend(referral: Referral, row: Transition, said: Review, tx: MatchingTransaction) -> None:
    if referral.extended_until is not None:
        refuse("/result", "This wait was extended once already. Choose another result.")
    until = _day(said)
    begin = extends_from(referral, tx)
    weeks = tx.extension_weeks(referral)
    first, last = (begin + timedelta(weeks=count) for count in weeks)
    hold_to_days("/until", until, first, last, EXTENDED_BY[weeks])
    _hold_to_agreement(said)
    event = ReferralReviewed(**sides(referral), result=said.result, until=until)
    due = calendar_for(tx.nation()).end_of(until)
    take_step(referral, row, event, tx, due_at=due, extended_until=until)


def _return(referral: Referral, row: Transition, said: Review, tx: MatchingTransaction) -> None:
    if not said.comment.strip():
        refuse("/comment", "Say why you give it back: whoever referred must know.")
    _give_back(referral, row, said, tx)


def _change(referral: Referral, row: Transition, said: Review, tx: MatchingTransaction) -> None:
    _hold_to_agreement(said)
    withdraw_for(referral, row, REASONS[said.result], tx)


def _ask_again(referral: Referral, row: Transition, said: Review, tx: MatchingTransaction) -> None:
    until, first = _day(said), today(tx) + timedelta(days=1)
    hold_to_days("/until", until, first, add_months(today(tx), MONTHS_AHEAD), WITHIN_A_YEAR)
    _hold_to_agreement(said)
    _give_back(referral, row, said, tx)


DECIDES: dict[Result, Callable[[Referral, Transition, Review, MatchingTransaction], None]] = {
    Result.EXTENDED: _extend,
    Result.RETURNED: _return,
    Result.NEEDS_CHANGED: _change,
    Result.RE_REFER_LATER: _ask_again,
}


def extends_from(referral: Referral, tx: MatchingTransaction) -> date:
    """Return the day an extension counts from: the end of the wait, or today once that is over."""
    due = review_by(referral, tx)
    end = calendar_for(tx.nation()).local_date(due) if due is not None else today(tx)
    return max(end, today(tx))


def _give_back(referral: Referral, row: Transition, said: Review, tx: MatchingTransaction) -> None:
    reason, later = REASONS[said.result], said.until if row.number == "T21" else None
    others = said.alternatives or suggested(referral, tx)
    event = ReferralReturned(
        **sides(referral), result=said.result, alternatives=others, re_refer_on=later
    )
    due = calendar_for(tx.nation()).end_of(later) if later is not None else None
    kept = {"answered_at": tx.now, "alternatives": [str(one) for one in others]}
    take_step(referral, row, event, tx, reason=reason, due_at=due, **kept)
    release(referral, tx)
    note_gap(referral, reason, tx)


def _day(said: Review) -> date:
    if said.until is None:
        refuse("/until", "Say until when.")
    return said.until


def _hold_to_agreement(said: Review) -> None:
    if not said.agreed_with_referrer:
        refuse(
            "/agreed_with_referrer",
            "Agree it with the referrer first, or with the person if they asked for themselves.",
        )
