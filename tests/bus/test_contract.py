"""What every carrier must do, whichever way it carries."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from parish import UNBEARABLE, Parish
from shared.bus.embedded import EmbeddedBus
from shared.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    done = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        done.wait(0.01)
    pytest.fail("waited in vain")


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def embedded(parish: Parish) -> EmbeddedBus:
    return EmbeddedBus([parish.bell, parish.ear], [parish.listener, parish.ringer])


CARRIERS: list[Callable[[Parish], Any]] = [embedded]


@pytest.fixture(params=CARRIERS, ids=lambda carrier: carrier.__name__)
def bus(request: pytest.FixtureRequest, parish: Parish) -> Iterator[Any]:
    bus = request.param(parish)
    bus.start()
    yield bus
    bus.stop()


def test_what_is_announced_takes_effect_once_across_two_hops(bus: Any, parish: Parish) -> None:
    rung = sorted(parish.ring() for _ in range(250))

    until(lambda: len(parish.echoed()) >= 250)

    assert parish.heard() == rung
    assert parish.echoed() == rung


def test_what_is_rolled_back_is_never_heard(bus: Any, parish: Parish) -> None:
    from parish import BellRang
    from shared.ids import new_id

    with pytest.raises(RuntimeError), parish.bell.begin() as tx:
        tx.announce(BellRang(new_id(), 1))
        raise RuntimeError
    kept = parish.ring()

    until(lambda: bool(parish.heard()))

    assert parish.heard() == [kept]


def test_poison_is_parked_alone_with_a_reason_and_an_alarm(bus: Any, parish: Parish) -> None:
    before = parish.ring()
    parish.ring(loud=UNBEARABLE)
    after = parish.ring()

    until(lambda: len(parish.heard()) == 2 and bool(parish.rows(parish.ear, "inbox_failure")))

    assert parish.heard() == [before, after]
    (failure,) = parish.rows(parish.ear, "inbox_failure")
    assert failure.error == "Permanent: too loud to bear"
    assert [alarm.name for alarm in parish.rows(parish.ear, "alarms")] == ["parked_mail"]


def test_an_unforeseen_failure_of_a_handler_parks_without_quoting_it(tmp_path: Path) -> None:
    parish = Parish(tmp_path)

    def fail(_messages: Any, _tx: Any) -> None:
        message = "Ada Lovelace lives here"
        raise KeyError(message)

    parish.listener._react = fail
    bus = embedded(parish)
    bus.start()
    parish.ring()

    until(lambda: bool(parish.rows(parish.ear, "inbox_failure")))
    bus.stop()

    assert parish.rows(parish.ear, "inbox_failure")[0].error == "KeyError: the handler failed"


def test_a_subscriber_whose_database_is_gone_pauses_and_catches_up(
    bus: Any, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = parish.ear.begin

    def gone(*_: Any, **__: Any) -> Any:
        message = "the disk is full"
        raise StorageUnavailableError(message)

    monkeypatch.setattr(parish.ear, "begin", gone)
    rung = [parish.ring() for _ in range(3)]
    until(lambda: bus.paused() == ["ear"])
    assert parish.heard() == []

    monkeypatch.setattr(parish.ear, "begin", begin)

    until(lambda: parish.heard() == rung)
    assert parish.rows(parish.ear, "inbox_failure") == []


def test_after_a_restart_what_was_not_yet_handed_is_handed(tmp_path: Path) -> None:
    first = Parish(tmp_path)
    rung = [first.ring() for _ in range(5)]
    first.bell.close()

    again = Parish(tmp_path)
    bus = embedded(again)
    bus.start()
    until(lambda: len(again.echoed()) == 5)
    bus.stop()

    assert again.heard() == rung


def test_a_message_is_published_only_when_every_reader_has_it(bus: Any, parish: Parish) -> None:
    parish.ring()

    until(lambda: all(row.published_at for row in parish.rows(parish.bell, "outbox")))

    assert [mark.subscriber for mark in parish.rows(parish.bell, "handed")] == ["ear"]


def test_a_subscriber_too_far_behind_for_memory_reads_the_tables_and_misses_nothing(
    bus: Any, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.bus import embedded as carrier

    monkeypatch.setattr(carrier, "KEPT", 3)
    with parish.ear.database.turn():
        rung = [parish.ring() for _ in range(60)]

    until(lambda: len(parish.heard()) >= 60)

    assert parish.heard() == sorted(rung)


def test_what_another_process_announced_is_found_in_the_tables(
    bus: Any, parish: Parish, tmp_path: Path
) -> None:
    until(lambda: not bus.paused())

    rung = Parish(tmp_path).ring()

    until(lambda: parish.heard() == [rung])
