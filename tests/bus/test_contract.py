"""What every carrier must do, whichever way it carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from carriers import Carrier, until
from driving.databases import Places
from parish import UNBEARABLE, BellRang, Parish
from shared.bus.chain import fingerprint
from shared.bus.pace import Pace
from shared.errors import StorageUnavailableError
from shared.ids import new_id

Carry = Callable[[Parish], Carrier]


def test_what_is_announced_takes_effect_once_across_two_hops(bus: Carrier, parish: Parish) -> None:
    rung = sorted(parish.ring() for _ in range(250))

    until(lambda: len(parish.echoed()) >= 250)

    assert parish.heard() == rung
    assert parish.echoed() == rung


def test_batches_of_a_busy_reader_keep_their_distance(
    bus: Carrier, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    distance = 0.3
    monkeypatch.setattr(Pace, "patience", distance)
    for count in (1, 2, 3):
        parish.ring()
        until(lambda count=count: len(parish.heard()) == count)

    first, second, third = sorted(row.at for row in parish.rows(parish.ear, "inbox"))
    assert min(second - first, third - second) >= timedelta(seconds=distance * 0.9)


def test_what_is_rolled_back_is_never_heard(bus: Carrier, parish: Parish) -> None:
    with pytest.raises(RuntimeError), parish.bell.begin() as tx:
        tx.announce(BellRang(new_id(), 1))
        raise RuntimeError
    kept = parish.ring()

    until(lambda: bool(parish.heard()))

    assert parish.heard() == [kept]


def test_poison_is_parked_alone_with_a_reason_and_an_alarm(bus: Carrier, parish: Parish) -> None:
    before = parish.ring()
    parish.ring(loud=UNBEARABLE)
    after = parish.ring()

    until(lambda: len(parish.heard()) == 2 and bool(parish.rows(parish.ear, "inbox_failure")))

    assert parish.heard() == [before, after]
    (failure,) = parish.rows(parish.ear, "inbox_failure")
    assert failure.error == "Permanent: too loud to bear"
    assert [alarm.name for alarm in parish.rows(parish.ear, "alarms")] == ["parked_mail"]


def test_an_unforeseen_failure_of_a_handler_parks_without_quoting_it(
    carry: Carry, parish: Parish
) -> None:
    def fail(_messages: Any, _tx: Any) -> None:
        message = "Ada Lovelace lives here"
        raise KeyError(message)

    parish.listener._react = fail
    carry(parish)
    parish.ring()

    until(lambda: bool(parish.rows(parish.ear, "inbox_failure")))

    assert parish.rows(parish.ear, "inbox_failure")[0].error == "KeyError: the handler failed"


def test_a_subscriber_whose_database_is_gone_pauses_and_catches_up(
    bus: Carrier, parish: Parish, monkeypatch: pytest.MonkeyPatch
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


def test_after_a_restart_what_was_not_yet_handed_is_handed(
    carry: Carry, places: Places, parish: Parish
) -> None:
    rung = [parish.ring() for _ in range(5)]
    parish.bell.close()

    again = Parish(places)
    carry(again)
    until(lambda: len(again.echoed()) == 5)

    assert again.heard() == rung


def test_numbers_have_no_gap_and_each_message_names_the_one_before(
    bus: Carrier, parish: Parish
) -> None:
    for _ in range(30):
        parish.ring()

    until(lambda: all(row.published_at for row in parish.rows(parish.bell, "outbox")))

    rows = sorted(parish.rows(parish.bell, "outbox"), key=lambda row: row.producer_seq)
    assert [row.producer_seq for row in rows] == list(range(1, 31))
    assert [row.producer_prev for row in rows[1:]] == [
        fingerprint(row.message_id, row.body) for row in rows[:-1]
    ]


def test_what_another_process_announced_is_found_in_the_tables(
    bus: Carrier, parish: Parish, places: Places
) -> None:
    until(lambda: not bus.paused())

    rung = Parish(places).ring()

    until(lambda: parish.heard() == [rung])
