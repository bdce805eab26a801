"""What must exist before the first served process starts: databases, users, queues, a partnership.

Promise: everything here may be done again; what exists is left as it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

from deploy import broker, database, roles
from deploy.served import SERVICES
from deploy.served.broker_users import administrator_of, declare_users
from deploy.served.opening import module_of, opened
from deploy.served.plan import external
from deploy.served.supervising import until
from shared.bus import topology
from shared.bus.connecting import connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from deploy.served.plan import Plan
    from shared.settings import Settings
    from shared.storage import Store

STARTS_WITHIN = 90.0


def administrators(folder: Path) -> dict[str, str]:
    """Return the administrators' URLs: those that were named, or those of private servers.

    Those that were named wrongly are refused here, before anything is started or written. A
    private PostgreSQL is given its data folder here, a private RabbitMQ its configuration.
    """
    known = external()
    if "database" in known:
        roles.check(known["database"], "ONWARD_DATABASE_URL")
    if "broker" in known:
        connected(known["broker"], "ONWARD_AMQP_URL").release()
    if "database" not in known:
        known["database"] = database.Cluster(folder / "database").url
    if "broker" not in known:
        known["broker"] = broker.Broker(folder / "broker").url(broker.ADMIN)
    return known


def declare_all(plan: Plan) -> Plan:
    """Wait for both servers; make a role, a database and a broker user for each service."""
    known, folder = plan.administrators, plan.folder
    if "database" not in external():
        asked = known["database"]
        until(lambda: database.answers(asked), STARTS_WITHIN, "PostgreSQL does not answer")
    databases = {service: roles.declare(known["database"], service, folder) for service in SERVICES}
    if "broker" in external():
        brokers = declare_users(known["broker"], folder)
    else:
        node = broker.Broker(folder / "broker")
        until(lambda: broker.answers(known["broker"]), STARTS_WITHIN, "RabbitMQ does not answer")
        brokers = {service: node.url(service) for service in SERVICES}
    return plan.reaching(known, databases, brokers)


@contextmanager
def stores(settings: Settings) -> Iterator[Mapping[str, Store[Any]]]:
    """Open every service's database, led to this version's tables."""
    made: dict[str, Store[Any]] = {}
    try:
        for service in SERVICES:
            store = opened(service, settings, Event())
            if store is not None:
                made[service] = store
        yield made
    finally:
        for store in made.values():
            store.close()


def declare_queues(plan: Plan, settings: Settings, opened_stores: Mapping[str, Store[Any]]) -> None:
    """Declare exchanges, queues and bindings: what each service hears, and no service declares."""
    readers = {
        service: module_of(service).create_worker(settings, store).types
        for service, store in opened_stores.items()
    }
    topology.declare(administrator_of(plan.administrators["broker"]), readers)


def load_demonstration(settings: Settings, opened_stores: Mapping[str, Store[Any]]) -> Any:  # noqa: ANN401 - JSON
    """Load the partnership; its sign-ins lie beside `served`, where `make run` has them."""
    from deploy.demo.load import load  # noqa: PLC0415 - services take a moment to import

    return load(settings.demo, replace(settings, var=settings.var.parent), opened_stores)
