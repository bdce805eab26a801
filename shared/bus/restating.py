"""An owner tells its present state again, so that readers can rebuild the copies they lost.

Promise: each batch is a transaction like any other work, so what is told was true together, and
a crash or a second run tells some of it once more, which changes nothing at its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sqlalchemy import Column, Select

    from shared.storage import Store

Part: TypeAlias = Callable[[Any, Any, int], Any]
"""Restates the next records after a key, at most so many; returns the last key, or None: done."""

BATCH = 50  # records in one transaction: views wait for it no longer than for a worker's batch


def restate(store: Store[Any], parts: Sequence[Part], batch: int = BATCH) -> int:
    """Let the owner behind *store* restate every one of *parts*; return how many events."""
    count = 0
    for part in parts:
        after, done = None, False
        while not done:
            with store.begin() as tx:
                after = part(tx, after, batch)
                count += len(tx.outgoing)
            done = after is None
    return count


def next_rows(query: Select[Any], key: Column[Any], after: object, limit: int) -> Select[Any]:
    """Return *query* for the next rows after the *key* where the last batch ended."""
    ordered = query.order_by(key).limit(limit)
    return ordered if after is None else ordered.where(key > after)
