"""The served hub without its broker, without room, or with a reader that has stopped reading."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from deploy.broker import Broker
from driving.census import SERVICES
from driving.served import ServedHub
from tests.faults.enduring import more_accepted, until
from tests.faults.served_disk import ServerDisk
from tests.faults.served_ordeal import Ordeal
from tests.faults.served_table import Table

pytestmark = pytest.mark.faults


def alarms(ordeal: Ordeal) -> set[str]:
    """Return the names of the alarms that stand anywhere."""
    return {
        row[0] for name in SERVICES for row in ordeal.census.rows(name, "SELECT name FROM alarms")
    }


def keeps_accepting(ordeal: Ordeal, seconds: float) -> None:
    """See that requests are accepted to the last of so many seconds."""
    until_ = time.monotonic() + seconds
    while time.monotonic() < until_:
        more_accepted(ordeal.load, 1)


def test_while_the_broker_is_stopped_requests_are_accepted_and_told_of_when_it_is_back(
    beaten_hub: ServedHub, table: Table, *, long: bool
) -> None:
    seconds = 60 if long else 2
    with Ordeal(beaten_hub, table, f"broker stopped for {seconds} s", threads=1) as ordeal:
        beaten_hub.stop_program("broker")
        keeps_accepting(ordeal, seconds)
        status, body = beaten_hub.readiness()
        assert (status, body["status"]) == (200, "degraded")
        assert "broker" in body["down"]

        began = time.monotonic()
        beaten_hub.start_program("broker")
        ordeal.endured(began)


def more_refused(ordeal: Ordeal) -> None:
    """Wait until one more request has been refused."""
    before = len(ordeal.load.refused)
    until(lambda: len(ordeal.load.refused) > before, "refused")


@pytest.fixture
def broker(beaten_hub: ServedHub) -> Iterator[Broker]:
    broker = Broker(beaten_hub.plan.folder / "broker")
    yield broker
    broker.control("set_vm_memory_high_watermark", "absolute", "1GB")


def test_while_the_broker_is_short_of_memory_requests_are_accepted_and_an_alarm_stands(
    beaten_hub: ServedHub, table: Table, broker: Broker, *, long: bool
) -> None:
    with Ordeal(beaten_hub, table, "broker in memory alarm", threads=1) as ordeal:
        broker.control("set_vm_memory_high_watermark", "absolute", "1MB")
        until(lambda: "broker_blocked" in alarms(ordeal), "alarmed")
        keeps_accepting(ordeal, 30 if long else 1)
        assert beaten_hub.readiness()[1]["status"] == "degraded"

        began = time.monotonic()
        broker.control("set_vm_memory_high_watermark", "absolute", "1GB")
        ordeal.endured(began)
        until(lambda: "broker_blocked" not in alarms(ordeal), "the alarm is gone")


def test_a_full_disk_under_the_database_is_refused_loudly_until_there_is_room_again(
    beaten_hub: ServedHub, table: Table, database_disk: ServerDisk, *, long: bool
) -> None:
    with Ordeal(beaten_hub, table, "disk of the database full") as ordeal:
        for _ in range(3 if long else 1):
            database_disk.fill(beaten_hub)
            until(lambda: beaten_hub.readiness()[0] == 503, "unready")
            more_refused(ordeal)
            assert beaten_hub.readiness()[0] == 503
            began = time.monotonic()
            database_disk.empty(beaten_hub)
            ordeal.endured(began)


def test_a_reader_that_stopped_reading_holds_up_nobody_else_and_catches_up(
    beaten_hub: ServedHub, table: Table, *, long: bool
) -> None:
    seconds = 55 if long else 2  # the broker gives up a silent reader after two heartbeats of 20 s
    with Ordeal(
        beaten_hub, table, f"matching's worker halted for {seconds} s", threads=1
    ) as ordeal:
        halted = beaten_hub.pids("work-matching")
        signalled(halted, signal.SIGSTOP)
        try:
            keeps_accepting(ordeal, seconds)
        finally:
            began = time.monotonic()
            signalled(halted, signal.SIGCONT)
        ordeal.endured(began)


def signalled(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
