"""A day is the day people read on their own clocks, also in the hour after midnight in summer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.matching.domain.capacity import (
    Places,
    Standing,
    Status,
    Way,
    longest_wait,
    status,
    way_in,
)
from services.matching.domain.clocks import add_months, local_date
from services.matching.errors import ClosureRefusedError
from services.matching.usecases.closing import Closure, close_service, review_service
from tests.matching.drivers import ADVICE, Matching, a_client, a_service
from tests.matching.helping import Helping

if TYPE_CHECKING:
    from uuid import UUID

HALF_PAST_MIDNIGHT = datetime(2027, 6, 29, 23, 30, tzinfo=UTC)
"""Of the 30th of June, in Britain."""
THE_30TH = date(2027, 6, 30)
AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (HALF_PAST_MIDNIGHT, THE_30TH),
        (HALF_PAST_MIDNIGHT - AN_HOUR, date(2027, 6, 29)),
        (datetime(2027, 1, 29, 23, 30, tzinfo=UTC), date(2027, 1, 29)),
        (datetime(2027, 3, 28, 23, 30, tzinfo=UTC), date(2027, 3, 29)),
        (datetime(2027, 10, 31, 23, 30, tzinfo=UTC), date(2027, 10, 31)),
    ],
)
def test_the_day_changes_at_midnight_on_peoples_own_clocks(moment: datetime, day: date) -> None:
    assert local_date(moment) == day


@pytest.fixture
def service(matching: Matching) -> UUID:
    (service,) = matching.publishes(a_service(ADVICE))
    matching.clock.at = HALF_PAST_MIDNIGHT
    return service


def test_an_entry_is_checked_on_the_day_its_agency_reads_on_the_wall(
    matching: Matching, service: UUID
) -> None:
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        review_service(service, tx)

    assert matching.announced("service.reviewed")[-1]["reviewed_on"] == "2027-06-30"


def closes(matching: Matching, service: UUID, until: date) -> None:
    said = Closure("The board", "Nobody is left", until, "They are rung")
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        close_service(service, said, tx)


def test_a_closure_ends_on_a_day_after_today(matching: Matching, service: UUID) -> None:
    with pytest.raises(ClosureRefusedError):
        closes(matching, service, THE_30TH)
    closes(matching, service, date(2027, 7, 1))


def test_an_entry_is_unassured_from_the_day_after_twelve_months() -> None:
    checked = add_months(THE_30TH, -12)
    standing = Standing(Places(1, HALF_PAST_MIDNIGHT), checked)
    assert status(standing, HALF_PAST_MIDNIGHT + 24 * AN_HOUR) is Status.UNASSURED
    assert status(standing, HALF_PAST_MIDNIGHT + 23 * AN_HOUR) is Status.OPEN


def test_the_longest_wait_is_counted_from_the_day_people_have() -> None:
    early_on_the_1st = HALF_PAST_MIDNIGHT + 24 * AN_HOUR
    full = Places(0, early_on_the_1st, takes_waiting_list=True)
    forecast = longest_wait("default", date(2027, 7, 1))
    assert forecast != longest_wait("default", THE_30TH)
    standing = Standing(full, THE_30TH, forecast_wait_days=forecast)

    assert way_in(standing, early_on_the_1st, named=True) is Way.WAITING_LIST
    assert way_in(standing, early_on_the_1st - AN_HOUR, named=True) == "WAIT_TOO_LONG"


@pytest.mark.parametrize(("after", "offered"), [(timedelta(), True), (24 * AN_HOUR, False)])
def test_what_ended_twelve_months_ago_may_be_taken_up_until_midnight(
    matching: Matching, after: timedelta, *, offered: bool
) -> None:
    matching.clock.at = HALF_PAST_MIDNIGHT
    helping = Helping(matching)
    over = matching.declines(helping.sent(), "NO_CAPACITY")
    matching.clock.at = datetime(2028, 6, 30, 22, 30, tzinfo=UTC) + after

    assert ("reopen" in helping.offered(over)) is offered
