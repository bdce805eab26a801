"""The carrier beside its floors: bare pika into a quorum queue, bare kombu out of one.

Each figure is taken with its floor in the same run, on the same broker and the same messages;
`relay_ratio` and `consumer_ratio` return ours as a share of the floor and print both.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path
from threading import Event
from typing import Any

import pika
from kombu import Connection, Queue
from kombu import Consumer as Subscription

from deploy.broker import ADMIN, Broker
from parish import BellRang, Parish, Rang, rings
from shared.bus import Worker, topology
from shared.bus.consumer import Consumer
from shared.bus.pace import Company
from shared.bus.relay import Relay
from shared.bus.users import BusUser
from shared.bus.wire import properties_of
from shared.ids import new_id
from tests.bench.pace import spent

WINDOW, AT_ONCE = 500, 1000
TYPE = "bell.rang.v1"
ALLOWED = {TYPE: frozenset({"bell"})}
USERS = [BusUser("bell", (TYPE,)), BusUser("ear", ())]
READERS = {"ear": {TYPE}, "floor": {TYPE}}


class BarePublisher:
    """Publish as fast as pika can, 500 in flight, settling by tag."""

    exchange, key = "", topology.work_queue("floor")

    def __init__(self, url: str, count: int, properties: pika.BasicProperties, body: bytes) -> None:
        self._count, self._properties, self._body = count, properties, body
        self._sent = self._settled = 0
        self._began = self.rate = 0.0
        self._channel: Any = None
        self._connection = pika.SelectConnection(
            pika.URLParameters(url), on_open_callback=lambda c: c.channel(on_open_callback=self._go)
        )

    def run(self) -> float:
        self._connection.ioloop.start()
        return self.rate

    def _go(self, channel: Any) -> None:
        self._channel = channel
        channel.confirm_delivery(self._on_settled, callback=lambda _: self._fill())
        self._began = time.monotonic()

    def _fill(self) -> None:
        while self._sent < self._count and self._sent - self._settled < WINDOW:
            self._channel.basic_publish(self.exchange, self.key, self._body, self._properties)
            self._sent += 1

    def _on_settled(self, frame: Any) -> None:
        self._settled = frame.method.delivery_tag
        if self._settled == self._count:
            self.rate = self._count / (time.monotonic() - self._began)
            self._connection.ioloop.stop()
        else:
            self._fill()


class BareAnnouncer(BarePublisher):
    """The same, into two queues at once: as many as hear of an event of ours, on average."""

    exchange, key = topology.EVENTS, TYPE


class TimedRelay(Relay):
    """The relay as it is, that stops once it has sent so many."""

    count, began, seconds = 0, 0.0, 0.0

    def ready(self) -> None:
        self.began = time.monotonic()
        super().ready()

    def settled(self, taken: Any, refused: Any) -> None:
        assert not refused
        self.count -= len(taken)
        if self.count <= 0:
            self.seconds = time.monotonic() - self.began
            self._stopping.set()
        super().settled(taken, refused)


def bare_consume(url: str, count: int) -> float:
    """Return messages a second that kombu takes with prefetch 300 and an ack per 100."""
    seen = 0

    def taken(message: Any) -> None:
        nonlocal seen
        seen += 1
        if seen % 100 == 0:
            message.channel.basic_ack(message.delivery_tag, multiple=True)

    with Connection(url) as connection:
        channel = connection.default_channel
        channel.basic_qos(0, 300, False)
        subscription = Subscription(
            channel, [Queue("floor.work")], on_message=taken, auto_declare=False
        )
        subscription.consume()
        began = time.monotonic()
        while seen < count:
            connection.drain_events(timeout=10)
        rate = count / (time.monotonic() - began)
        subscription.cancel()
    return rate


def consume(parish: Parish, url: str, count: int) -> float:
    """Return messages a second that the consumer turns into one row each."""
    stop, seen, last = Event(), 0, 0.0

    def note(event: Rang, tx: Any) -> None:
        tx.insert(rings, ring_id=event.ring_id, loud=event.loud)

    class Counting(Worker):
        def deliver(self, messages: Any) -> Any:
            nonlocal seen, last
            parked = super().deliver(messages)
            seen, last = seen + len(messages), time.monotonic()
            if seen >= count:
                stop.set()
            return parked

    worker = Counting("ear", parish.ear, handlers={Rang: note}, company=Company(most=300))
    began = time.monotonic()
    Consumer(worker, url, allowed=ALLOWED, give_up=_fail).run(stop)
    return count / (last - began)


def relay_ratio(broker: Broker, folder: Path, count: int = 3000, rounds: int = 3) -> float:
    """Empty an outbox into a queue, and fill the queue bare; return our share of the floor.

    In turn, several times: the best of each is what the least disturbed of them could do.
    """
    parish = Parish(folder)
    floor = ours = 0.0
    for _ in range(rounds):
        announce(parish, count)
        properties, body = a_message(parish)
        floor = max(floor, BarePublisher(broker.url(ADMIN), count, properties, body).run())
        ours = max(ours, relay(parish, broker, count))
    print(f"relay {ours:.0f}/s, bare pika {floor:.0f}/s: {ours / floor:.0%}")
    return ours / floor


def relay(parish: Parish, broker: Broker, count: int) -> float:
    """Return messages a second that the relay takes from the outbox to the broker."""
    relay = TimedRelay(parish.bell, broker.url("bell"), give_up=_fail)
    relay.count = count
    relay.run()
    return count / relay.seconds


def consumer_ratio(broker: Broker, folder: Path, count: int = 3000, rounds: int = 3) -> float:
    """Take equal messages with a one-row effect and bare; return our share of the floor."""
    parish = Parish(folder)
    floor = ours = 0.0
    for _ in range(rounds):
        announce(parish, count)
        relay(parish, broker, count)
        floor = max(floor, bare_consume(broker.url(ADMIN), count))
        ours = max(ours, consume(parish, broker.url("ear"), count))
    print(f"consumer {ours:.0f}/s, bare kombu {floor:.0f}/s: {ours / floor:.0%}")
    return ours / floor


def message_costs(broker: Broker, folder: Path, count: int = 6000) -> tuple[float, float]:
    """Return the processor milliseconds of one event sent bare, and of one delivery taken bare."""
    parish, node = Parish(folder), [int((broker.folder / "pid").read_text())]
    announce(parish, AT_ONCE)
    properties, body = a_message(parish)
    sender = BareAnnouncer(broker.url(ADMIN), count, properties, body)
    sent = spent(node, sender.run)
    taken = spent(node, lambda: bare_consume(broker.url(ADMIN), count))
    return sent / count, taken / count


def announce(parish: Parish, count: int) -> None:
    """Fill the outbox."""
    for _ in range(count // AT_ONCE):
        with parish.bell.begin() as tx:
            for _ in range(AT_ONCE):
                tx.announce(BellRang(new_id(), 1))


def a_message(parish: Parish) -> tuple[pika.BasicProperties, bytes]:
    """Return what the relay would send, for the floor to send the same."""
    with parish.bell.read() as tx:
        row = dict(tx.mappings(tx.table("outbox").select().limit(1))[0])
    ours = properties_of(row, service="bell", epoch=parish.bell.epoch, user=ADMIN)
    return pika.BasicProperties(**vars(ours)), row["body"]


def declare(broker: Broker) -> None:
    """Make fresh queues for a measurement, and begin it as a served worker begins."""
    gc.collect()
    gc.freeze()
    url = broker.url(ADMIN)
    with Connection(url) as connection:
        for service in READERS:
            connection.default_channel.queue_delete(topology.work_queue(service))
    topology.declare(url, READERS)


def _fail(error: Exception) -> None:
    raise error


def main() -> int:
    """Measure both and return 1 if a promise was missed."""
    with tempfile.TemporaryDirectory(prefix="onward-bus-") as name:
        folder = Path(name)
        with Broker(folder / "broker", USERS) as broker:
            declare(broker)
            relayed = relay_ratio(broker, folder / "relay")
            declare(broker)
            consumed = consumer_ratio(broker, folder / "consumer")
    return 0 if min(relayed, consumed) >= 0.5 else 1


if __name__ == "__main__":
    sys.exit(main())
