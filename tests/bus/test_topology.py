"""The map of the bus is declared once, and whoever looks is told what differs from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.broker import ADMIN, Broker
from shared.bus import topology
from shared.bus.connecting import connected
from shared.bus.topology import WrongTopologyError, depth

READERS: topology.Readers = {"guest": {"bell.rang.v1"}, "host": None}


@pytest.fixture
def url(broker: Broker) -> Iterator[str]:
    url = broker.url(ADMIN)
    yield url
    with connected(url, "the test") as connection:
        for queue in topology.queues(READERS):
            connection.default_channel.queue_delete(queue.name)


def test_what_was_declared_is_as_it_must_be_and_may_be_declared_again(url: str) -> None:
    topology.declare(url, READERS)
    topology.declare(url, READERS)

    assert topology.check(url, READERS) == []


def test_a_missing_queue_is_named(url: str) -> None:
    topology.declare(url, READERS)
    with connected(url, "the test") as connection:
        connection.default_channel.queue_delete("guest.work")

    assert topology.check(url, READERS) == ["queue guest.work is missing"]


def test_a_queue_with_another_argument_is_named_and_not_touched(url: str) -> None:
    with connected(url, "the test") as connection:
        arguments = {**topology.work_arguments("guest"), "x-delivery-limit": 3}
        connection.default_channel.queue_declare(
            "guest.work", durable=True, auto_delete=False, arguments=arguments
        )

    differs = "queue guest.work was made with another 'x-delivery-limit'"
    assert differs in topology.check(url, READERS)
    with pytest.raises(WrongTopologyError, match="x-delivery-limit"):
        topology.declare(url, READERS)


def test_a_service_may_look_without_an_administrators_rights(broker: Broker, url: str) -> None:
    topology.declare(url, READERS)
    with connected(url, "the test") as connection:
        connection.default_channel.queue_delete("host.parked")

    assert topology.check(broker.url("ear"), READERS) == ["queue host.parked is missing"]


def test_how_full_a_queue_is_can_be_asked(broker: Broker) -> None:
    with connected(broker.url("ear"), "the test") as connection:
        assert depth(connection, "ear.work") == topology.Depth(messages=0, consumers=0)
        assert depth(connection, "nobody.work") is None


def test_every_queue_argument_is_written_out() -> None:
    work, parked = topology.queues({"ear": {"bell.rang.v1"}})

    assert work.queue_arguments == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "parked",
        "x-dead-letter-routing-key": "ear",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert parked.queue_arguments["x-queue-type"] == "quorum"
    assert all(queue.durable and not queue.auto_delete for queue in (work, parked))
