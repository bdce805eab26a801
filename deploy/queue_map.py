"""The map of queues, as a page: who announces what, who hears it, through which queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.readers import hearers, readers
from shared.bus import topology
from shared.bus.catalogue import ALL_SERVICES, CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kombu.entity import Queue

MEANINGS = {
    topology.EVENTS: "every event; the routing key is its type",
    topology.PARKED: "what a service could not handle; the routing key is its name",
    topology.AGAIN: "what an operator hands to one service again; the routing key is its name",
}


def page(meanings: Mapping[str, str], note: str) -> str:
    """Return the page; *meanings* says of each type in one sentence what happened."""
    return "\n".join(
        [
            "# Queue map",
            "",
            note,
            "",
            "In one process (`make run`) there is no broker: the same messages go from the outbox",
            "of the one to the inbox of the other, and these queues do not exist.",
            "",
            "## Who announces, who hears",
            "",
            *_table(("event", "what happened", "announced by", "heard by"), _events(meanings)),
            "",
            "## Exchanges",
            "",
            *_table(("exchange", "kind", "what is sent to it"), _exchanges()),
            "",
            "## Queues",
            "",
            "One user per service reads its own two queues and writes only the types it announces.",
            "",
            *(line for queue in topology.queues(readers()) for line in _queue(queue)),
        ]
    )


def bindings_of(queue: Queue) -> dict[str, list[str]]:
    """Return the routing keys by which *queue* is bound, by exchange."""
    found: dict[str, list[str]] = {}
    for one in sorted(queue.bindings, key=lambda one: (one.exchange.name, one.routing_key)):
        found.setdefault(one.exchange.name, []).append(one.routing_key)
    return found


def arguments_of(queue: Queue) -> dict[str, Any]:
    """Return the arguments that *queue* is declared with."""
    made: Any = queue  # kombu's types do not know what its entities take
    return dict(made.queue_arguments)


def _events(meanings: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for kind, entry in sorted(CATALOGUE.items()):
        everyone = set(entry.announcers) == set(ALL_SERVICES)
        announcers = "all" if everyone else ", ".join(entry.announcers)
        yield f"`{kind}`", meanings[kind], announcers, ", ".join(hearers(kind))


def _exchanges() -> Iterator[tuple[str, ...]]:
    for exchange in topology.EXCHANGES:
        yield f"`{exchange.name}`", exchange.type, MEANINGS[exchange.name]


def _queue(queue: Queue) -> Iterator[str]:
    yield f"### {queue.name}"
    yield ""
    for exchange, keys in bindings_of(queue).items():
        yield f"* bound to `{exchange}`: {', '.join(f'`{key}`' for key in keys)}"
    for name, value in arguments_of(queue).items():
        yield f"* `{name}`: {_shown(value)}"
    yield ""


def _shown(value: Any) -> str:  # noqa: ANN401 - an argument of a queue
    return f"{value:,}" if isinstance(value, int) else f"`{value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
