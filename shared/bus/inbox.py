"""Remember what was heard, so that a message has its effect once however often it comes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Select, Table

    from shared.bus.envelope import Message
    from shared.storage import Transaction


def fresh(tx: Transaction, consumer: str, messages: Sequence[Message]) -> list[Message]:
    """Return those of *messages* never heard before, each once, and note them as heard."""
    inbox = tx.table("inbox")
    asked = {"consumer": consumer, "ids": [message.id for message in messages]}
    known = {row.message_id for row in tx.execute(_heard(inbox), asked)}
    new = {message.id: message for message in messages if message.id not in known}
    for message_id in new:
        tx.insert(inbox, consumer=consumer, message_id=message_id, at=tx.now)
    return list(new.values())


@cache
def _heard(inbox: Table) -> Select[tuple[UUID]]:
    among = inbox.c.message_id.in_(bindparam("ids", expanding=True))
    return select(inbox.c.message_id).where(inbox.c.consumer == bindparam("consumer"), among)


def note_failure(tx: Transaction, message_id: UUID, error: str) -> None:
    """Write down why a message could not be handled, for the operator who will look."""
    row = {"message_id": message_id, "error": error, "at": tx.now}
    tx.insert_or_change(tx.table("inbox_failure"), row, row)
