"""A working day is one where the partnership is: Scotland and Northern Ireland keep other days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.intake.hours import reading
from services.intake.usecases.keeping_rota import keep_rota
from services.intake.working_days import LOCAL, SUBDIVISIONS, working_days_after

if TYPE_CHECKING:
    from intake.desk import Desk


def day(end: datetime) -> date:
    return end.astimezone(LOCAL).date()


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("2026-12-31", {"england": "2027-01-04", "scotland": "2027-01-05"}),
        ("2026-11-27", {"wales": "2026-11-30", "scotland": "2026-12-01"}),  # St Andrew
        ("2027-03-25", {"england": "2027-03-30", "scotland": "2027-03-29"}),  # Easter Monday
        ("2027-03-16", {"england": "2027-03-17", "northern_ireland": "2027-03-18"}),  # St Patrick
        ("2026-07-10", {"scotland": "2026-07-13", "northern_ireland": "2026-07-14"}),  # the Boyne
    ],
)
def test_the_next_working_day_is_that_of_the_nation(said: str, due: dict[str, str]) -> None:
    moment = datetime.fromisoformat(f"{said}T12:00").replace(tzinfo=UTC)

    found = {nation: str(day(working_days_after(moment, 1, nation))) for nation in due}

    assert found == due


@pytest.mark.parametrize("nation", SUBDIVISIONS)
def test_nobody_reads_on_christmas_day_anywhere(nation: str) -> None:
    assert not reading(datetime(2026, 12, 25, 12, tzinfo=UTC), nation).now


def test_on_the_second_of_january_nobody_reads_in_scotland() -> None:
    moment = datetime(2029, 1, 2, 12, tzinfo=UTC)

    assert reading(moment, "england").now
    assert not reading(moment, "scotland").now


def test_a_partnership_that_names_no_nation_is_in_england(desk: Desk) -> None:
    with desk.store.begin() as tx:
        assert tx.nation() == "england"
        keep_rota({}, tx)
    with desk.store.read() as tx:
        assert tx.nation() == "england"


@pytest.mark.parametrize(
    ("nation", "due"), [("england", date(2027, 1, 4)), ("scotland", date(2027, 1, 5))]
)
def test_the_clock_of_what_is_taken_in_runs_by_the_nation_that_was_loaded(
    desk: Desk, nation: str, due: date
) -> None:
    desk.clock.advance(datetime(2026, 12, 31, 12, tzinfo=UTC) - desk.clock.now())
    for loaded in ("wales", nation):
        with desk.store.begin() as tx:
            keep_rota({"nation": loaded}, tx)

    submitted = desk.takes_in()

    with desk.store.read() as tx:
        row = tx.request_row(submitted.id)
        assert row is not None
        assert day(row.acknowledge_by) == due


def test_the_nation_is_read_once_in_a_while_not_for_every_request(desk: Desk) -> None:
    def known_since() -> datetime:
        with desk.store.read() as tx:
            tx.nation()
            assert tx.remembered.nation is not None
            return tx.remembered.nation[1]

    first = known_since()
    desk.clock.advance(timedelta(minutes=4))
    assert known_since() == first
    desk.clock.advance(timedelta(minutes=2))
    assert known_since() > first
