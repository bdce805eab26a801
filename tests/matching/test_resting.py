"""Clocks that rest while a request is restricted: nobody gains by it and nobody loses."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.ladder import due_of, look_at, told
from services.matching.domain.resting import rested, woken
from services.matching.domain.running import Running
from services.matching.domain.transitions import State
from tests.matching.test_running import A_DAY, ENGLAND, MONDAY, active, due, sent, then, waiting

HOURS = st.integers(min_value=0, max_value=24 * 90)
A_FEW_DAYS = timedelta(days=6)  # a bank holiday and two weekends, at most
S = State


def hours(count: int) -> timedelta:
    return timedelta(hours=count)


@given(
    st.sampled_from([sent(), sent("front_door"), waiting(sent()), active(sent("home_start"))]),
    HOURS,
    HOURS,
)
def test_what_is_left_of_a_promise_is_left_after_the_rest(
    running: Running, start: int, long: int
) -> None:
    begins, ends = MONDAY + hours(start), MONDAY + hours(start + long)
    noted = told(running, begins, ENGLAND)[1]

    resting = rested(noted, begins)
    awake = woken(resting, ends, ENGLAND)

    assert look_at(resting, ENGLAND) is None
    assert told(resting, ends, ENGLAND)[0] == []
    # Days are whole: a step of the ladder may fall on the day of the end itself, never several.
    clocks = [telling.clock for telling in told(awake, ends, ENGLAND)[0]]
    assert len(clocks) == len(set(clocks))
    for name, clock in noted.clocks.items():
        left = awake.clocks[name].due - clock.due
        assert timedelta() <= left <= (ends - begins) + A_FEW_DAYS


def test_a_second_restriction_told_within_the_first_begins_no_rest_anew() -> None:
    once = rested(sent(), MONDAY)

    assert rested(once, MONDAY + A_DAY) == once
    assert woken(sent(), MONDAY, ENGLAND) == sent()


def test_a_halt_within_a_rest_and_a_rest_within_a_halt_are_counted_once() -> None:
    week = 7 * A_DAY
    resting = rested(sent(), MONDAY)
    halted = then(resting, "T26", "halted", S.HALTED, MONDAY + week)
    resumed = then(halted, "T27", "resumed", S.SENT, MONDAY + 2 * week)
    inner = woken(resumed, MONDAY + 3 * week, ENGLAND)

    stopped = then(sent(), "T26", "halted", S.HALTED, MONDAY)
    woke = woken(rested(stopped, MONDAY + week), MONDAY + 2 * week, ENGLAND)
    outer = then(woke, "T27", "resumed", S.SENT, MONDAY + 3 * week)

    assert due(inner, "K2") == due(outer, "K2") == due(sent(), "K2") + 3 * week


def test_a_day_that_somebody_named_stays_if_it_is_still_to_come() -> None:
    day = (MONDAY + 20 * A_DAY).date()
    held = then(active(sent()), "T22", "held", S.ON_HOLD, MONDAY, until=day)

    soon = woken(rested(held, MONDAY), MONDAY + 10 * A_DAY, ENGLAND)
    late = woken(rested(held, MONDAY), MONDAY + 30 * A_DAY, ENGLAND)

    assert due(soon, "T22") == day
    assert due(late, "T22") == day + 30 * A_DAY
    assert due_of("T22", rested(held, MONDAY)) is None
