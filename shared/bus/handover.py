"""What the embedded carrier reads from an announcer's outbox and writes beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from shared import metrics
from shared.bus.envelope import Message, headers_of, read
from shared.storage.asking import change_each
from shared.storage.inserting import insert_rows
from shared.storage.insertion import Manner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import MetaData, Select, Update

    from shared.storage import Store


def pending(
    store: Store[Any],
    subscriber: str,
    types: Iterable[str] | None,
    limit: int,
    before: datetime | None = None,
) -> list[Message]:
    """Return what *store* announced and *subscriber* has no mark for, in the order announced.

    With *before*, only what was announced before that moment.
    """
    query = _unhanded(store.metadata, subscriber, types)
    if before is not None:
        query = query.where(store.metadata.tables["outbox"].c.created_at < before)
    with store.read() as tx:
        rows = tx.mappings(query.limit(limit))
    service, epoch = store.service, store.epoch
    return [read(headers_of(row, service=service, epoch=epoch), row["body"]) for row in rows]


def _unhanded(metadata: MetaData, subscriber: str, types: Iterable[str] | None) -> Select[Any]:
    outbox, handed = metadata.tables["outbox"], metadata.tables["handed"]
    mark = select(handed.c.message_id).where(
        handed.c.message_id == outbox.c.message_id, handed.c.subscriber == subscriber
    )
    query = select(outbox).where(outbox.c.published_at.is_(None), ~mark.exists())
    if types is not None:
        query = query.where(outbox.c.type.in_(sorted(types)))
    return query.order_by(outbox.c.id)


@dataclass(frozen=True, slots=True)
class Handed:
    """A message that a subscriber has on record, or has set aside for a reason."""

    message: Message
    parked_reason: str | None


def mark_handed(
    store: Store[Any], subscriber: str, handed: Sequence[Handed], readers: Callable[[str], int]
) -> None:
    """Note that *subscriber* has what was *handed*, and publish what every reader has."""
    if not handed:
        return
    table, now = store.metadata.tables["handed"], store.clock.now()
    marks = [
        {
            "message_id": one.message.id,
            "subscriber": subscriber,
            "at": now,
            "parked_reason": one.parked_reason,
        }
        for one in handed
    ]
    known = [
        {"message_id": one.message.id, "readers": readers(one.message.type), "now": now}
        for one in handed
    ]
    with store.mark() as connection:
        insert_rows(connection, table, tuple(marks[0]), marks, Manner.UNLESS_THERE)
        published = change_each(connection, _publish(store.metadata), known)
    metrics.of(store.service).sent(published)


@cache
def _publish(metadata: MetaData) -> Update:
    outbox, handed = metadata.tables["outbox"], metadata.tables["handed"]
    marks = select(func.count()).where(handed.c.message_id == outbox.c.message_id)
    complete = (outbox.c.message_id == bindparam("message_id")) & (
        marks.scalar_subquery() >= bindparam("readers")
    )
    return update(outbox).where(complete).values(published_at=bindparam("now"))
