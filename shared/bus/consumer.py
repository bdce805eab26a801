"""Take what RabbitMQ has for one service to its worker, in batches.

Promise: a delivery is acknowledged only after its effect is committed, and parked alone when it
cannot be handled. When the database cannot be used, nothing is returned or lost: reading stops,
the batch is kept and tried again. When the broker is lost, the process ends and is started again.
"""

from __future__ import annotations

import random
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from amqp.exceptions import AccessRefused, NotFound

from shared.bus.caution import Caution
from shared.bus.connecting import (
    HEARTBEAT,
    LOST,
    BrokerLostError,
    BrokerRefusesError,
    QueueMissingError,
    leave,
    origin_of,
    reached,
)
from shared.bus.draining import Drain
from shared.bus.envelope import UnreadableMessageError
from shared.bus.pace import Pace
from shared.bus.parked_alarm import ParkedAlarm
from shared.bus.reading import Reader, headers_in, identity, kind_of
from shared.bus.topology import work_queue
from shared.bus.users import announcers
from shared.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    from amqp.basic_message import Message as Delivery
    from kombu.connection import Connection

    from shared.bus.envelope import Message
    from shared.bus.worker import Worker

IDLE = 0.2  # seconds between two looks at whether we are to stop
BEAT = HEARTBEAT / 4
LONGEST_PAUSE, PATIENCE = 5.0, 600.0  # seconds; RabbitMQ cuts us off after 30 minutes
LIVELY = 5.0
FAREWELL = 5.0  # seconds for what is in hand when we are to stop
log = structlog.get_logger("onward.bus")


class Consumer:
    """One service's ear on the broker: call `run` from a thread that does nothing else."""

    def __init__(
        self,
        worker: Worker,
        url: str,
        *,
        origin: str | None = None,
        allowed: Mapping[str, frozenset[str]] | None = None,
        give_up: Callable[[Exception], object] = leave,
    ) -> None:
        self.paused = False
        self._worker, self._url = worker, url
        self._origin = origin or origin_of(worker.name)
        self._give_up = give_up
        self._reader = Reader(worker.name, announcers() if allowed is None else allowed)
        self._pace, self._alarm = Pace(worker.company, calm=0), ParkedAlarm(worker)
        self._caution = Caution(worker.company.most)
        self._waiting: list[Delivery] = []
        self._since = self._turned = self._beat_at = 0.0
        self._connection: Any = None
        self._channel: Any = None
        self._subscription: Any = None
        self._drain: Any = None

    def alive(self) -> bool:
        """Tell whether we are subscribed, and went round within the last seconds."""
        return self._subscription is not None and monotonic() - self._turned < LIVELY

    def run(self, stop: Event) -> None:
        """Consume until told to stop; give up when the broker is lost."""
        try:
            connection = reached(self._url, self._origin, stop)
            if connection is not None:
                self._subscribe(connection)
                self._consume(stop)
                self._leave()
        except LOST as error:
            lost = BrokerLostError(f"the broker is lost to {self._worker.name}")
            lost.__cause__ = error
            if not stop.is_set():  # or what is lost is only the goodbye
                self._end(lost)
        except Exception as error:  # noqa: BLE001 - the process ends, and says why
            self._end(error)
        finally:
            self._subscription = None

    def _end(self, error: Exception) -> None:
        """Give up; where that does not end the process, let go of the socket as its end would."""
        self._give_up(error)
        if self._connection is not None:
            self._connection.collect()

    def _subscribe(self, connection: Connection) -> None:
        self._connection, self._channel = connection, connection.channel()
        self._drain = Drain(connection)
        self._channel.auto_decode = False  # a body is bytes, whatever it says of itself
        queue = work_queue(self._worker.name)
        try:
            self._listen()
        except NotFound as error:
            self._alarm.missing(missing=True)
            raise QueueMissingError(f"the queue {queue} is missing; declare it") from error
        except AccessRefused as error:
            why = f"the user in {self._origin} may not read the queue {queue}"
            raise BrokerRefusesError(why) from error
        self._alarm.missing(missing=False)

    def _listen(self) -> None:
        """Subscribe below kombu's Consumer: its own message class costs as much as a handler."""
        queue = work_queue(self._worker.name)
        self._channel.basic_qos(0, self._caution.ahead, False)  # noqa: FBT003 - AMQP's order
        self._subscription = self._channel.basic_consume(queue, callback=self._take)

    def _stop_listening(self) -> None:
        self._channel.basic_cancel(self._subscription)

    def _take(self, delivery: Delivery) -> None:
        if not self._waiting:
            self._since = monotonic()
        self._waiting.append(delivery)

    def _consume(self, stop: Event) -> None:
        while not stop.is_set():
            self._turned = monotonic()
            self._gather()
            if self._waiting and (self._is_full() or self._pace.wait(self._since) <= 0):
                self._settle_patiently(stop)
            self._beat()

    def _gather(self) -> None:
        """Read from the broker until a batch is full or has waited long enough."""
        try:
            while not self._is_full():
                left = self._pace.wait(self._since) if self._waiting else IDLE
                self._drain.next(max(0.0005, left))
        except TimeoutError:
            return

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._caution.size

    def _settle_patiently(self, stop: Event) -> None:
        ahead = self._caution.ahead
        try:
            self._settle()
        except Transient as error:
            self._hold(error, stop)
        else:
            if self._caution.ahead != ahead:  # how much counts only for a new subscription
                self._stop_listening()
                self._listen()

    def _settle(self) -> None:
        """Handle the oldest batch, then tell the broker: what is parked alone, the rest at once."""
        self._pace.leave()
        batch = self._waiting[: self._caution.size]
        messages, bad = self._read(batch)
        parked = self._worker.deliver([one for one in messages.values() if self._is_for_us(one)])
        for delivery, error in bad.values():
            headers = headers_in(delivery)
            self._worker.set_aside(identity(headers, delivery.body), kind_of(headers), error)
        bad_tags = {tag for tag, one in messages.items() if one.id in parked} | bad.keys()
        self._answer(batch, bad_tags)
        self._caution.settled(batch)
        del self._waiting[: len(batch)]
        self._since = monotonic()
        self._pace.note(len(batch))

    def _read(
        self, batch: Sequence[Delivery]
    ) -> tuple[dict[int, Message], dict[int, tuple[Delivery, UnreadableMessageError]]]:
        messages, bad = {}, {}
        for delivery in batch:
            try:
                messages[delivery.delivery_tag] = self._reader.read(delivery)
            except UnreadableMessageError as error:
                bad[delivery.delivery_tag] = delivery, error
        return messages, bad

    def _is_for_us(self, message: Message) -> bool:
        """Tell whether we hear this type; a binding outlives the version that needed it."""
        return self._worker.hears(message.type)

    def _answer(self, batch: Sequence[Delivery], parked: set[int]) -> None:
        for tag in sorted(parked):
            self._channel.basic_reject(tag, requeue=False)
        done = [delivery.delivery_tag for delivery in batch if delivery.delivery_tag not in parked]
        if done:
            self._channel.basic_ack(done[-1], multiple=True)

    def _hold(self, error: Transient, stop: Event) -> None:
        """Keep the batch and read no more until it can be handled."""
        self._stop_listening()
        self.paused, pause, since = True, 0.1, monotonic()
        while not stop.is_set():
            log.error(
                "subscriber_paused", subscriber=self._worker.name, seconds=pause, exc_info=error
            )
            if monotonic() - since > PATIENCE:
                raise error
            self._rest(pause * random.uniform(0.5, 1.0), stop)  # noqa: S311 - spreads retries
            pause = min(LONGEST_PAUSE, pause * 2)
            try:
                self._settle()
            except Transient as again:
                error = again
            else:
                self.paused = False
                self._listen()
                return

    def _rest(self, seconds: float, stop: Event) -> None:
        """Wait, and let the broker see that we are alive."""
        until = monotonic() + seconds
        while monotonic() < until and not stop.is_set():
            self._turned = monotonic()
            self._beat()
            try:
                self._drain.next(min(IDLE, max(0.001, until - monotonic())))
            except TimeoutError:
                continue

    def _beat(self) -> None:
        """Send heartbeats on a clock: py-amqp sends none of itself."""
        if monotonic() - self._beat_at > BEAT:
            self._beat_at = monotonic()
            self._connection.heartbeat_check()
            self._alarm.look(self._connection)

    def _leave(self) -> None:
        """Handle what is in hand, for the broker counts what is returned as it counts a death.

        What there is no time for, or no database, it gives to the next who asks.
        """
        if not self.paused:
            self._stop_listening()
            until = monotonic() + FAREWELL
            with suppress(Transient):
                while self._waiting and monotonic() < until:
                    self._settle()
        self._connection.release()
