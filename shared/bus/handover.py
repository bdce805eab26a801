"""What the embedded carrier reads from an announcer's outbox and writes beside it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from shared.bus.envelope import headers_of, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection, MetaData, Select

    from shared.bus.envelope import Message
    from shared.storage import Store


def pending(
    store: Store[Any], subscriber: str, types: Iterable[str] | None, limit: int
) -> list[Message]:
    """Return what *store* announced and *subscriber* has no mark for, in the order announced."""
    with store.read() as tx:
        rows = tx.mappings(_unhanded(store.metadata, subscriber, types).limit(limit))
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


def mark_handed(
    store: Store[Any],
    subscriber: str,
    messages: Sequence[Message],
    parked: Mapping[UUID, str],
    readers: Callable[[str], int],
) -> None:
    """Note that *subscriber* has *messages*, and publish those that every reader has."""
    if not messages:
        return
    handed = store.metadata.tables["handed"]
    now = store.clock.now()
    with store.mark() as connection:
        connection.execute(
            handed.insert().prefix_with("OR IGNORE", dialect="sqlite"),
            [
                {
                    "message_id": message.id,
                    "subscriber": subscriber,
                    "at": now,
                    "parked_reason": parked.get(message.id),
                }
                for message in messages
            ],
        )
        _publish_complete(connection, store, messages, readers)


def _publish_complete(
    connection: Connection,
    store: Store[Any],
    messages: Sequence[Message],
    readers: Callable[[str], int],
) -> None:
    outbox, handed = store.metadata.tables["outbox"], store.metadata.tables["handed"]
    by_readers: dict[int, list[UUID]] = defaultdict(list)
    for message in messages:
        by_readers[readers(message.type)].append(message.id)
    marks = select(func.count()).where(handed.c.message_id == outbox.c.message_id)
    for count, ids in by_readers.items():
        complete = outbox.c.message_id.in_(ids) & (marks.scalar_subquery() >= count)
        connection.execute(update(outbox).where(complete).values(published_at=store.clock.now()))
