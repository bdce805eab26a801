"""The receiver says yes (T11).

Promise: a place is given at most once, and the start keeps the waiting promise (K6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from services.matching.domain.capacity import Way, known
from services.matching.domain.clocks import latest_start
from services.matching.domain.transitions import step
from services.matching.errors import NoPlaceError
from services.matching.messages import ReferralAccepted, ReferralOpened
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.sides import sides
from services.matching.usecases.telling import tell_capacity, tell_if_free_is
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral


@dataclass(frozen=True, slots=True)
class Acceptance:
    """When help is expected to start; `places` answers the question an enquiry asks."""

    forecast_start: date
    note: str = ""
    places: int | None = None


def accept(
    referral_id: UUID, version: int | None, answer: Acceptance, tx: MatchingTransaction
) -> None:
    """Take the person on, from a day that keeps the waiting promise (T11)."""
    referral, row = commanded(referral_id, "accept", version, tx)
    _check_start(referral, answer, tx)
    _take_place(referral, answer, tx)
    now = tx.move(referral, row, forecast_start=answer.forecast_start, answered_at=tx.now)
    keep_notes(referral, {"accept_note": answer.note}, tx)
    _tell(referral, now, answer.forecast_start, tx)


def accept_by_phone(referral_id: UUID, tx: MatchingTransaction) -> None:
    """Write down what the receiver said by phone, on its behalf (T8, T11); T13 takes it back."""
    referral = tx.any_referral(referral_id)
    if referral is None or not tx.take_held_place(referral.service_id, referral_id):
        return
    start, behalf = _soonest(referral, tx), {"agency_id": referral.agency_id}
    opened, accepted = step("T8", "opened"), step("T11", "accepted")
    tx.record(referral_id, referral.version + 1, opened, **behalf)
    tx.announce(_opened(referral), sequence=referral.version + 1)
    now = tx.skip_to(referral, accepted, forecast_start=start, answered_at=tx.now)
    tx.record(referral_id, now, accepted, **behalf)
    _tell(referral, now, start, tx)


def _soonest(referral: Referral, tx: MatchingTransaction) -> date:
    """Return the day on which the service usually starts, within the waiting promise."""
    calendar = calendar_for(tx.nation())
    (service,) = tx.services_named([referral.service_id])
    usual = timedelta(days=entry_of(service.entry)["forecast_wait_days"] or 0)
    start = calendar.local_date(tx.now) + usual
    latest = latest_start(referral.sent_at, standing_of(service).clock_profile, calendar)
    return min(start, latest) if latest else start


def _opened(referral: Referral) -> ReferralOpened:
    return ReferralOpened(
        referral_id=referral.id,
        request_id=referral.request_id,
        service_id=referral.service_id,
        agency_id=referral.agency_id,
    )


def _tell(referral: Referral, version: int, start: date, tx: MatchingTransaction) -> None:
    tx.announce(ReferralAccepted(**sides(referral), forecast_start=start), sequence=version)


def _check_start(referral: Referral, answer: Acceptance, tx: MatchingTransaction) -> None:
    calendar = calendar_for(tx.nation())
    (service,) = tx.services_named([referral.service_id])
    profile = standing_of(service).clock_profile
    latest = latest_start(referral.sent_at, profile, calendar)
    if answer.forecast_start < calendar.local_date(tx.now):
        refuse("/forecast_start", "The start must be today or later.")
    if latest is not None and answer.forecast_start > latest:
        refuse(
            "/forecast_start",
            f"The start must be by {latest.isoformat()}. If that cannot be, decline with "
            "WAIT_TOO_LONG.",
        )


def _take_place(referral: Referral, answer: Acceptance, tx: MatchingTransaction) -> None:
    service_id = referral.service_id
    if tx.take_held_place(service_id, referral.id):
        return
    if referral.way == Way.ENQUIRY:
        _settle_enquiry(service_id, answer, tx)
    if tx.take_free_place(service_id, referral.id):
        tell_if_free_is(0, service_id, tx)
    elif referral.way != Way.WAITING_LIST or not _takes_waiting_list(service_id, tx):
        raise NoPlaceError


def _settle_enquiry(service_id: UUID, answer: Acceptance, tx: MatchingTransaction) -> None:
    """Learn how many places there are, if that is still not known."""
    (service,) = tx.services_named([service_id])
    if answer.places is None:
        if known(standing_of(service), tx.now) is None:
            refuse("/places", "Say how many places are free, counting this one.")
        return
    if answer.places < 1:
        refuse("/places", "To accept, at least this one place must be free.")
    tx.keep_figure(service_id, answer.places, tx.now, takes_waiting_list=service.takes_waiting_list)
    tell_capacity(service_id, tx)


def _takes_waiting_list(service_id: UUID, tx: MatchingTransaction) -> bool:
    figures = tx.capacity(service_id)
    return figures is not None and bool(figures.takes_waiting_list)
