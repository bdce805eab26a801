"""What cannot be read or may not be said is parked alone, and an operator can see why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from carriers import Ear, until
from deploy.broker import ADMIN, Broker
from parish import READERS, UNBEARABLE, Parish
from shared.bus import broker_mail, topology
from shared.bus.connecting import BrokerRefusesError, connected
from shared.bus.envelope import PREFIX, headers_of
from shared.bus.relay import Relay
from shared.bus.topology import DELIVERIES, parked_queue, work_queue

Break = Callable[[dict[str, Any], pika.BasicProperties], bytes | None]


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


@pytest.fixture
def ear(parish: Parish, broker: Broker) -> Iterator[Ear]:
    ear = Ear(parish.listener, broker.url("ear"))
    ear.start()
    yield ear
    ear.stop()
    assert ear.gave_up == []


def send(broker: Broker, parish: Parish, change: Break | None = None, user: str = "bell") -> None:
    """Announce something and send it by hand, changed."""
    parish.ring()
    row = parish.rows(parish.bell, "outbox")[-1]._mapping
    headers: dict[str, Any] = dict(headers_of(row, service="bell", epoch=parish.bell.epoch))
    properties = pika.BasicProperties(delivery_mode=2, user_id=user, headers=headers)
    body = (change(headers, properties) if change else None) or row["body"]
    with pika.BlockingConnection(pika.URLParameters(broker.url(user))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        exchange, key = ("events", row["type"]) if user == "bell" else ("", work_queue("ear"))
        channel.basic_publish(exchange, key, body, properties, mandatory=True)


def parked(broker: Broker, parish: Parish) -> list[str]:
    return [one.reason for one in broker_mail.parked_mail(broker.url("ear"), parish.ear)]


def not_json(_headers: dict[str, Any], _properties: Any) -> bytes:
    return b'{"ring_id": "half'


def no_id(headers: dict[str, Any], _properties: Any) -> None:
    del headers[PREFIX + "id"]


def unknown_version(headers: dict[str, Any], _properties: Any) -> None:
    headers[PREFIX + "type"] = "bell.rang.v9"


def forged_source(headers: dict[str, Any], _properties: Any) -> None:
    headers[PREFIX + "source"] = "/ear"


def ten_megabytes(_headers: dict[str, Any], _properties: Any) -> bytes:
    return b'{"text": "' + b"x" * 10_000_000 + b'"}'


def nobody(_headers: dict[str, Any], properties: pika.BasicProperties) -> None:
    properties.user_id = None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (not_json, "its body is not JSON"),
        (no_id, "it has no id"),
        (unknown_version, "its type is not one we know"),
        (forged_source, "bell sent it under another name"),
        (ten_megabytes, "its body has 10000012 bytes, 1000000 are allowed"),
        (nobody, "nobody may not announce bell.rang.v1"),
    ],
)
def test_bad_mail_is_parked_alone_with_its_reason_and_an_alarm(
    broker: Broker, parish: Parish, ear: Ear, change: Break, reason: str
) -> None:
    send(broker, parish)
    send(broker, parish, change)
    send(broker, parish)

    until(lambda: len(parish.heard()) == 2 and parked(broker, parish) != [])

    assert parked(broker, parish) == [f"UnreadableMessageError: {reason}"]
    assert [alarm.name for alarm in parish.rows(parish.ear, "alarms")] == ["parked_mail"]


def test_a_service_that_reached_the_queue_past_the_exchange_is_not_believed(
    broker: Broker, parish: Parish, ear: Ear
) -> None:
    send(broker, parish, user=ADMIN)

    until(lambda: parked(broker, parish) != [])

    refused = f"{ADMIN} may not announce bell.rang.v1"
    assert parked(broker, parish) == [f"UnreadableMessageError: {refused}"]
    assert parish.heard() == []


def test_parked_mail_can_be_looked_at_often_and_handed_again_once_it_can_be_handled(
    broker: Broker, parish: Parish, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Relay(parish.bell, broker.url("bell"), give_up=pytest.fail)
    relay.start()
    rung = [parish.ring(loud=UNBEARABLE) for _ in range(3)]
    url = broker.url("ear")
    until(lambda: len(parked(broker, parish)) == 3)
    found = broker_mail.parked_mail(url, parish.ear)
    assert {(one.type, one.announcer, one.reason) for one in found} == {
        ("bell.rang.v1", "bell", "Permanent: too loud to bear")
    }
    seen = broker_mail.shown(url, parish.ear, found[0].message_id) or {}
    assert seen["fields"] == ["loud", "ring_id"]
    monkeypatch.setattr("parish.UNBEARABLE", -1)

    assert broker_mail.hand_again(url, parish.ear, found[0].message_id) == 1
    until(lambda: len(parish.heard()) == 1)
    assert broker_mail.hand_again(url, parish.ear) == 2

    until(lambda: parish.heard() == rung)
    assert parked(broker, parish) == []
    assert parish.rows(parish.ear, "inbox_failure") == []
    assert parish.rows(parish.ear, "alarms") == []
    relay.stop()


def test_what_is_handed_again_is_still_not_believed_from_the_wrong_sender(
    broker: Broker, parish: Parish, ear: Ear
) -> None:
    send(broker, parish, user=ADMIN)
    until(lambda: len(parked(broker, parish)) == 1)

    for _ in range(2):
        broker_mail.hand_again(broker.url("ear"), parish.ear)
        until(lambda: len(parked(broker, parish)) == 1)

    assert "may not announce" in parked(broker, parish)[0]
    assert parish.heard() == []


def test_a_message_that_kills_its_reader_every_time_is_parked_by_the_broker_and_alarmed(
    broker: Broker, parish: Parish
) -> None:
    send(broker, parish)
    with connected(broker.url("ear"), "the test") as connection:
        channel = connection.channel()
        for _ in range(DELIVERIES + 1):
            channel.basic_reject(taken(channel), requeue=True)  # as when its reader dies
    until(lambda: parked(broker, parish) == [broker_mail.ALONE])

    ear = Ear(parish.listener, broker.url("ear"))
    ear.start()
    until(lambda: [alarm.name for alarm in parish.rows(parish.ear, "alarms")] == ["parked_mail"])
    ear.stop()

    assert parish.heard() == []


def taken(channel: Any) -> int:
    """Take a message as soon as there is one; return its tag."""
    got: list[Any] = []
    until(lambda: got.append(channel.basic_get(work_queue("ear"))) or got[-1] is not None)
    tag: int = got[-1].delivery_tag
    return tag


def test_who_looks_for_mail_in_a_queue_that_is_gone_is_told_so_in_a_sentence(
    broker: Broker, parish: Parish
) -> None:
    with connected(broker.url(ADMIN), "the test") as connection:
        connection.default_channel.queue_delete(parked_queue("ear"))
    try:
        for look in (broker_mail.parked_mail, broker_mail.hand_again):
            with pytest.raises(BrokerRefusesError, match=r"no queue 'ear\.parked'"):
                look(broker.url("ear"), parish.ear)
    finally:
        topology.declare(broker.url(ADMIN), READERS)
