"""The duty rota on its page: who looks when, changed by the hub alone, and where it has holes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.desk import Desk
from intake.own_page import Hidden, OwnPage
from intake.telling import HOMES, HUB, REFERRER

from services.intake.domain.duty import FALLBACK, FIRST, MONDAY, Gap, Shift, gaps, on_duty
from services.intake.storage.flags import keep_shifts, shifts
from services.intake.usecases.keeping_rota import keep_rota

NIGHT = Shift(HUB, frozenset(range(7)), time(17), time(9), FIRST)
HOURS = {"agency": str(HOMES), "days": ["0", "4"], "starts": "9.00", "ends": "17:30", "rank": "1"}


@pytest.fixture
def page(desk: Desk) -> OwnPage:
    with desk.store.begin() as tx:
        keep_shifts([NIGHT], tx)
    return OwnPage.of(desk).works_at(HUB, "coordinator")


def sends(page: OwnPage, **changes: Any) -> Any:
    seen = Hidden(page.staff_get("/requests/rota").text).values["version"]
    return page.staff_post("/requests/rota", {"version": seen, **changes})


def rota(page: OwnPage) -> tuple[Shift, ...]:
    with page.desk.store.read() as tx:
        return shifts(tx)


def test_hours_are_added_and_taken_away(page: OwnPage) -> None:
    assert sends(page, **HOURS).status_code == 303
    added = Shift(HOMES, frozenset({0, 4}), time(9), time(17, 30), FIRST)
    assert rota(page) == (NIGHT, added)
    shown = page.staff_get("/requests/rota?done=1").text
    assert "Monday, Friday, 09:00 to 17:30" in shown
    assert "Every day, 17:00 to 09:00 the next day" in shown
    assert "Tuesday, 09:00 to 17:00" in shown
    assert "&lt;" not in shown, "what only a screen reader says is no text of the button"

    assert sends(page, away="0").status_code == 303

    assert rota(page) == (added,)


def test_each_change_is_announced_with_its_hours_and_who_made_it(page: OwnPage) -> None:
    sends(page, **HOURS)
    sends(page, away="0")
    sends(page, **{**HOURS, "days": []})

    added, removed = page.desk.announced("rota.changed.v1")

    assert added == {
        "agency_id": str(HOMES),
        "change": "added",
        "days": [0, 4],
        "starts": "09:00",
        "ends": "17:30",
        "rank": 1,
    }
    assert (removed["change"], removed["agency_id"]) == ("removed", str(HUB))
    assert page.who is not None
    assert {actor["id"] for actor in page.desk.actors("rota.changed.v1")} == {page.who.id}


def test_the_rota_a_partnership_begins_with_is_announced_once(desk: Desk) -> None:
    hours = {"days": [0], "starts": "09:00", "ends": "17:00", "rank": 1}
    for _ in range(2):
        with desk.store.begin() as tx:
            keep_rota({"duty": [{"agency_id": str(HUB), **hours}]}, tx)

    assert [one["change"] for one in desk.announced("rota.changed.v1")] == ["added"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"agency": "nobody"}, "Choose an agency"),
        ({"days": []}, "Choose at least one day"),
        ({"days": ["7"]}, "Choose at least one day"),
        ({"starts": "noon"}, "Enter a time like 09:00"),
        ({"ends": "25:00"}, "Enter a time like 09:00"),
        ({"rank": "3"}, "Choose if they look first"),
    ],
)
def test_what_is_no_hour_is_named_and_what_was_typed_stays(
    page: OwnPage, wrong: dict[str, Any], sentence: str
) -> None:
    answer = sends(page, **{**HOURS, **wrong})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert rota(page) == (NIGHT,)


def test_of_two_who_change_it_at_once_the_second_looks_again(page: OwnPage) -> None:
    seen = Hidden(page.staff_get("/requests/rota").text).values["version"]
    assert sends(page, **HOURS).status_code == 303

    answer = page.staff_post("/requests/rota", {"version": seen, "away": "0"})

    assert answer.status_code == 422
    assert "Somebody else changed the rota" in answer.text
    assert len(rota(page)) == 2


def test_the_same_hours_twice_and_hours_that_are_not_there_change_nothing(page: OwnPage) -> None:
    sends(page, **HOURS)

    assert sends(page, **HOURS).status_code == 422
    assert sends(page, away="7").status_code == 404
    assert len(rota(page)) == 2


def test_others_read_it_and_change_nothing(page: OwnPage) -> None:
    page.works_at(REFERRER, "manager")
    assert "Add these hours" not in page.staff_get("/requests/rota").text
    page.works_at(REFERRER, "coordinator")

    assert page.staff_post("/requests/rota", HOURS).status_code == 404
    assert rota(page) == (NIGHT,)


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
SHIFTS = st.builds(
    Shift, st.just(HUB), st.frozensets(st.integers(0, 6)), TIMES, TIMES, st.sampled_from((1, 2))
)


@given(st.lists(SHIFTS, max_size=4), st.integers(0, 6), TIMES)
def test_a_minute_lies_in_a_gap_exactly_when_nobody_looks_first(
    known: list[Shift], day: int, at: time
) -> None:
    moment = datetime.combine(MONDAY + timedelta(days=day), at)

    lies = any(g.day == day and g.starts <= at and (not g.ends or at < g.ends) for g in gaps(known))

    assert lies == (on_duty(known, moment, FIRST) is None)


def test_a_rota_without_a_hole_has_no_gap_and_an_empty_one_is_all_gap() -> None:
    day = Shift(HOMES, frozenset(range(7)), time(9), time(17), FIRST)

    assert gaps((NIGHT, day)) == ()
    assert gaps((Shift(HUB, frozenset(range(7)), time(0), time(0), FALLBACK),)) == tuple(
        Gap(one, time(0), None) for one in range(7)
    )


@pytest.mark.parametrize("place", ["7", "-1", "x", "9" * 5000])
def test_a_place_that_is_not_on_the_list_takes_nothing_away(page: OwnPage, place: str) -> None:
    assert sends(page, away=place).status_code == 404

    assert rota(page) == (NIGHT,)
