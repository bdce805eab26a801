"""Remember what was heard, so that a message has its effect once however often it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from shared.bus.envelope import Message
    from shared.storage import Transaction


def fresh(tx: Transaction, consumer: str, messages: Sequence[Message]) -> list[Message]:
    """Return those of *messages* never heard before, each once, and note them as heard."""
    first = {message.id: message for message in reversed(messages)}
    noted = {"consumer": consumer, "at": tx.now}
    new = tx.insert_each_unless_there(tx.table("inbox"), "message_id", list(first), **noted)
    return [message for message in messages if message.id in new and first[message.id] is message]


def note_failure(tx: Transaction, message_id: UUID, error: str) -> None:
    """Write down why a message could not be handled, for the operator who will look."""
    row = {"message_id": message_id, "error": error, "at": tx.now}
    tx.insert_or_change(tx.table("inbox_failure"), row, row)
