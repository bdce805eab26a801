"""Support has started (T16, T17).

Promise: whoever waited takes a place, and only if one is free; nobody is told that support
has started before it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.errors import NoPlaceError
from services.matching.messages import ReferralStarted
from services.matching.usecases.commanding import KEEPS_WAITING, commanded
from services.matching.usecases.forecasting import learn_wait
from services.matching.usecases.ruling import hold_to_days, today
from services.matching.usecases.sides import sides
from services.matching.usecases.stepping import take_step, taken_by
from services.matching.usecases.telling import tell_if_free_is
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

NOT_YET = "Say that support has started once it has."


def start(
    referral_id: UUID, version: int | None, started_on: date, tx: MatchingTransaction
) -> None:
    """Note from which day the person is supported (T16, T17)."""
    referral, row = commanded(referral_id, "start", version, tx)
    received = calendar_for(tx.nation()).local_date(referral.sent_at)
    hold_to_days("/started_on", started_on, received, today(tx), NOT_YET)
    _take_place(referral, tx)
    event = ReferralStarted(**sides(referral), started_on=started_on)
    take_step(referral, row, event, tx, started_on=started_on, **taken_by(referral, tx))
    learn_wait(referral.service_id, tx)


def _take_place(referral: Referral, tx: MatchingTransaction) -> None:
    if tx.has_place(referral.id):
        return
    if not tx.take_free_place(referral.service_id, referral.id):
        raise NoPlaceError(KEEPS_WAITING)
    tell_if_free_is(0, referral.service_id, tx)
