"""The receiver says yes (T11).

Promise: a place is given at most once, and the start keeps the waiting promise (K6). Where there
is no place but a waiting list, a yes puts the person on it at once (T15).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from services.matching.domain.capacity import Way, known
from services.matching.domain.transitions import step
from services.matching.errors import NoPlaceError
from services.matching.messages import ReferralAccepted, ReferralOpened
from services.matching.storage.guide import entry_of, standing_of
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.sides import beside, sides
from services.matching.usecases.stepping import take_step, taken_by
from services.matching.usecases.telling import tell_capacity, tell_if_free_is
from services.matching.usecases.waiting import Waiting, begin_to_wait, hold_to_promise
from services.matching.working_days import calendar_for

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral

WAITS = step("T15", "waiting")
CLOSED = (
    "This service is closed to new referrals (G3). Reopen it first, or decline with "
    "CLOSED_TO_REFERRALS."
)


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
    _check_open(referral, tx)
    hold_to_promise("/forecast_start", answer.forecast_start, referral, tx)
    placed = _take_place(referral, answer, tx)
    start = answer.forecast_start
    event = ReferralAccepted(**sides(referral), forecast_start=start)
    yes = {"forecast_start": start, "answered_at": tx.now, **taken_by(referral, tx)}
    take_step(referral, row, event, tx, **yes)
    keep_notes(referral, {"accept_note": answer.note}, tx)
    if not placed:
        _go_on_to_wait(referral, start, tx)


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
    event = ReferralAccepted(**sides(referral), forecast_start=start)
    tx.record(referral_id, now, accepted, told=beside(event), **behalf)
    tx.announce(event, sequence=now)


def _soonest(referral: Referral, tx: MatchingTransaction) -> date:
    """Return the day on which the service usually starts, within the waiting promise."""
    calendar = calendar_for(tx.nation())
    (service,) = tx.services_named([referral.service_id])
    usual = timedelta(days=entry_of(service.entry)["forecast_wait_days"] or 0)
    start = calendar.local_date(tx.now) + usual
    latest = tx.latest_start(referral)
    return min(start, latest) if latest else start


def _opened(referral: Referral) -> ReferralOpened:
    return ReferralOpened(
        referral_id=referral.id,
        request_id=referral.request_id,
        service_id=referral.service_id,
        agency_id=referral.agency_id,
    )


def _go_on_to_wait(referral: Referral, start: date, tx: MatchingTransaction) -> None:
    """Put on the waiting list whoever was accepted by a service that is full (T15)."""
    accepted = tx.any_referral(referral.id)
    if accepted is not None:
        begin_to_wait(accepted, WAITS, Waiting(expected_start=start), tx)


def _check_open(referral: Referral, tx: MatchingTransaction) -> None:
    """Refuse to take somebody on for a service that is closed (G3)."""
    service = next(iter(tx.services_named([referral.service_id])), None)
    if service is None or service.closed or service.paused:
        refuse("", CLOSED)


def _take_place(referral: Referral, answer: Acceptance, tx: MatchingTransaction) -> bool:
    """Take a place; tell whether there was one. A full service may take onto its waiting list."""
    service_id = referral.service_id
    if tx.take_held_place(service_id, referral.id):
        return True
    if referral.way == Way.ENQUIRY:
        _settle_enquiry(service_id, answer, tx)
    if tx.take_free_place(service_id, referral.id):
        tell_if_free_is(0, service_id, tx)
        return True
    if referral.way != Way.WAITING_LIST or not _takes_waiting_list(service_id, tx):
        raise NoPlaceError
    return False


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
