"""A rest in the help, or in the wait, with a day on which it is looked at again (T22).

Promise: a wait rests only because the person wishes it; nobody rests for more than four weeks
without being looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from services.matching.domain.transitions import State
from services.matching.messages import ReferralHeld, ReferralResumed
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ruling import hold_to_code, hold_to_days, today
from services.matching.usecases.sides import goes_on, sides
from services.matching.usecases.stepping import take_step
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

LONGEST = timedelta(weeks=4)
PERSON_WISH = "PERSON_WISH"
FOUR_WEEKS = "Look at it again within four weeks."


@dataclass(frozen=True, slots=True)
class Hold:
    """Why it rests, in a code, and when it is looked at again."""

    reason: str
    review_on: date
    comment: str = ""


def hold(referral_id: UUID, version: int | None, why: Hold, tx: MatchingTransaction) -> None:
    """Let a referral rest until a day within four weeks (T22)."""
    referral, row = commanded(referral_id, "hold", version, tx)
    hold_to_code("hold_reasons", why.reason, "/reason", tx)
    if referral.state == State.WAITING and why.reason != PERSON_WISH:
        refuse("/reason", "A wait rests only because the person wishes it.")
    first = today(tx) + timedelta(days=1)
    hold_to_days("/review_on", why.review_on, first, today(tx) + LONGEST, FOUR_WEEKS)
    event = ReferralHeld(**sides(referral), reason=why.reason, review_on=why.review_on)
    due = calendar_for(tx.nation()).end_of(why.review_on)
    take_step(referral, row, event, tx, reason=why.reason, due_at=due)
    keep_notes(referral, {"hold_comment": why.comment}, tx)


def resume_held(referral_id: UUID, version: int | None, tx: MatchingTransaction) -> None:
    """Go on where a rest began (T22)."""
    referral, row = commanded(referral_id, "resume", version, tx)
    event = ReferralResumed(**sides(referral), state=goes_on(referral, tx))
    take_step(referral, row, event, tx)
