"""kill -9 of every process there is, in turn and together, while partners submit requests."""

from __future__ import annotations

import time

import pytest

from driving.served import ServedHub
from tests.faults.served_apart import Apart
from tests.faults.served_ordeal import READY_WITHIN, Ordeal
from tests.faults.served_table import Table

ALONE = {
    "a worker with its relay": ("work-intake", "work-matching", "work-notify"),
    "a web process": ("web-intake",),
    "the broker": ("broker",),
    "the database server": ("database",),
}
STANDING_BY = "kill -9 of a relay that runs apart, another standing by"
TOGETHER = ("work-matching", "work-notify", "web-intake", "broker", "database")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return 5 if request.config.getoption("--long") else 1


@pytest.mark.faults
@pytest.mark.parametrize("victim", ALONE)
def test_killed_under_load_it_is_ready_within_seconds_and_nothing_is_lost_or_doubled(
    victim: str, beaten_hub: ServedHub, table: Table, rounds: int
) -> None:
    with Ordeal(beaten_hub, table, f"kill -9 of {victim}") as ordeal:
        for _ in range(rounds):
            for name in ALONE[victim]:
                ordeal.kill(name)

    assert ordeal.row.to_ready < READY_WITHIN


@pytest.mark.faults
def test_killed_together_they_come_back_together(
    beaten_hub: ServedHub, table: Table, rounds: int
) -> None:
    fault = "kill -9 of workers, relays, web process, broker and database server together"
    with Ordeal(beaten_hub, table, fault) as ordeal:
        for _ in range(rounds):
            ordeal.kill(*TOGETHER)

    assert ordeal.row.to_ready < READY_WITHIN


@pytest.mark.faults
def test_when_the_relay_that_leads_is_killed_the_one_that_stands_by_goes_on(
    beaten_hub: ServedHub, table: Table, rounds: int
) -> None:
    beaten_hub.stop_program("work-intake")
    with (
        Apart(beaten_hub, "intake", "--without", "relay"),
        Apart(beaten_hub, "intake", "--only", "relay") as first,
        Apart(beaten_hub, "intake", "--only", "relay") as second,
        Ordeal(
            beaten_hub, table, "kill -9 of a relay that runs apart, another standing by"
        ) as ordeal,
    ):
        for _ in range(rounds):
            for relay in (first, second):
                began = time.monotonic()
                relay.kill()
                ordeal.endured(began)
                relay.start()

    beaten_hub.start_program("work-intake")
    assert ordeal.row.to_ready < READY_WITHIN
