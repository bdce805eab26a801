"""The served hub given poison, a handler that kills, a queue too few and a binding too few."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pika
import pytest

from deploy.broker import Broker
from deploy.served.broker_users import administrator_of
from deploy.served.opening import module_of
from driving.census import SERVICES, Census
from driving.served import ServedHub
from shared.bus import broker_mail
from shared.bus.users import VHOST
from shared.clock import SystemClock
from tests.faults.crashing_worker import SUBJECT
from tests.faults.enduring import until
from tests.faults.served_apart import Apart
from tests.faults.served_ordeal import Ordeal
from tests.faults.served_poison import POISONS, READERS, SENDER, publish
from tests.faults.served_table import Table

pytestmark = pytest.mark.faults
PARKED = "SELECT message_id, error FROM inbox_failure"


@contextmanager
def administered(hub: ServedHub) -> Iterator[Any]:
    """Open a channel with an administrator's rights."""
    url = administrator_of(hub.plan.administrators["broker"])
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        yield connection.channel()


def alarms(census: Census, service: str) -> set[str]:
    return {row[0] for row in census.rows(service, "SELECT name FROM alarms")}


def told_by(hub: ServedHub, module: str, *words: str) -> tuple[int, str]:
    """Run an operator's tool; return its exit code and what it said."""
    before = len(hub.said())
    code = hub.operate(module, *words)
    return code, hub.said()[before:]


def repaired(hub: ServedHub, since: datetime) -> float:
    """Declare what is missing, send again what was announced meanwhile; return when it was done."""
    assert hub.operate("deploy.bus", "declare") == 0
    assert hub.operate("deploy.bus", "resend", "all", "--since", since.isoformat()) == 0
    return time.monotonic()


def test_poison_is_parked_alone_with_a_reason_and_an_alarm_and_harms_no_neighbour(
    beaten_hub: ServedHub, table: Table
) -> None:
    with Ordeal(beaten_hub, table, "poison published with a service's rights") as ordeal:
        for poison in POISONS:
            publish(beaten_hub.plan.brokers[SENDER], poison)
        for service in READERS:
            are_parked(ordeal.census, service)
        ordeal.endured(time.monotonic(), len(POISONS))
        code, said = told_by(beaten_hub, "deploy.bus", "parked")
        assert (code, f"{len(POISONS) * len(READERS)} messages are parked." in said) == (1, True)
        assert all(one.reason in said for one in POISONS)
        assert beaten_hub.readiness()[1]["status"] == "degraded"

        for service in READERS:
            assert discarded(beaten_hub, service, ordeal.census) == len(POISONS)

    assert beaten_hub.readiness()[1]["status"] == "ready"


def discarded(hub: ServedHub, service: str, census: Census) -> int:
    """Drop all that is parked for *service*, as `deploy.bus discard` does; return how much."""
    store = module_of(service).create_store(hub.plan.settings(), SystemClock())
    ids = {row[0] for row in census.rows(service, PARKED)}
    try:
        return broker_mail.discard(hub.plan.brokers[service], store, ids)
    finally:
        store.close()


def are_parked(census: Census, service: str) -> None:
    """Wait until all the poison is parked for *service*, each with its reason, under an alarm."""
    wanted = {f"UnreadableMessageError: {one.reason}" for one in POISONS}
    until(lambda: {row[1] for row in census.rows(service, PARKED)} == wanted, "parked")
    assert "parked_mail" in alarms(census, service)


def test_a_message_whose_handler_kills_the_process_is_parked_alone_and_can_be_handed_again(
    beaten_hub: ServedHub, table: Table, *, long: bool
) -> None:
    with Ordeal(beaten_hub, table, "handler that kills its process") as ordeal:
        if not long:
            fewer_deliveries(beaten_hub)
        beaten_hub.stop_program("work-matching")
        deadly = ordeal.submitted()
        deaths = crashes(beaten_hub, ordeal.census, deadly)
        began = time.monotonic()
        beaten_hub.start_program("work-matching")
        ordeal.endured(began, deaths)
        until(lambda: "parked_mail" in alarms(ordeal.census, "matching"), "alarmed", 60)
        code, said = told_by(beaten_hub, "deploy.bus", "parked")
        assert (code, "\n1 message is parked." in said) == (1, True), said
        assert "its reader died with it again and again" in said

        assert beaten_hub.operate("deploy.bus", "replay", "matching") == 0
        ordeal.is_told(deadly)
        until(lambda: not alarms(ordeal.census, "matching"), "the alarm is gone", 60)


def fewer_deliveries(hub: ServedHub) -> None:
    """Let the broker park what killed its reader four times: each death costs seconds."""
    broker = Broker(hub.plan.folder / "broker")
    limit = ("deaths", "^matching.work$", '{"delivery-limit": 3}', "--apply-to", "queues")
    broker.control("set_policy", "-p", VHOST, *limit)


def crashes(hub: ServedHub, census: Census, deadly: str) -> int:
    """Run a worker that dies of *deadly*, again and again until it does not; return how often."""
    module = "tests.faults.crashing_worker"
    with Apart(hub, "matching", module=module, environment={SUBJECT: deadly}) as worker:
        deaths = 0
        before = heard(census)
        while not (heard(census) > before and depth(hub, "matching.parked")):
            if worker.process.poll() is not None:
                deaths += 1
                worker.start()
            time.sleep(0.05)
    return deaths


def heard(census: Census) -> int:
    return census.count("matching", "SELECT count(*) FROM inbox")


def depth(hub: ServedHub, queue: str) -> int:
    with administered(hub) as channel:
        count: int = channel.queue_declare(queue, passive=True).method.message_count
        return count


def test_a_queue_deleted_under_us_is_named_and_what_was_lost_with_it_is_sent_again(
    beaten_hub: ServedHub, table: Table, *, long: bool
) -> None:
    # An address that was released into notify's queue is never sent twice: notify asks again when
    # it has waited long enough, which takes minutes.
    owner = "notify" if long else "matching"
    since = datetime.now(UTC)
    with Ordeal(beaten_hub, table, f"{owner}'s queue deleted") as ordeal:
        with administered(beaten_hub) as channel:
            channel.queue_delete(f"{owner}.work")
        until(lambda: "queue_missing" in alarms(ordeal.census, owner), "alarmed")
        code, said = told_by(beaten_hub, "deploy.doctor")
        assert (code, f"{owner}.work is missing" in said) == (1, True), said

        ordeal.endured(repaired(beaten_hub, since))
        until(lambda: not alarms(ordeal.census, owner), "the alarm is gone")


def test_what_no_queue_wants_stays_with_its_owner_under_an_alarm_until_it_can_be_sent(
    beaten_hub: ServedHub, table: Table
) -> None:
    unsent = "SELECT 1 FROM outbox WHERE published_at IS NULL AND not_before IS NOT NULL"
    since = datetime.now(UTC)
    # Bindings go one by one: what is sent meanwhile reaches some, and an address is sent once.
    Census.of(beaten_hub).until_settled()
    with administered(beaten_hub) as channel:
        channel.exchange_delete("events")
        channel.exchange_declare("events", "topic", durable=True)
    with Ordeal(beaten_hub, table, "exchange without bindings") as ordeal:
        until(lambda: refusing(ordeal.census), "alarmed")
        (service, *_) = refusing(ordeal.census)
        assert ordeal.census.rows(service, unsent)

        ordeal.endured(repaired(beaten_hub, since))
        until(lambda: not refusing(ordeal.census), "the alarms are gone", 60)


def refusing(census: Census) -> list[str]:
    """Return the services whose messages no queue wants."""
    return [service for service in SERVICES if "messages_refused" in alarms(census, service)]
