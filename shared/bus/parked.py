"""Messages that were set aside or lost with a restored database, and how they are handed again.

Promise: a message handed again has its effect once, for whoever has noted it as heard drops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from shared.alarms import clear_alarm

if TYPE_CHECKING:
    from shared.storage import Store

ALARM = "parked_mail"


@dataclass(frozen=True, slots=True)
class Parked:
    """One message that one subscriber could not handle."""

    message_id: UUID
    type: str
    announcer: str
    subscriber: str
    reason: str
    since: datetime


def parked(announcer: Store[Any]) -> list[Parked]:
    """Return what *announcer* said and somebody set aside, oldest first."""
    handed, outbox = announcer.metadata.tables["handed"], announcer.metadata.tables["outbox"]
    query = (
        select(handed, outbox.c.type)
        .join(outbox, outbox.c.message_id == handed.c.message_id)
        .where(handed.c.parked_reason.is_not(None))
        .order_by(handed.c.at)
    )
    with announcer.read() as tx:
        rows = tx.all(query)
    return [
        Parked(r.message_id, r.type, announcer.service, r.subscriber, r.parked_reason, r.at)
        for r in rows
    ]


def hand_again(one: Parked, announcer: Store[Any], subscriber: Store[Any]) -> None:
    """Let *subscriber* have *one* again; its carrier finds it when it next reads the tables."""
    failures = subscriber.metadata.tables["inbox_failure"]
    with subscriber.begin() as tx:
        tx.execute(delete(failures).where(failures.c.message_id == one.message_id))
        if not tx.execute(select(func.count()).select_from(failures)).scalar():
            clear_alarm(tx, ALARM)
    handed, outbox = announcer.metadata.tables["handed"], announcer.metadata.tables["outbox"]
    mine = (handed.c.message_id == one.message_id) & (handed.c.subscriber == one.subscriber)
    this = outbox.c.message_id == one.message_id
    with announcer.begin() as tx:
        tx.execute(update(outbox).where(this).values(published_at=None))
        tx.execute(delete(handed).where(mine))


def hand_all_again(announcer: Store[Any], subscriber: str) -> int:
    """Let *subscriber* have all that *announcer* still keeps; its inbox drops what it has."""
    handed, outbox = announcer.metadata.tables["handed"], announcer.metadata.tables["outbox"]
    mine = handed.c.subscriber == subscriber
    had = select(handed.c.message_id).where(mine)
    with announcer.begin() as tx:
        again = update(outbox).where(outbox.c.message_id.in_(had)).values(published_at=None)
        count: int = tx.execute(again).rowcount
        tx.execute(delete(handed).where(mine))
    return count
