"""What relay and consumer do when broker, database or topology fail; one test for each row of
the failure policy that the contract does not hold already.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carriers import Ear, Mouth, Served, until
from deploy.broker import ADMIN, Broker
from parish import ANNOUNCERS, READERS, Parish
from shared.bus import consumer, line, rounds, topology
from shared.bus.connecting import (
    BrokerLostError,
    BrokerUnreachableError,
    QueueMissingError,
    connected,
    leave,
    reached,
)
from shared.bus.users import bus_users
from shared.errors import StorageUnavailableError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def all_published(parish: Parish) -> bool:
    return all(row.published_at for row in parish.rows(parish.bell, "outbox"))


def standing(parish: Parish) -> list[str]:
    return [alarm.name for alarm in parish.rows(parish.bell, "alarms")]


@pytest.mark.parametrize("fault", ["unbound", "full"])
def test_what_the_broker_returns_or_refuses_rests_with_an_alarm_and_goes_later(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(rounds, "SHORTEST_REST", timedelta(milliseconds=300))
    with connected(broker.url(ADMIN), "the test") as connection:
        channel = connection.default_channel
        if fault == "unbound":
            channel.queue_unbind("ear.work", "events", "bell.rang.v1")
        else:
            full = {"x-max-length": 1, "x-overflow": "reject-publish"}
            channel.queue_declare("full", durable=True, auto_delete=False, arguments=full)
            channel.queue_bind("full", "events", "bell.rang.v1")
        relay = Mouth(parish.bell, broker.url("bell"))
        relay.start()
        for _ in range(3):
            parish.ring()
        until(lambda: standing(parish) == ["messages_refused"])
        rested = [row for row in parish.rows(parish.bell, "outbox") if row.not_before]

        assert rested
        assert all(row.published_at is None for row in rested)

        if fault == "unbound":
            channel.queue_bind("ear.work", "events", "bell.rang.v1")
        else:
            channel.queue_delete("full")
        until(lambda: all_published(parish) and standing(parish) == [])
        relay.stop()
    assert relay.gave_up == []


def test_a_broker_that_gives_no_verdict_is_given_up(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SILENCE", 0.3)
    monkeypatch.setattr(line, "LOOK", 0.1)
    relay = Mouth(parish.bell, broker.url("bell"))
    relay.start()
    parish.ring()
    until(lambda: all_published(parish))
    node = broker._processes[-1].pid

    os.kill(node, signal.SIGSTOP)
    try:
        parish.ring()
        until(lambda: bool(relay.gave_up))
    finally:
        os.kill(node, signal.SIGCONT)

    assert isinstance(relay.gave_up[0], BrokerLostError)
    assert not all_published(parish)


def test_a_consumer_that_dies_between_commit_and_answer_has_its_effect_once(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Mouth(parish.bell, broker.url("bell"))
    relay.start()
    rung = [parish.ring() for _ in range(5)]
    until(lambda: all_published(parish))
    dying = Ear(parish.listener, broker.url("ear"))

    def die(_batch: Any, _parked: Any) -> None:
        dying.consumer._connection.collect()  # its socket is gone, as with its process
        message = "the process is gone"
        raise ConnectionError(message)

    monkeypatch.setattr(dying.consumer, "_answer", die)
    dying.start()
    until(lambda: bool(dying.gave_up))
    assert parish.heard() == rung[:1]  # the first is taken alone, in case it kills

    again = Ear(parish.listener, broker.url("ear"))
    again.start()
    with connected(broker.url("ear"), "the test") as connection:
        until(lambda: topology.depth(connection, "ear.work") == topology.Depth(0, 1))
        until(lambda: not again.consumer._waiting)
    again.stop()
    relay.stop()

    assert parish.heard() == rung
    assert len(parish.rows(parish.ear, "outbox")) == 5


def test_a_reader_told_to_stop_handles_what_it_has_in_hand_so_that_nothing_counts_as_returned(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear, relay = Ear(parish.listener, broker.url("ear")), Mouth(parish.bell, broker.url("bell"))
    ear.start()
    relay.start()
    rung = [parish.ring()]
    until(lambda: parish.heard() == rung)
    deliver, busy, go_on = parish.listener.deliver, threading.Event(), threading.Event()

    def deliver_when_told(messages: Any) -> Any:
        busy.set()
        go_on.wait(90)
        return deliver(messages)

    monkeypatch.setattr(parish.listener, "deliver", deliver_when_told)
    rung.append(parish.ring())
    assert busy.wait(90)
    rung += [parish.ring() for _ in range(20)]
    with connected(broker.url("ear"), "the test") as connection:
        until(lambda: all_published(parish))
        until(lambda: topology.depth(connection, "ear.work") == topology.Depth(0, 1))
        ear.stopping.set()
        go_on.set()
        ear.stop()
        relay.stop()

        assert parish.heard() == sorted(rung)
        assert ear.gave_up == []
        assert topology.depth(connection, "ear.work") == topology.Depth(0, 0)


def test_a_database_that_stays_away_is_given_up_before_the_broker_loses_patience(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "PATIENCE", 0.5)
    message = "the disk is full"

    def gone(*_: Any, **__: Any) -> Any:
        raise StorageUnavailableError(message)

    ear, relay = Ear(parish.listener, broker.url("ear")), Mouth(parish.bell, broker.url("bell"))
    ear.start()
    relay.start()
    until(ear.consumer.alive)
    monkeypatch.setattr(parish.ear, "begin", gone)
    parish.ring()

    until(lambda: bool(ear.gave_up))

    assert isinstance(ear.gave_up[0], StorageUnavailableError)
    with connected(broker.url("ear"), "the test") as connection:
        until(lambda: topology.depth(connection, "ear.work") == topology.Depth(1, 0))
    relay.stop()


def test_a_relay_whose_database_is_gone_for_a_moment_goes_on_by_itself(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Mouth(parish.bell, broker.url("bell"))
    relay.start()
    parish.ring()
    until(lambda: all_published(parish))
    real = parish.bell.relay
    tried = threading.Event()

    def gone() -> Any:
        tried.set()
        message = "the disk is full"
        raise StorageUnavailableError(message)

    monkeypatch.setattr(parish.bell, "relay", gone)
    parish.ring()
    assert tried.wait(90)
    monkeypatch.setattr(parish.bell, "relay", real)

    until(lambda: all_published(parish))
    relay.stop()
    assert relay.gave_up == []


def test_a_missing_queue_is_an_alarm_and_a_sentence(
    broker: Broker, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "work_queue", lambda name: f"{name}.gone")
    users = Ear(parish.listener, broker.url(ADMIN))
    users.start()

    until(lambda: bool(users.gave_up))

    assert isinstance(users.gave_up[0], QueueMissingError)
    assert str(users.gave_up[0]) == "the queue ear.gone is missing; declare it"
    assert [alarm.name for alarm in parish.rows(parish.ear, "alarms")] == ["queue_missing"]


def test_a_queue_deleted_under_its_reader_ends_it(broker: Broker, parish: Parish) -> None:
    ear = Ear(parish.listener, broker.url("ear"))
    ear.start()
    until(ear.consumer.alive)
    with connected(broker.url(ADMIN), "the test") as connection:
        connection.default_channel.queue_delete("ear.work")
    try:
        until(lambda: bool(ear.gave_up))
    finally:
        topology.declare(broker.url(ADMIN), READERS)

    assert isinstance(ear.gave_up[0], BrokerLostError)


def test_a_killed_broker_ends_both_and_started_again_it_has_all_it_confirmed(
    tmp_path: Path, parish: Parish
) -> None:
    with Broker(tmp_path / "node", bus_users(("bell", "ear"), ANNOUNCERS)) as own:
        topology.declare(own.url(ADMIN), READERS)
        # A queue whose broker dies within about a second of its birth never comes back
        # (RabbitMQ 3.10 does not sync a new member's registration): let it grow up first.
        threading.Event().wait(3)
        bus = Served(parish, own)
        bus.start()
        rung = [parish.ring() for _ in range(20)]
        until(lambda: len(parish.echoed()) == 20)
        bus.ears[0].stop()

        rung += [parish.ring() for _ in range(20)]
        until(lambda: all_published(parish))
        own.kill()
        parts = (*bus.relays, bus.ears[1])
        until(lambda: all(part.gave_up for part in parts))
        assert {type(part.gave_up[0]) for part in parts} == {BrokerLostError}
        rung += [parish.ring() for _ in range(20)]

        own.start()
        again = Served(parish, own)
        again.start()
        until(lambda: len(parish.echoed()) == 60)
        again.stop()

    assert parish.heard() == sorted(rung)


@pytest.mark.parametrize(
    ("url", "said", "code"),
    [
        (
            "amqp://ear:wrong@{place}/onward",
            "the broker at {place} refuses the user or password in ONWARD_AMQP_URL_EAR",
            78,
        ),
        (
            "amqp://ear:{word}@{place}/nowhere",
            "the broker at {place} has no such virtual host as ONWARD_AMQP_URL_EAR names",
            78,
        ),
        (
            "ear:5672",
            "ONWARD_AMQP_URL_EAR must be a URL like amqp://user:password@host:5672/onward",
            78,
        ),
    ],
)
def test_a_wrong_url_or_password_is_one_sentence_and_an_exit_code(
    broker: Broker, url: str, said: str, code: int
) -> None:
    place, word = f"127.0.0.1:{broker.node.amqp}", broker.node.passwords["ear"]
    program = (
        "import sys, threading\n"
        "from shared.bus.connecting import leave, origin_of, reached\n"
        "try: reached(sys.argv[1], origin_of('ear'), threading.Event())\n"
        "except Exception as error: leave(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, url.format(place=place, word=word)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == said.format(place=place) + "\n"


def test_a_broker_that_never_answers_is_waited_for_and_then_named() -> None:
    with pytest.raises(BrokerUnreachableError) as never:
        reached("amqp://x:y@127.0.0.1:1/onward", "ONWARD_AMQP_URL_EAR", threading.Event(), 0.1)

    assert str(never.value) == (
        "the broker at 127.0.0.1:1, named in ONWARD_AMQP_URL_EAR, does not answer"
    )
    assert "y" not in str(never.value).split()


def test_to_leave_is_to_end_the_process_at_once() -> None:
    child = os.fork()
    if child == 0:
        leave(BrokerLostError("the broker is lost"))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 75
