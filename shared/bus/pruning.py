"""The chore that lets go of messages long since carried and heard.

Promise: what anybody may still need stays: what waits or is parked, the newest of all, whose
hash the next one names, and what was heard for longer than a replay can bring it back. An
address that was released for one use is blanked minutes after it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from sqlalchemy import delete, func, select, update

from shared.bus.catalogue import CATALOGUE
from shared.errors import Transient
from shared.ids import first_id

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

    from shared.storage import Store, Transaction

SAID_FOR = timedelta(days=14)
HEARD_FOR = timedelta(days=30)  # longer than an outbox and parked mail together are replayed
RELEASED_FOR = timedelta(minutes=5)  # more than twice what an address is good for
SECRET = "sealed"  # noqa: S105 - the name of a field
USED_ONCE = frozenset(kind for kind, entry in CATALOGUE.items() if not entry.replayable)
BATCH = 200  # rows in one transaction: nobody waits long for their turn to write
EVERY = 60.0
log = structlog.get_logger("onward.bus")


class Pruning:
    """Looks once a minute for what has become too old, in one process of a service."""

    name = "pruning"

    def __init__(self, store: Store[Any]) -> None:
        self._store = store
        self._blanked_to = 0  # outbox rows up to here hold nothing that must be blanked

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        leadership = self._store.database.leader(self.name)
        while not stop.wait(EVERY):
            try:
                if leadership.held():
                    self.look()
            except Transient as error:
                log.warning("pruning_waits", reason=type(error).__name__)
        leadership.release()

    def look(self) -> None:
        """Let go of everything that is too old now."""
        self._blank_released()
        self._forget_said()
        self._forget_heard()

    def _forget_said(self) -> None:
        after: int | None = 0
        while after is not None:
            with self._store.read() as tx:
                before = tx.now - SAID_FOR
                ids, after = _said(tx, after, before)
            if ids:
                with self._store.begin() as tx:
                    _forget(tx, ids, before)

    def _forget_heard(self) -> None:
        found = BATCH
        while found == BATCH:
            with self._store.read() as tx:
                ids = _heard(tx, self._store.service)
            found = len(ids)
            if ids:
                inbox = self._store.metadata.tables["inbox"]
                mine = inbox.c.consumer == self._store.service
                with self._store.begin() as tx:
                    tx.execute(delete(inbox).where(mine, inbox.c.message_id.in_(ids)))

    def _blank_released(self) -> None:
        with self._store.read() as tx:
            rows, newest = _released(tx, self._blanked_to)
            ripe = [row for row in rows if _is_used(row, tx)]
        with_secret = {row.id: told for row in ripe if (told := orjson.loads(row.body))[SECRET]}
        if with_secret:
            with self._store.begin() as tx:
                for row_id, told in with_secret.items():
                    _blank(tx, row_id, told)
        seen = rows[-1].id if len(rows) == BATCH else newest - 1
        waiting = [row.id - 1 for row in rows if not _is_used(row, tx)]
        self._blanked_to = min([seen, *waiting])


def _said(tx: Transaction, after: int, before: datetime) -> tuple[list[int], int | None]:
    """Return what may go among the next rows, and the last of them; None when none is older."""
    outbox = tx.table("outbox")
    columns = (outbox.c.id, outbox.c.created_at)
    rows = tx.all(select(*columns).where(outbox.c.id > after).order_by(outbox.c.id).limit(BATCH))
    old = [row.id for row in rows if row.created_at < before]
    gone = [row.id for row in tx.all(_of_no_use(tx, old, before))] if old else []
    return gone, rows[-1].id if len(old) == BATCH else None


def _of_no_use(tx: Transaction, ids: Sequence[int], before: datetime) -> Select[Any]:
    """Ask which of *ids* were published before that, are not set aside and not the newest."""
    outbox, handed = tx.table("outbox"), tx.table("handed")
    aside = handed.c.parked_reason.is_not(None) & (handed.c.message_id == outbox.c.message_id)
    newest = select(func.max(outbox.alias().c.id)).scalar_subquery()
    return select(outbox.c.id, outbox.c.message_id).where(
        outbox.c.id.in_(ids),
        outbox.c.published_at < before,
        outbox.c.id != newest,
        ~select(handed.c.message_id).where(aside).exists(),
    )


def _forget(tx: Transaction, ids: Sequence[int], before: datetime) -> None:
    """Delete those of *ids* that are still of no use, and the marks beside them."""
    outbox, handed = tx.table("outbox"), tx.table("handed")
    rows = tx.all(_of_no_use(tx, ids, before))
    tx.execute(delete(handed).where(handed.c.message_id.in_([row.message_id for row in rows])))
    tx.execute(delete(outbox).where(outbox.c.id.in_([row.id for row in rows])))


def _heard(tx: Transaction, consumer: str) -> list[Any]:
    """Return ids heard too long ago; their key begins with when they were made."""
    inbox, before = tx.table("inbox"), tx.now - HEARD_FOR
    old = (inbox.c.message_id < first_id(before), inbox.c.at < before)
    query = select(inbox.c.message_id).where(inbox.c.consumer == consumer, *old)
    return [row.message_id for row in tx.all(query.order_by(inbox.c.message_id).limit(BATCH))]


def _released(tx: Transaction, after: int) -> tuple[Sequence[Row[Any]], int]:
    """Return the messages after *after* that were for one use, and the newest row of all."""
    outbox = tx.table("outbox")
    newest: int = tx.execute(select(func.max(outbox.c.id))).scalar() or 0
    columns = (outbox.c.id, outbox.c.body, outbox.c.created_at, outbox.c.published_at)
    once = select(*columns).where(outbox.c.id > after, outbox.c.type.in_(sorted(USED_ONCE)))
    return tx.all(once.where(outbox.c.id < newest).order_by(outbox.c.id).limit(BATCH)), newest


def _is_used(row: Row[Any], tx: Transaction) -> bool:
    return row.published_at is not None and row.created_at < tx.now - RELEASED_FOR


def _blank(tx: Transaction, row_id: int, told: dict[str, Any]) -> None:
    outbox = tx.table("outbox")
    body = orjson.dumps({**told, SECRET: ""})
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(body=body))
