"""One real RabbitMQ node per test worker, started by the first test that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carriers import CARRIERS, Carrier
from deploy.broker import ADMIN, Broker
from driving.databases import Places
from parish import ANNOUNCERS, READERS, Parish
from shared.bus import topology
from shared.bus.catalogue import ALL_SERVICES
from shared.bus.connecting import connected
from shared.bus.users import announcers, bus_users


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    allowed = {**announcers(), **ANNOUNCERS}
    users = bus_users(("bell", "ear", *ALL_SERVICES), allowed)
    broker = Broker(tmp_path_factory.mktemp("rabbitmq"), users)
    broker.start()
    topology.declare(broker.url(ADMIN), READERS)
    yield broker
    broker.stop()


@pytest.fixture
def broker(running_broker: Broker) -> Broker:
    """The node, with empty queues."""
    with connected(running_broker.url(ADMIN), "the test") as connection:
        for queue in topology.queues(READERS):
            connection.default_channel.queue_purge(queue.name)
    return running_broker


@pytest.fixture(params=list(CARRIERS))
def deployment(request: pytest.FixtureRequest) -> str:
    """A carrier and a storage that go together."""
    return str(request.param)


@pytest.fixture
def places(deployment: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    if not deployment.endswith("postgresql"):
        yield Places(tmp_path, None)
        return
    databases = request.getfixturevalue("databases")
    yield Places(tmp_path, databases)
    databases.take_back()


@pytest.fixture
def parish(places: Places) -> Iterator[Parish]:
    parish = Parish(places)
    yield parish
    parish.bell.close()
    parish.ear.close()


@pytest.fixture
def carry(
    deployment: str, parish: Parish, request: pytest.FixtureRequest
) -> Iterator[Callable[[Parish], Carrier]]:
    """Start a carrier for a parish; it is stopped before the databases are closed."""
    started: list[Carrier] = []

    def start(parish: Parish) -> Carrier:
        carrier = CARRIERS[deployment](parish, request)
        carrier.start()
        started.append(carrier)
        return carrier

    yield start
    for carrier in started:
        carrier.stop()


@pytest.fixture
def bus(carry: Callable[[Parish], Carrier], parish: Parish) -> Carrier:
    return carry(parish)
