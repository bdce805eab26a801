"""The carrier beside its floors: bare pika into a quorum queue, bare kombu out of one.

Each figure is taken with its floor in the same run, on the same broker and the same messages.
"""

from __future__ import annotations

import time
from typing import Any

import pika
from kombu import Connection, Consumer, Queue

WINDOW = 500
BODY = b'{"text":"' + b"x" * 380 + b'"}'


class BarePublisher:
    """Publish as fast as pika can, 500 in flight, settling by tag."""

    def __init__(self, url: str, queue: str, count: int, headers: dict[str, Any] | None) -> None:
        self._queue, self._count = queue, count
        self._properties = pika.BasicProperties(
            content_type="application/json", delivery_mode=2, headers=headers
        )
        self._sent = self._settled = 0
        self.rate = 0.0
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
            self._channel.basic_publish("", self._queue, BODY, self._properties)
            self._sent += 1

    def _on_settled(self, frame: Any) -> None:
        self._settled = frame.method.delivery_tag
        if self._settled == self._count:
            self.rate = self._count / (time.monotonic() - self._began)
            self._connection.close()
            self._connection.ioloop.stop()
        else:
            self._fill()


def bare_consume(url: str, queue: str, count: int) -> float:
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
        consumer = Consumer(channel, [Queue(queue)], on_message=taken, auto_declare=False)
        consumer.consume()
        began = time.monotonic()
        while seen < count:
            connection.drain_events(timeout=10)
        return count / (time.monotonic() - began)
