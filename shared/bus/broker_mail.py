"""Mail that the broker has parked for a service: looked at, and handed to that service again.

Promise: looking changes nothing, and what is handed again is taken out of the parked queue only
when the broker has confirmed that it is in the work queue. Only that one service hears it again,
and remembers what it has had already.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import orjson
import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker
from sqlalchemy import delete, func, select, update

from shared.alarms import clear_alarm
from shared.bus.catalogue import CATALOGUE
from shared.bus.connecting import (
    BrokerLostError,
    BrokerRefusesError,
    connected,
    origin_of,
)
from shared.bus.parked import ALARM, Parked
from shared.bus.reading import ANNOUNCED_BY, identity, kind_of
from shared.bus.topology import AGAIN, parked_queue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from uuid import UUID

    from pika.adapters.blocking_connection import BlockingChannel

    from shared.storage import Store

    Got = tuple[Any, pika.BasicProperties, bytes]

BROKERS_OWN = ("x-death", "x-first-death", "x-last-death", "x-delivery-count")
ALONE = "its reader died with it again and again"
UNKNOWN = "why was not noted"


def parked_mail(url: str, store: Store[Any]) -> list[Parked]:
    """Return what is parked for the service of *store*, oldest first, with the reasons it noted."""
    with _channel(url, store.service) as channel:
        found = list(_all(channel, store.service))
    reasons = _reasons(store)
    return [_told(properties, body, store.service, reasons) for _, properties, body in found]


def shown(url: str, store: Store[Any], message_id: UUID) -> dict[str, Any] | None:
    """Return the headers of one parked message and the names of its fields, or None."""
    with _channel(url, store.service) as channel:
        for _, properties, body in _all(channel, store.service):
            if identity(_headers(properties), body) == message_id:
                return {**_headers(properties), "fields": _fields(body), "bytes": len(body)}
    return None


def hand_again(url: str, store: Store[Any], message_id: UUID | None = None) -> int:
    """Hand one parked message to its service again, or all; return how many there were."""
    with _channel(url, store.service) as channel:
        user = unquote(urlsplit(url).username or "")
        wanted = [
            (identity(_headers(properties), body), method, properties, body)
            for method, properties, body in _all(channel, store.service)
            if message_id in {None, identity(_headers(properties), body)}
        ]
        _forget(store, [known for known, *_ in wanted])  # first: it may fail again at once
        for _, method, properties, body in wanted:
            again = _again(properties, store.service, user)
            channel.basic_publish(AGAIN, store.service, body, again, mandatory=True)
            channel.basic_ack(method.delivery_tag)
    return len(wanted)


def discard(url: str, store: Store[Any], message_ids: Collection[UUID]) -> int:
    """Drop parked messages for good; return how many of them there were."""
    dropped = []
    with _channel(url, store.service) as channel:
        for method, properties, body in list(_all(channel, store.service)):
            known = identity(_headers(properties), body)
            if known in message_ids:
                channel.basic_ack(method.delivery_tag)
                dropped.append(known)
    _forget(store, dropped)
    return len(dropped)


def send_again(store: Store[Any], since: datetime) -> int:
    """Let the relay send once more what *store* announced since then and still keeps.

    For a queue that was lost with its broker. What carries a person's address is never sent twice.
    """
    outbox = store.metadata.tables["outbox"]
    never = [kind for kind, entry in CATALOGUE.items() if not entry.replayable]
    again = update(outbox).where(
        outbox.c.created_at >= since,
        outbox.c.published_at.is_not(None),
        outbox.c.type.not_in(never),
    )
    with store.begin() as tx:
        count: int = tx.execute(again.values(published_at=None)).rowcount
    return count


@contextmanager
def _channel(url: str, service: str) -> Iterator[BlockingChannel]:
    connected(url, origin_of(service)).release()  # or says in one sentence why not
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel
    except ChannelClosedByBroker as error:
        told = f"the broker refuses: {error.reply_text}; `python -m deploy.bus check` may tell more"
        raise BrokerRefusesError(told) from None
    except AMQPError as error:
        raise BrokerLostError(f"the broker was lost meanwhile: {error!r}") from None
    finally:
        if connection.is_open:
            connection.close()  # what was only looked at returns to its place


def _all(channel: BlockingChannel, service: str) -> Iterator[Got]:
    """Yield everything that is parked; what is not acknowledged stays."""
    queue = parked_queue(service)
    waiting = channel.queue_declare(queue, passive=True).method.message_count
    for _ in range(waiting):
        method, properties, body = channel.basic_get(queue)
        if method is None:
            return
        yield method, properties, body


def _again(properties: pika.BasicProperties, service: str, user: str) -> pika.BasicProperties:
    """Return what goes with a message that an operator hands again, naming who had sent it."""
    headers = _headers(properties)
    first = properties.user_id if properties.user_id != service else headers.get(ANNOUNCED_BY)
    kept = {name: said for name, said in headers.items() if not name.startswith(BROKERS_OWN)}
    properties.headers = {**kept, ANNOUNCED_BY: first or properties.user_id or "nobody"}
    properties.user_id = user
    return properties


def _forget(store: Store[Any], handed: list[UUID]) -> None:
    """Take back the reasons and, with the last of them, the alarm."""
    failures = store.metadata.tables["inbox_failure"]
    with store.begin() as tx:
        tx.execute(delete(failures).where(failures.c.message_id.in_(handed)))
        if not tx.execute(select(func.count()).select_from(failures)).scalar():
            clear_alarm(tx, ALARM)


def _reasons(store: Store[Any]) -> dict[UUID, Any]:
    with store.read() as tx:
        return {row.message_id: row for row in tx.all(select(tx.table("inbox_failure")))}


def _told(
    properties: pika.BasicProperties, body: bytes, service: str, reasons: dict[UUID, Any]
) -> Parked:
    headers = _headers(properties)
    message_id = identity(headers, body)
    noted = reasons.get(message_id)
    return Parked(
        message_id=message_id,
        type=kind_of(headers),
        announcer=properties.user_id or "nobody",
        subscriber=service,
        reason=noted.error if noted else _brokers_reason(headers),
        since=noted.at if noted else _since(headers),
    )


def _brokers_reason(headers: dict[str, Any]) -> str:
    """Return what the broker says itself: it has counted the deliveries of a message."""
    return ALONE if _death(headers).get("reason") == "delivery_limit" else UNKNOWN


def _since(headers: dict[str, Any]) -> datetime:
    moment: datetime = _death(headers).get("time") or datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _death(headers: dict[str, Any]) -> dict[str, Any]:
    deaths: list[dict[str, Any]] = headers.get("x-death") or [{}]
    return deaths[0]


def _fields(body: bytes) -> list[str]:
    try:
        return sorted(orjson.loads(body))
    except (orjson.JSONDecodeError, TypeError):
        return []


def _headers(properties: pika.BasicProperties) -> dict[str, Any]:
    return dict(properties.headers or {})
