from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from services.audit import create_chores, create_worker
from services.audit.keeper import LogKeeper
from services.audit.signer import STATE_FILE

if TYPE_CHECKING:
    from tests.audit.drivers import Log, Producer

pytestmark = pytest.mark.usefixtures("where")


def keeper(log: Log) -> LogKeeper:
    return LogKeeper(log.store, log.sequencer)


def test_ten_idle_minutes_leave_one_heartbeat(log: Log, intake: Producer) -> None:
    log.hears(intake.says())
    pulse = keeper(log)
    log.clock.advance(timedelta(minutes=9))
    pulse.look()
    assert log.size == 1

    log.clock.advance(timedelta(minutes=1))
    pulse.look()
    pulse.look()

    assert [leaf["type"] for leaf in log.leaves()][1:] == ["log.heartbeat.v1"]
    with log.store.read() as tx:
        assert tx.head().size == 2


def test_an_empty_log_has_no_heartbeat(log: Log) -> None:
    log.clock.advance(timedelta(hours=1))
    keeper(log).look()

    assert log.size == 0


def test_what_was_left_unsigned_is_signed_once_the_signer_is_back(
    log: Log, intake: Producer
) -> None:
    log.hears(intake.says())
    state = log.settings.keys / STATE_FILE
    kept = state.read_bytes()
    state.write_text("broken")
    log.hears(intake.says())
    assert log.alarms() == ["checkpoint_signing"]

    state.write_bytes(kept)
    keeper(log).look()

    with log.store.read() as tx:
        assert tx.head().size == 2
    assert log.alarms() == []


def test_an_alarm_about_a_hole_comes_and_goes_by_itself(log: Log, intake: Producer) -> None:
    missing, early = intake.says_many(2)
    log.hears(early)
    log.clock.advance(timedelta(seconds=61))
    keeper(log).look()
    assert log.alarms() == ["log_gap"]

    log.hears(missing)
    keeper(log).look()

    assert log.alarms() == []


def test_the_worker_hears_everything_and_appends_it(log: Log, intake: Producer) -> None:
    worker = create_worker(log.settings, log.store)
    messages = intake.says_many(3)

    parked = [worker.deliver(messages), worker.deliver(messages)]

    assert parked == [{}, {}]
    assert worker.hears("anything.at_all.v1")
    assert log.size == 3


def test_the_chore_stops_when_told(log: Log) -> None:
    (chore,) = create_chores(log.settings, log.store)
    stop = Event()
    stop.set()

    chore.run(stop)

    assert chore.name == "log-keeper"
