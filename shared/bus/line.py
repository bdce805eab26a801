"""The relay's line to RabbitMQ: what is sent on it is settled by tag, never by count.

Promise: a message is told as taken only when the broker confirmed its own tag and did not return
it first. When the broker closes or says nothing, the line breaks; it is never mended.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from pika import SelectConnection, URLParameters
from pika.spec import Basic

from shared.bus.connecting import HEARTBEAT, BrokerLostError
from shared.bus.topology import EVENTS
from shared.bus.wire import properties_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from pika import BasicProperties
    from pika.channel import Channel
    from pika.frame import Method

    Row = dict[str, Any]

SILENCE = 10.0  # seconds without a verdict on what is in flight: the queue may have no leader
LOOK = 1.0
SLICE = 50  # messages written to the socket in one piece


class Hearing(Protocol):
    """Who is told what happens on the line."""

    def ready(self) -> None:
        """Begin: it may be sent on."""

    def settled(self, taken: Sequence[Row], refused: Sequence[Row]) -> None:
        """Everything that was sent has its verdict."""

    def blocked(self, *, now: bool) -> None:
        """Know whether the broker takes nothing for the time being."""


class _Gathering(SelectConnection):  # type: ignore[misc]  # pika has no types
    """Sends what belongs together in one piece; pika alone makes three system calls a message."""

    _gathered: list[bytes] | None = None

    def _adapter_emit_data(self, data: bytes) -> None:
        if self._gathered is None:
            super()._adapter_emit_data(data)
        else:
            self._gathered.append(data)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Hold back what is sent until the block ends."""
        gathered: list[bytes] = []
        self._gathered = gathered
        try:
            yield
        finally:
            self._gathered = None
        self._adapter_emit_data(b"".join(gathered))


@dataclass(slots=True)
class Batch:
    """What was sent together, and what became of it so far."""

    pending: int
    taken: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


class Line:
    """One connection and channel with confirms; call `run`, and `send` once it is ready."""

    def __init__(self, url: str, hearing: Hearing, *, service: str, epoch: UUID) -> None:
        self.batches: deque[Batch] = deque()
        self._in_flight: dict[int, tuple[Row, Batch]] = {}
        self._unsent: deque[Row] = deque()
        self._hearing = hearing
        user = unquote(urlsplit(url).username or "")
        self._properties = partial(properties_of, service=service, epoch=epoch, user=user)
        self._returned: set[str] = set()
        self._tag, self._heard, self._blocked = 0, 0.0, False
        self._channel: Any = None
        self._closing = False
        self._lost: Exception | None = None
        parameters = URLParameters(url)
        parameters.heartbeat = HEARTBEAT
        self._connection = _Gathering(
            parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._broke,
            on_close_callback=self._broke,
        )
        loop = self._connection.ioloop
        self.later, self.forget = loop.call_later, loop.remove_timeout
        self.call = loop.add_callback_threadsafe

    def run(self) -> None:
        """Serve the line until it is closed; raise BrokerLostError when it breaks."""
        self._connection.ioloop.start()
        if self._lost is not None:
            raise BrokerLostError("the broker is lost") from self._lost

    def send(self, rows: Sequence[Row]) -> None:
        """Send *rows* after all before them; their verdict comes when all of them have theirs."""
        if not self._in_flight:
            self._heard = monotonic()
        batch = Batch(len(rows))
        self.batches.append(batch)
        self._in_flight.update((tag, (row, batch)) for tag, row in enumerate(rows, self._tag + 1))
        self._tag += len(rows)
        is_sending = bool(self._unsent)
        self._unsent.extend(rows)
        if not is_sending:
            self._send_slice()

    def _send_slice(self) -> None:
        """Send some and let the socket have them while the next are made ready."""
        with self._connection.gathering():
            for _ in range(min(SLICE, len(self._unsent))):
                row = self._unsent.popleft()
                self._channel.basic_publish(
                    EVENTS, row["type"], row["body"], self._properties(row), mandatory=True
                )
        if self._unsent:
            self.later(0, self._send_slice)

    def close(self) -> None:
        """Say goodbye to the broker; `run` returns when it has answered."""
        self._closing = True
        if self._connection.is_open:
            self._connection.close()
        else:
            self._connection.ioloop.stop()

    def cut(self) -> None:
        """Return from `run` without a goodbye: one may take minutes."""
        self._closing = True
        self._connection.ioloop.stop()

    def _opened(self, connection: SelectConnection) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._set_blocked(now=True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._set_blocked(now=False))
        connection.channel(on_open_callback=self._prepare)

    def _prepare(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._broke)
        channel.add_on_return_callback(self._on_returned)
        channel.confirm_delivery(self._on_settled, callback=lambda _: self._begin())

    def _begin(self) -> None:
        self._watch()
        self._hearing.ready()

    def _on_returned(
        self, _channel: Channel, _method: Basic.Return, properties: BasicProperties, _body: bytes
    ) -> None:
        """Note that no queue wants a message; its confirm follows all the same."""
        self._returned.add(properties.message_id or "")

    def _on_settled(self, frame: Method) -> None:
        """Take note of the broker's verdict, which may cover many messages at once."""
        verdict = frame.method
        self._heard = monotonic()
        confirmed = isinstance(verdict, Basic.Ack)
        for row, batch in self._upto(verdict.delivery_tag, multiple=verdict.multiple):
            came_back = self._returned and str(row["message_id"]) in self._returned
            (batch.taken if confirmed and not came_back else batch.refused).append(row)
            batch.pending -= 1
        while self.batches and not self.batches[0].pending:
            batch = self.batches.popleft()
            self._returned.difference_update(str(row["message_id"]) for row in batch.refused)
            self._hearing.settled(batch.taken, batch.refused)

    def _upto(self, tag: int, *, multiple: bool) -> list[tuple[Row, Batch]]:
        """Take off the line the messages a verdict covers: one, or all up to its tag."""
        if not multiple:
            return [self._in_flight.pop(tag)] if tag in self._in_flight else []
        covered = list(takewhile(lambda known: known <= tag, self._in_flight))
        return [self._in_flight.pop(known) for known in covered]

    def _set_blocked(self, *, now: bool) -> None:
        self._blocked, self._heard = now, monotonic()
        self._hearing.blocked(now=now)

    def _watch(self) -> None:
        waiting = bool(self._in_flight) and not self._blocked
        if waiting and monotonic() - self._heard > SILENCE:
            self._broke(None, BrokerLostError("no verdict on what is in flight"))
        else:
            self.later(LOOK, self._watch)

    def _broke(self, _what: object, error: Exception) -> None:
        if not self._closing:
            self._lost = self._lost or error
        self._connection.ioloop.stop()
