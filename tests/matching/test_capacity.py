"""How many places there really are, and on what terms a service may be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.matching.domain.capacity import Places, Standing, Status, Way, status, way_in

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
REVIEWED = date(2026, 9, 1)


def standing(places: Places | None = None, **values: object) -> Standing:
    return Standing(places, **{"reviewed_on": REVIEWED, **values})


def figure(places: int, **values: object) -> Places:
    return Places(places, **{"as_of": NOW - timedelta(days=1), **values})


def test_free_is_what_was_said_less_what_is_held_and_what_was_accepted_since() -> None:
    assert figure(5, reserved=2, accepted=1).free == 2


def test_more_promised_than_there_is_leaves_none_free_and_is_marked() -> None:
    promised = figure(1, reserved=2, accepted=1)

    assert promised.free == 0
    assert promised.over_promised


@pytest.mark.parametrize(
    ("known", "shown", "named", "unnamed"),
    [
        (figure(2), Status.OPEN, Way.PLACE, Way.PLACE),
        (
            figure(2, reserved=2, takes_waiting_list=True),
            Status.OPEN_WAITING_LIST,
            Way.WAITING_LIST,
            Way.WAITING_LIST,
        ),
        (figure(0), Status.FULL, "NO_CAPACITY", "NO_CAPACITY"),
        (None, Status.UNKNOWN, Way.ENQUIRY, "CAPACITY_UNKNOWN"),
        (
            figure(9, as_of=NOW - timedelta(days=15)),
            Status.UNKNOWN,
            Way.ENQUIRY,
            "CAPACITY_UNKNOWN",
        ),
    ],
    ids=["free", "full with a list", "full", "never told", "stale"],
)
def test_the_figure_decides_the_status_and_the_way_in(
    known: Places | None, shown: Status, named: object, unnamed: object
) -> None:
    assert status(standing(known), NOW) is shown
    assert way_in(standing(known), NOW, named=True) == named
    assert way_in(standing(known), NOW, named=False) == unnamed


@pytest.mark.parametrize("decision", ["closed", "paused"])
def test_a_closed_service_is_asked_by_nobody_however_many_places_it_has(decision: str) -> None:
    shut = standing(figure(5), **{decision: True})

    assert way_in(shut, NOW, named=True) == "CLOSED_TO_REFERRALS"
    assert status(shut, NOW) in {Status.CLOSED, Status.PAUSED}


def test_an_entry_not_reviewed_for_a_year_is_unassured_and_after_fifteen_months_not_chosen() -> (
    None
):
    a_year = standing(figure(5), reviewed_on=date(2025, 11, 22))
    longer = standing(figure(5), reviewed_on=date(2025, 8, 22))

    assert status(a_year, NOW) is Status.UNASSURED
    assert way_in(a_year, NOW, named=False) is Way.PLACE
    assert way_in(longer, NOW, named=False) == "CAPACITY_UNKNOWN"
    assert way_in(longer, NOW, named=True) is Way.PLACE


def test_a_front_doors_figure_is_stale_after_a_day() -> None:
    yesterday = standing(figure(5, as_of=NOW - timedelta(hours=25)), clock_profile="front_door")

    assert status(yesterday, NOW) is Status.UNKNOWN
