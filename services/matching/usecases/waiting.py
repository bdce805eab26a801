"""The waiting list (T15): nobody is being supported yet, and it is said in so many words.

Promise: the wait counts from the day the referral was received; to be told to wait starts no
clock anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from services.matching.messages import ReferralWaiting
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ruling import today
from services.matching.usecases.sides import sides
from services.matching.usecases.stepping import take_step, taken_by

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral


@dataclass(frozen=True, slots=True)
class Waiting:
    """When support is expected to start, and whether there is some help meanwhile."""

    expected_start: date | None = None
    occasional_support: bool = False
    note: str = ""


def wait(referral_id: UUID, version: int | None, how: Waiting, tx: MatchingTransaction) -> None:
    """Put somebody who was accepted on the waiting list (T15)."""
    referral, row = commanded(referral_id, "wait", version, tx)
    if how.expected_start is not None:
        hold_to_promise("/expected_start", how.expected_start, referral, tx)
    begin_to_wait(referral, row, how, tx)


def begin_to_wait(
    referral: Referral, row: Transition, how: Waiting, tx: MatchingTransaction
) -> None:
    """Put a referral that was accepted on the waiting list, and tell its two sides (T15)."""
    event = ReferralWaiting(
        **sides(referral),
        expected_start=how.expected_start,
        review_by=review_by(referral, tx),
        occasional_support=how.occasional_support,
    )
    changes = taken_by(referral, tx)
    if how.expected_start is not None:
        changes["forecast_start"] = how.expected_start
    take_step(referral, row, event, tx, occasional_support=how.occasional_support, **changes)
    keep_notes(referral, {"waiting_note": how.note}, tx)


def review_by(referral: Referral, tx: MatchingTransaction) -> datetime | None:
    """Return by when the wait must be reviewed (K6), None where no such clock runs."""
    running = tx.clocks_of(referral)
    clock = running.clocks.get("K6") if running is not None else None
    return clock.due if clock is not None else None


def hold_to_promise(pointer: str, start: date, referral: Referral, tx: MatchingTransaction) -> None:
    """Refuse a start that is over, or later than the waiting promise allows (K6)."""
    latest = tx.latest_start(referral)
    if start < today(tx):
        refuse(pointer, "The start must be today or later.")
    if latest is not None and start > latest:
        refuse(
            pointer,
            f"The start must be by {latest.isoformat()}. If that cannot be, decline with "
            "WAIT_TOO_LONG.",
        )
