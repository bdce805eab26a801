"""An agreement that ends by its date: told in time, once each, and on the desk until decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.clocks import Clocks
from services.matching.desk import DeskClearing
from services.matching.domain.deals import LONGEST_TOLD, Ending, Party, Stage, ending
from services.matching.usecases.desking import Decided
from services.matching.usecases.keeping_deals import Terms, change_deal
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service, an_agency
from tests.matching.hearing import Ear
from tests.matching.test_deals import ALL, agreed, full
from tests.matching.test_desk import GRACE, HUB, decides, lines, staff, the_line
from tests.matching.test_portal import Worker

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

ON_BOTH = pytest.mark.usefixtures("where")
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def hub(matching: Matching) -> None:
    """Let there be a hub with a coordinator, and the agencies."""
    matching.agencies.append({**an_agency(HUB, "The hub"), "kind": "hub"})
    matching.publishes(a_service(ADVICE))
    ear = Ear(matching)
    ear.hears(staff(ear, GRACE))


def last_day(matching: Matching, days: int) -> date:
    return (matching.clock.now() + timedelta(days=days)).date()


def looks(matching: Matching) -> list[tuple[str, Any]]:
    """Let the clocks look, twice; return what is new of agreements, and to whom."""
    before = len(told(matching))
    Clocks(matching.store).look()
    Clocks(matching.store).look()
    return told(matching)[before:]


def told(matching: Matching) -> list[tuple[str, Any]]:
    return [
        (one["type"].removeprefix("clock.").removesuffix(".v1"), one["agency_id"])
        for one in matching.announced()
        if one.get("object_type") == "agreement"
    ]


def to_all(word: str) -> list[tuple[str, Any]]:
    return [(word, None), *((word, str(agency)) for agency in sorted((ADVICE, SURGERY), key=str))]


@ON_BOTH
def test_an_end_is_told_a_month_and_a_week_before_and_once_it_is_over(matching: Matching) -> None:
    agreed(matching, full(ADVICE), full(SURGERY), ends=last_day(matching, 31))
    assert looks(matching) == []

    for days, word in ((1, "warned"), (23, "warned"), (8, "overdue")):
        matching.clock.advance(timedelta(days=days))
        assert sorted(looks(matching), key=str) == sorted(to_all(word), key=str)
        assert looks(matching) == []

    assert the_line(matching, kind="agreement").code == Ending.OVER


def test_whoever_is_not_admitted_is_told_nothing_nor_is_an_agreement_of_one(
    matching: Matching,
) -> None:
    invited = Party(MONEY, Stage.INVITED)
    agreed(matching, full(ADVICE), full(SURGERY), invited, ends=last_day(matching, 5))
    agreed(matching, full(ADVICE), invited, ends=last_day(matching, 5))
    agreed(matching, full(ADVICE), full(SURGERY), ends=last_day(matching, -31))
    agreed(matching, full(ADVICE), full(SURGERY))

    assert sorted(looks(matching), key=str) == sorted(to_all("warned"), key=str)


@ON_BOTH
def test_a_later_end_takes_it_off_the_desk_and_is_told_again_in_its_time(
    matching: Matching,
) -> None:
    deal = agreed(matching, full(ADVICE), full(SURGERY), ends=last_day(matching, 5))
    looks(matching)
    ends_on(matching, deal, last_day(matching, 60))
    DeskClearing(matching.store).look()
    assert lines(matching, kind="agreement")[0].ended_by == "SETTLED"
    assert looks(matching) == []

    matching.clock.advance(timedelta(days=30))

    assert len(looks(matching)) == len(to_all("warned"))


def test_what_may_end_is_told_to_its_agencies_and_comes_to_no_desk_again(
    matching: Matching,
) -> None:
    agreed(matching, full(ADVICE), full(SURGERY), ends=last_day(matching, 20))
    looks(matching)
    decides(matching, the_line(matching, kind="agreement"), Decided("MAY_END"), GRACE)

    matching.clock.advance(timedelta(days=15))

    assert len(looks(matching)) == len(to_all("warned"))
    assert looks(matching) == []
    assert the_line(matching, kind="agreement").ended_by == "MAY_END"


def test_the_desk_leads_to_the_agreement_and_offers_no_service_for_it(
    matching: Matching, app: Flask
) -> None:
    deal = agreed(matching, full(ADVICE), full(SURGERY), ends=last_day(matching, 5))
    looks(matching)
    seat = Worker(app, "coordinator", agency_id=HUB)

    page = seat.sees(f"/agency/desk/{the_line(matching, kind='agreement').id}")

    assert "Agreement ends" in seat.sees("/agency/desk/")
    assert "The deal" in page
    assert f"/agency/agreements/{deal}" in page
    assert "Services that were asked" not in page


def ends_on(matching: Matching, deal: UUID, day: date) -> None:
    with matching.store.begin() as tx:
        change_deal(deal, 1, Terms("The deal", date(2026, 1, 1), day, ALL), tx)


@given(st.integers(-60, 60))
def test_each_day_has_one_step_and_nothing_is_told_of_what_is_far_away(left: int) -> None:
    step = ending(TODAY + timedelta(days=left), TODAY)

    assert (step is None) == (abs(left) > LONGEST_TOLD.days)
    if step is not None:
        assert (step is Ending.OVER) == (left < 0)
        assert (step is Ending.WEEK) == (0 <= left <= 7)
