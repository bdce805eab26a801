"""How long a reader waits for company."""

from __future__ import annotations

import pytest

from shared.bus import pace
from shared.bus.pace import CALM, Company, Pace

LEAST, LONGEST = 0.005, 0.06
COMPANY = Company(least=LEAST, longest=LONGEST)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until it is set."""
    time = [0.0]
    monkeypatch.setattr(pace, "monotonic", lambda: time[0])
    return time


def heard(rate: float, now: list[float], company: Company = COMPANY) -> float:
    """Return the patience after ten seconds of *rate* messages a second."""
    known = Pace(company)
    for _ in range(100):
        now[0] += 0.1
        known.note(round(rate / 10))
    return known.patience


def test_a_reader_of_little_is_as_quick_as_it_can_be(now: list[float]) -> None:
    assert heard(CALM / 2, now) == LEAST


def test_a_reader_of_much_waits_for_company(now: list[float]) -> None:
    assert LEAST < heard(CALM * 1.3, now) < LONGEST


def test_nobody_waits_longer_than_the_longest_however_much_comes(now: list[float]) -> None:
    assert heard(CALM * 100, now) == LONGEST


def test_what_nobody_waits_for_may_wait_long(now: list[float]) -> None:
    assert heard(CALM * 100, now, Company(longest=0.25)) == 0.25


def test_a_rush_is_soon_forgotten(now: list[float]) -> None:
    known = Pace(COMPANY)
    known.note(1000)
    now[0] += 5
    known.note(1)

    assert known.patience == LEAST


def test_where_a_batch_costs_much_company_is_worth_a_wait_from_the_first(now: list[float]) -> None:
    known = Pace(COMPANY, calm=0)
    for _ in range(100):
        now[0] += 0.1
        known.note(round(CALM / 20))

    assert LEAST < known.patience <= LONGEST


@pytest.fixture
def busy(now: list[float]) -> Pace:
    """A reader of so much that company is worth the longest wait; a batch has just left."""
    known = Pace(COMPANY)
    for _ in range(100):
        now[0] += 0.1
        known.leave()
        known.note(round(CALM * 10))
    return known


def test_one_message_after_a_pause_waits_only_for_what_comes_with_it(
    busy: Pace, now: list[float]
) -> None:
    now[0] += LONGEST

    assert busy.wait(now[0]) == pytest.approx(LEAST)


def test_batches_of_a_busy_reader_leave_at_intervals(busy: Pace, now: list[float]) -> None:
    now[0] += LONGEST / 4

    assert busy.wait(now[0]) == pytest.approx(LONGEST * 3 / 4)


def test_a_quiet_reader_waits_as_little_after_a_batch_as_at_any_time(now: list[float]) -> None:
    known = Pace(COMPANY)
    known.leave()
    known.note(1)

    assert known.wait(now[0]) == pytest.approx(LEAST)
