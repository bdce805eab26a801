"""kill -9 of every process there is, in turn and together, while partners submit requests."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from driving.served import ServedHub
from tests.faults.served_apart import Apart
from tests.faults.served_ordeal import READY_WITHIN, Ordeal
from tests.faults.served_table import Table

ALONE = {
    "a worker with its relay": ("work-matching", "work-intake", "work-notify"),
    "a web process": ("web-intake",),
    "the broker": ("broker",),
    "the database server": ("database",),
}
STANDING_BY = "kill -9 of a relay that runs apart, another standing by"
TOGETHER = ("work-matching", "work-notify", "web-intake", "broker", "database")


def was_quick(ordeal: Ordeal, *, long: bool) -> None:
    """Assert the time to ready where nothing else wants the processors: in the long run."""
    assert not long or ordeal.row.to_ready < READY_WITHIN


@pytest.mark.faults
@pytest.mark.parametrize("victim", ALONE)
def test_killed_under_load_it_is_ready_within_seconds_and_nothing_is_lost_or_doubled(
    victim: str, beaten_hub: ServedHub, table: Table, *, long: bool
) -> None:
    if victim == "the broker" and not long:
        pytest.skip("it takes long to come back, and is killed with the others below")
    with Ordeal(beaten_hub, table, f"kill -9 of {victim}") as ordeal:
        for name in ALONE[victim] * 5 if long else ALONE[victim][:1]:
            ordeal.kill(name)

    was_quick(ordeal, long=long)


@pytest.mark.faults
def test_killed_together_they_come_back_together(
    beaten_hub: ServedHub, table: Table, *, long: bool
) -> None:
    fault = "kill -9 of workers, relays, web process, broker and database server together"
    with Ordeal(beaten_hub, table, fault) as ordeal:
        for _ in range(5 if long else 1):
            ordeal.kill(*TOGETHER)

    was_quick(ordeal, long=long)


@pytest.fixture
def hub_without_intakes_worker(beaten_hub: ServedHub) -> Iterator[ServedHub]:
    beaten_hub.stop_program("work-intake")
    yield beaten_hub
    beaten_hub.start_program("work-intake")


@pytest.mark.faults
def test_when_the_relay_that_leads_is_killed_the_one_that_stands_by_goes_on(
    hub_without_intakes_worker: ServedHub, table: Table, *, long: bool
) -> None:
    hub = hub_without_intakes_worker
    with (
        Apart(hub, "intake", "--without", "relay"),
        Apart(hub, "intake", "--only", "relay") as first,
        Apart(hub, "intake", "--only", "relay") as second,
        Ordeal(hub, table, STANDING_BY) as ordeal,
    ):
        for _ in range(5 if long else 1):
            for relay in (first, second):
                began = time.monotonic()
                relay.kill()
                ordeal.endured(began)
                relay.start()

    was_quick(ordeal, long=long)
