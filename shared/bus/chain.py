"""A producer's messages, counted without a gap and each naming the one before it.

Promise: whoever has two neighbours of the chain can tell that nothing stood between them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def fingerprint(message_id: UUID, body: bytes) -> str:
    """Return the hex SHA-256 that the next message of the same producer names."""
    return hashlib.sha256(str(message_id).encode() + body).hexdigest()


def chain(rows: Iterable[dict[str, Any]], seq: int, prev: str) -> None:
    """Give outbox *rows* the numbers after *seq*, whose message has the fingerprint *prev*."""
    for row in rows:
        seq += 1
        row["producer_seq"], row["producer_prev"] = seq, prev
        prev = fingerprint(row["message_id"], row["body"])
