"""When an answer falls due, at the edges of months, holidays and the clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.clocks import (
    CLOCKS,
    add_months,
    add_working_days,
    length,
    shelf_life,
)
from services.matching.domain.running import Running, Step, after
from services.matching.domain.transitions import State
from services.matching.working_days import calendar_for

ENGLAND, SCOTLAND = calendar_for("england"), calendar_for("scotland")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def due(
    sent_at: datetime, profile: str = "default", urgency: str = "routine", **terms: datetime
) -> datetime:
    asked = terms.get("asked", sent_at)
    step = Step("T7", "referral.sent", sent_at, State.SENT)
    terms_of_sending = Running(profile, urgency, asked=asked, sent=sent_at)
    return after(terms_of_sending, step, ENGLAND).clocks["K2"].due


def test_five_working_days_end_with_the_fifth_day_after() -> None:
    assert due(MONDAY) == datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


def test_urgent_halves_the_time_to_answer() -> None:
    assert due(MONDAY, urgency="urgent") == datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC)


def test_a_front_door_answers_in_clock_hours_from_the_asking() -> None:
    sent = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)  # a Saturday

    assert due(sent, "front_door") == sent + timedelta(hours=24)
    assert due(sent, "front_door", "urgent") == sent + timedelta(hours=12)


def test_a_front_door_counts_from_the_asking_even_when_the_sending_came_later() -> None:
    asked, sent = MONDAY, MONDAY + timedelta(hours=3)

    assert due(sent, "front_door", asked=asked) == asked + timedelta(hours=24)


def test_christmas_is_skipped() -> None:
    christmas_eve = date(2026, 12, 24)

    # Boxing Day falls on a Saturday, so Monday the 28th is its substitute.
    assert add_working_days(christmas_eve, 2, ENGLAND) == date(2026, 12, 30)


def test_each_nation_has_its_own_holidays() -> None:
    new_years_eve = date(2026, 12, 31)

    assert add_working_days(new_years_eve, 1, ENGLAND) == date(2027, 1, 4)
    assert add_working_days(new_years_eve, 1, SCOTLAND) == date(2027, 1, 5)


def test_the_day_ends_at_midnight_where_people_live_also_in_summer() -> None:
    friday = datetime(2026, 7, 3, 10, 0, tzinfo=UTC)

    assert due(friday) == datetime(2026, 7, 10, 22, 59, 59, tzinfo=UTC)


def test_a_week_with_the_clock_change_still_ends_at_midnight() -> None:
    before_the_change = datetime(2026, 10, 23, 10, 0, tzinfo=UTC)

    assert due(before_the_change) == datetime(2026, 10, 30, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 10, 31), 12, date(2027, 10, 31)),
    ],
)
def test_months_are_clamped_to_the_months_end(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end


def test_every_profile_has_every_clock_and_a_shelf_life() -> None:
    for profile in CLOCKS:
        assert set(CLOCKS[profile]) == set(CLOCKS["default"])
        assert shelf_life(profile) > timedelta(0)


def test_urgent_halves_no_waiting_promise() -> None:
    assert length("K6", "default", "urgent") == length("K6", "default")


@given(st.dates(date(2020, 1, 1), date(2035, 12, 1)), st.integers(1, 30))
def test_the_nth_working_day_has_exactly_n_working_days_behind_it(start: date, count: int) -> None:
    end = add_working_days(start, count, ENGLAND)
    between = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))

    assert sum(map(ENGLAND.is_working_day, between)) == count
    assert ENGLAND.is_working_day(end)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.sampled_from(sorted(CLOCKS)))  # noqa: DTZ001
def test_an_urgent_answer_is_never_due_later_than_a_routine_one(
    sent: datetime, profile: str
) -> None:
    at = sent.replace(tzinfo=UTC)

    assert at < due(at, profile, "urgent") <= due(at, profile)
