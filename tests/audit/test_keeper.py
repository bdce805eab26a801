from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
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


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
def test_a_second_keeper_stands_by_until_the_first_is_gone(
    log: Log, intake: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.keeper.EVERY", 0.01)
    first, second, stop = (*(log.store.database.leader("log-keeper") for _ in "12"), Event())
    asked: list[bool] = []
    monkeypatch.setattr(
        log.store.database, "leader", lambda _: Asked(second.held, second.release, asked)
    )
    pulse, looks = keeper(log), list[int]()
    monkeypatch.setattr(pulse, "look", lambda: looks.append(log.size))
    assert first.held()
    thread = Thread(target=pulse.run, args=(stop,))

    thread.start()
    wait_for(lambda: len(asked) > 3)
    assert looks == []
    first.release()
    wait_for(lambda: bool(looks))
    stop.set()
    thread.join(10)

    assert not any(asked[:3])


@dataclass
class Asked:
    """A leadership that notes each answer it gave."""

    ask: Callable[[], bool]
    release: Callable[[], None]
    answers: list[bool]

    def held(self) -> bool:
        self.answers.append(self.ask())
        return self.answers[-1]


def wait_for(condition: Callable[[], bool]) -> None:
    moment = Event()
    for _ in range(2000):
        if condition():
            return
        moment.wait(0.01)
    pytest.fail("waited in vain")
