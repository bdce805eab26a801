"""On the broker each service may only be itself."""

from __future__ import annotations

from collections.abc import Callable

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from deploy.broker import ADMIN, Broker
from shared.bus.catalogue import ALL_SERVICES, CATALOGUE
from shared.bus.topology import work_queue
from shared.bus.users import bus_users


def refused(broker: Broker, user: str, act: Callable[[pika.channel.Channel], object]) -> int:
    """Return the code with which the broker ends what *user* tries."""
    with pika.BlockingConnection(pika.URLParameters(broker.url(user))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        with pytest.raises(ChannelClosedByBroker) as closed:
            act(channel)
    code: int = closed.value.reply_code
    return code


def says(exchange: str, key: str, user: str) -> Callable[[pika.channel.Channel], object]:
    properties = pika.BasicProperties(user_id=user)
    return lambda channel: channel.basic_publish(exchange, key, b"{}", properties)


def test_a_service_that_announces_anothers_event_is_refused(broker: Broker) -> None:
    assert refused(broker, "intake", says("events", "referral.sent.v1", "intake")) == 403
    assert refused(broker, "notify", says("events", "request.submitted.v1", "notify")) == 403
    assert refused(broker, "ear", says("events", "bell.rang.v1", "ear")) == 403


def test_a_type_is_allowed_by_its_whole_name_and_no_more(broker: Broker) -> None:
    assert refused(broker, "bell", says("events", "bell.rang.v10", "bell")) == 403
    assert refused(broker, "bell", says("events", "x.bell.rang.v1", "bell")) == 403


def test_a_service_that_says_it_is_another_is_refused(broker: Broker) -> None:
    assert refused(broker, "bell", says("events", "bell.rang.v1", "ear")) == 406


def test_a_service_that_reads_anothers_queue_is_refused(broker: Broker) -> None:
    queue = work_queue("bell")

    assert refused(broker, "ear", lambda channel: channel.basic_get(queue)) == 403
    assert refused(broker, "ear", lambda channel: channel.basic_consume(queue, print)) == 403
    assert refused(broker, "ear", lambda channel: channel.basic_get("bell.parked")) == 403


def test_a_service_that_puts_mail_past_the_exchange_is_refused(broker: Broker) -> None:
    assert refused(broker, "ear", says("", "bell.work", "ear")) == 403
    assert refused(broker, "ear", says("parked", "bell", "ear")) == 403
    assert refused(broker, "ear", says("again", "bell", "ear")) == 403


def test_a_service_changes_nothing_about_the_queues(broker: Broker) -> None:
    assert refused(broker, "ear", lambda channel: channel.queue_delete("ear.work")) == 403
    assert refused(broker, "ear", lambda channel: channel.queue_declare("ear.more")) == 403
    bind = refused(broker, "ear", lambda c: c.queue_bind("ear.work", "events", "ear.heard.v1"))
    assert bind == 403


def test_every_type_of_the_catalogue_may_be_announced_by_its_announcers_alone() -> None:
    allowed = {user.name: set(user.announces) for user in bus_users()}

    assert set(allowed) == set(ALL_SERVICES)
    for kind, entry in CATALOGUE.items():
        assert {name for name in allowed if kind in allowed[name]} == set(entry.announcers), kind


def test_the_node_listens_on_loopback_and_keeps_its_secrets(broker: Broker) -> None:
    assert "@127.0.0.1:" in broker.url(ADMIN)
    for file in ("node.json", "definitions.json", ".erlang.cookie"):
        assert (broker.folder / file).stat().st_mode & 0o077 == 0, file
    assert broker.node.passwords["ear"] not in repr(broker.node)
