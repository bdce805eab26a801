"""Both ways to carry messages, with the same three verbs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from deploy.broker import Broker
from driving.waiting import looks
from parish import ANNOUNCERS, Parish
from shared.bus import Worker
from shared.bus.consumer import Consumer
from shared.bus.embedded import EmbeddedBus
from shared.bus.relay import Relay
from shared.storage import Store


class Carrier(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...

    def paused(self) -> list[str]: ...


class Ear(threading.Thread):
    """A consumer on a thread of its own, that remembers why it gave up."""

    def __init__(self, worker: Worker, url: str) -> None:
        super().__init__(daemon=True)
        self.worker, self.stopping = worker, threading.Event()
        self.gave_up: list[Exception] = []
        self.consumer = Consumer(worker, url, allowed=ANNOUNCERS, give_up=self.gave_up.append)

    def run(self) -> None:
        self.consumer.run(self.stopping)

    def stop(self) -> None:
        self.stopping.set()
        self.join(10)


class Mouth(Relay):
    """A relay that remembers why it gave up."""

    def __init__(self, store: Store[Any], url: str) -> None:
        self.gave_up: list[Exception] = []
        super().__init__(store, url, give_up=self.gave_up.append)


class Served:
    """A relay and a consumer for each of the two services, on a real broker."""

    def __init__(self, parish: Parish, broker: Broker) -> None:
        self.relays = [Mouth(store, broker.url(store.service)) for store in parish.stores]
        self.ears = [Ear(worker, broker.url(worker.name)) for worker in parish.workers]

    def start(self) -> None:
        for part in (*self.ears, *self.relays):
            part.start()

    def stop(self) -> None:
        for part in (*self.relays, *self.ears):
            part.stop()
        assert [part.gave_up for part in (*self.relays, *self.ears) if part.gave_up] == []

    def paused(self) -> list[str]:
        return [ear.worker.name for ear in self.ears if ear.consumer.paused]


def embedded(parish: Parish, _request: pytest.FixtureRequest) -> Carrier:
    return EmbeddedBus(parish.stores, parish.workers)


def served(parish: Parish, request: pytest.FixtureRequest) -> Carrier:
    return Served(parish, request.getfixturevalue("broker"))


CARRIERS: dict[str, Callable[[Parish, pytest.FixtureRequest], Carrier]] = {
    "embedded": embedded,
    "rabbitmq-sqlite": served,
    "rabbitmq-postgresql": served,
}


def until(condition: Callable[[], bool], seconds: float = 90.0) -> None:
    if not any(condition() for _ in looks(seconds)):
        pytest.fail("waited in vain")
