"""The map of the bus, as data: what must exist on the broker, declared once when deployed.

Every queue argument is written out, so that RabbitMQ 3.10 and 4.x behave alike. Services never
declare: a queue whose broker dies within a second of its birth never comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amqp.exceptions import AccessRefused, NotFound, PreconditionFailed
from kombu.entity import Exchange, Queue, binding

from shared.bus.connecting import connected
from shared.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kombu.connection import Connection

    Readers = Mapping[str, Iterable[str] | None]

EVENTS, PARKED, AGAIN = "events", "parked", "again"
EXCHANGES = (
    Exchange(EVENTS, "topic", durable=True, auto_delete=False),  # every event, by type
    # What a service could not handle, by its name:
    Exchange(PARKED, "direct", durable=True, auto_delete=False),
    # What an operator hands to one service again, by its name (a topic, for rights by key):
    Exchange(AGAIN, "topic", durable=True, auto_delete=False),
)
BY_NAME = {exchange.name: exchange for exchange in EXCHANGES}
DELIVERIES = 20  # returns after which a message that kills its reader is parked
LOOKS = 1_000_000  # how often parked mail may be looked at: each look is a return
PARKED_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": LOOKS,
    "x-overflow": "reject-publish",
}


class WrongTopologyError(Permanent):
    """Something stands on the broker under one of our names that is not what we need."""


def work_queue(service: str) -> str:
    """Return the name of the queue that *service* works from."""
    return f"{service}.work"


def parked_queue(service: str) -> str:
    """Return the name of the queue that keeps what *service* could not handle."""
    return f"{service}.parked"


def work_arguments(service: str) -> dict[str, Any]:
    """Return the arguments of a work queue: no limit of length, for a full one stops everybody."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERIES,
        "x-dead-letter-exchange": PARKED,
        "x-dead-letter-routing-key": service,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def queues(readers: Readers) -> list[Queue]:
    """Return the queues of *readers*: for each service the types it hears, None for all.

    Who hears everything comes first: what others miss while queues are made can be sent again, a
    gap in the log may be for ever.
    """
    ordered = sorted(readers.items(), key=lambda reader: reader[1] is not None)
    return [queue for service, heard in ordered for queue in _queues_of(service, heard)]


def _queues_of(service: str, heard: Iterable[str] | None) -> tuple[Queue, Queue]:
    keys = ("#",) if heard is None else tuple(sorted(heard))
    events = [binding(BY_NAME[EVENTS], routing_key=key) for key in keys]
    again = binding(BY_NAME[AGAIN], routing_key=service)
    parked = binding(BY_NAME[PARKED], routing_key=service)
    return (
        _queue(work_queue(service), [*events, again], work_arguments(service)),
        _queue(parked_queue(service), [parked], PARKED_ARGUMENTS),
    )


def _queue(name: str, bindings: list[binding], arguments: dict[str, Any]) -> Queue:
    return Queue(
        name,
        bindings=bindings,
        durable=True,
        exclusive=False,
        auto_delete=False,
        queue_arguments=arguments,
    )


def declare(url: str, readers: Readers, origin: str = "ONWARD_AMQP_URL") -> None:
    """Make everything that is missing; raise WrongTopologyError where something else stands."""
    entities: list[Exchange | Queue] = [*EXCHANGES, *queues(readers)]
    with connected(url, origin) as connection:
        for entity in entities:
            _declare(entity, connection)


def check(url: str, readers: Readers, origin: str = "ONWARD_AMQP_URL") -> list[str]:
    """Return a sentence for each thing that is missing or is not as it must be.

    Bindings cannot be read over AMQP; `declare` makes those that are missing.
    """
    entities: list[Exchange | Queue] = [*EXCHANGES, *queues(readers)]
    with connected(url, origin) as connection:
        found = (_fault(entity, connection) for entity in entities)
        return [fault for fault in found if fault]


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in a queue, and how many read from it."""

    messages: int
    consumers: int


def depth(connection: Connection, queue: str) -> Depth | None:
    """Return how full *queue* is, None if it does not exist."""
    try:
        with connection.channel() as channel:
            said = channel.queue_declare(queue, passive=True)
    except NotFound:
        return None
    return Depth(said.message_count, said.consumer_count)


def _declare(entity: Exchange | Queue, connection: Connection) -> None:
    try:
        with connection.channel() as channel:
            entity(channel).declare()
    except PreconditionFailed as error:
        raise WrongTopologyError(_differs(entity, error)) from error


def _fault(entity: Exchange | Queue, connection: Connection) -> str | None:
    try:
        with connection.channel() as channel:
            _look(entity(channel))
    except NotFound:
        return f"{_kind(entity)} {entity.name} is missing"
    except PreconditionFailed as error:
        return _differs(entity, error)
    except AccessRefused:
        return None  # it is there, and only an administrator may compare its arguments
    return None


def _look(entity: Exchange | Queue) -> None:
    """Ask for *entity* as it is, then as it must be; each raises what is wrong."""
    if isinstance(entity, Queue):
        entity.queue_declare(passive=True)
        entity.queue_declare()
    else:
        entity.declare(passive=True)
        entity.declare()


def _differs(entity: Exchange | Queue, error: Exception) -> str:
    said = str(error).partition("inequivalent arg ")[2].partition(" for ")[0]
    return f"{_kind(entity)} {entity.name} was made with another {said or 'argument'}"


def _kind(entity: Exchange | Queue) -> str:
    return "queue" if isinstance(entity, Queue) else "exchange"
