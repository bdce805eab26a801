"""The relay's transactions: mark what the broker took, take what comes next, number it.

Promise: a number is on the disk before its message leaves, and is never given to another. A crash
at any point sends the same messages again with the same numbers; readers drop the repeats.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, String, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from shared.bus.chain import chain, fingerprint
from shared.errors import OnwardError
from shared.storage.asking import ask, change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection, Table, Update

    from shared.storage import Store

    Rows = Sequence[dict[str, Any]]

BATCH = 250  # two of them are in flight: 500 messages is where pika is fastest
SHORTEST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(minutes=5)


_these: BindParameter[Any] = bindparam("these", expanding=True)
_now: BindParameter[Any] = bindparam("now")


class AnotherRelayError(OnwardError):
    """Another relay of this service has numbered messages: this one must not go on."""


class Rounds:
    """One store's outbox, emptied in order, a batch at a time."""

    def __init__(self, store: Store[Any]) -> None:
        self._store = store
        self._outbox = store.metadata.tables["outbox"]
        self._producer = store.metadata.tables["producer"]
        self._seq, self._hash = 0, ""
        self._flying: dict[int, dict[str, Any]] = {}  # taken, and not yet noted
        self._fresh: dict[int, dict[str, Any]] = {}  # of those, numbered but not in their own rows
        outbox = self._outbox
        unpublished = outbox.c.published_at.is_(None)
        rested = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("now"))
        here = or_(outbox.c.id < bindparam("first"), outbox.c.id > bindparam("last"))
        due = and_(unpublished, rested, here)
        self._due = select(outbox).where(due).order_by(outbox.c.id).limit(bindparam("count"))
        self._any_due = select(outbox.c.id).where(due).limit(1)
        self._published = update(outbox).where(outbox.c.id.in_(_these)).values(published_at=_now)
        row = update(outbox).where(outbox.c.id == bindparam("row"))
        numbers: dict[str, Any] = {
            "producer_seq": bindparam("seq"),
            "producer_prev": bindparam("prev"),
        }
        self._numbered = row.values(**numbers)
        self._published_numbered = _publish_numbered(outbox)
        self._resting = row.values(not_before=bindparam("until"), **numbers)
        self._remembered = _remember(self._producer)

    def resume(self) -> None:
        """Find the last number; write into their rows those that a crash left unwritten."""
        with self._store.relay() as connection:
            known = connection.execute(select(self._producer).where(self._producer.c.current)).one()
            rows = self._left(connection, known.in_flight or {})
            if rows:
                connection.execute(self._numbered, [_numbers(row) for row in rows])
            if known.last_seq is None:
                self._begin(connection)
            else:
                self._seq, self._hash = known.last_seq, known.last_hash

    def due(self) -> bool:
        """Tell whether anything waits to be sent; costs next to nothing."""
        asked = {"now": self._store.clock.now(), **_between(self._flying)}
        return self._store.glance(lambda tx: bool(tx.ask(self._any_due, **asked)))

    def next(self, published: Rows, refused: Rows, count: int = BATCH) -> list[dict[str, Any]]:
        """Note what became of earlier batches and return the next, oldest first."""
        now = self._store.clock.now()
        noted = {row["id"] for row in (*published, *refused)}
        flying = {key: row for key, row in self._flying.items() if key not in noted}
        with self._store.relay() as connection:
            self._note(connection, published, refused, now)
            asked = {"now": now, "count": count, **_between(flying)}
            found: list[Any] = ask(connection, self._due, asked)
            rows = [row._asdict() for row in found]
            fresh = [row for row in rows if row["producer_seq"] is None]
            unwritten = {key: row for key, row in self._fresh.items() if key not in noted}
            if fresh:
                self._number(connection, list(unwritten.values()), fresh)
        self._flying = flying | {row["id"]: row for row in rows}
        self._fresh = unwritten | {row["id"]: row for row in fresh}
        if fresh:
            last = fresh[-1]
            self._seq = last["producer_seq"]
            self._hash = fingerprint(last["message_id"], last["body"])
        return rows

    def refused(self) -> int:
        """Return how many messages the broker has refused and not yet taken."""
        outbox = self._outbox
        waiting = outbox.c.published_at.is_(None) & outbox.c.not_before.is_not(None)
        with self._store.database.reading() as connection:
            return connection.scalar(select(func.count()).where(waiting)) or 0

    def _note(self, connection: Connection, published: Rows, refused: Rows, now: datetime) -> None:
        fresh = self._fresh
        if old := [row["id"] for row in published if row["id"] not in fresh]:
            connection.execute(self._published, {"these": old, "now": now})
        if new := [_numbers(row) for row in published if row["id"] in fresh]:
            columns = {name: [row[name] for row in new] for name in new[0]}
            change(connection, self._published_numbered, {"now": now, **columns})
        if refused:
            rests = [{"until": now + rest_of(row, now), **_numbers(row)} for row in refused]
            connection.execute(self._resting, rests)

    def _number(
        self, connection: Connection, before: list[dict[str, Any]], fresh: list[dict[str, Any]]
    ) -> None:
        """Give *fresh* its numbers and remember them, if nobody else has given any meanwhile.

        With those *before* that are numbered but not yet written: a crash must find both.
        """
        chain(fresh, self._seq, self._hash)
        first, last = (before or fresh)[0], fresh[-1]
        remembered = {
            "seq": last["producer_seq"],
            "hash": fingerprint(last["message_id"], last["body"]),
            "flight": {
                "seq": first["producer_seq"] - 1,
                "hash": first["producer_prev"],
                "ids": [row["id"] for row in (*before, *fresh)],
            },
        }
        if change(connection, self._remembered, {"before": self._seq, **remembered}) != 1:
            raise AnotherRelayError(f"another relay of {self._store.service} is at work")

    def _left(self, connection: Connection, flight: dict[str, Any]) -> list[dict[str, Any]]:
        """Return, with their numbers, the rows last numbered that lack them; some may be pruned."""
        ids, prev = flight.get("ids", []), flight.get("hash", "")
        asked = select(self._outbox).where(self._outbox.c.id.in_(ids))
        found = {row["id"]: dict(row) for row in connection.execute(asked).mappings()}
        left = []
        for seq, row in enumerate(map(found.get, ids), flight.get("seq", 0) + 1):
            if row and row["producer_seq"] is None:
                left.append(row | {"producer_seq": seq, "producer_prev": prev})
            prev = fingerprint(row["message_id"], row["body"]) if row else ""
        return left

    def _begin(self, connection: Connection) -> None:
        """Count on from the highest number there is, the first time a relay runs here."""
        outbox, producer = self._outbox, self._producer
        newest = select(outbox).where(outbox.c.producer_seq.is_not(None))
        last = connection.execute(newest.order_by(outbox.c.producer_seq.desc()).limit(1)).first()
        if last is not None:
            self._seq = last.producer_seq
            self._hash = fingerprint(last.message_id, last.body)
        known = {"last_seq": self._seq, "last_hash": self._hash}
        connection.execute(update(producer).where(producer.c.current).values(**known))


def _publish_numbered(outbox: Table) -> Update:
    """Return the one statement that marks a batch and writes its numbers.

    In PostgreSQL's words: in SQLite the transaction that announces has numbered already.
    """
    batch = func.unnest(
        bindparam("row", type_=ARRAY(BigInteger)),
        bindparam("seq", type_=ARRAY(BigInteger)),
        bindparam("prev", type_=ARRAY(String)),
    ).table_valued("row", "seq", "prev", name="batch")
    batch = batch.render_derived()
    numbers: dict[str, Any] = {"producer_seq": batch.c.seq, "producer_prev": batch.c.prev}
    return update(outbox).where(outbox.c.id == batch.c.row).values(published_at=_now, **numbers)


def _remember(producer: Table) -> Update:
    """Return what keeps the last number, unless another relay has given one since."""
    ours = producer.c.current & (producer.c.last_seq == bindparam("before"))
    kept: dict[str, Any] = {
        "last_seq": bindparam("seq"),
        "last_hash": bindparam("hash"),
        "in_flight": bindparam("flight"),
    }
    return update(producer).where(ours).values(**kept)


def _between(flying: dict[int, Any]) -> dict[str, int]:
    """Return the first and last id in flight; what lies between them is not looked at."""
    return {"first": min(flying, default=0), "last": max(flying, default=-1)}


def rest_of(row: dict[str, Any], now: datetime) -> timedelta:
    """Return how long a refused message rests: as long again as it has waited already."""
    waited: timedelta = now - row["created_at"]
    return max(SHORTEST_REST, min(LONGEST_REST, waited))


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {"row": row["id"], "seq": row["producer_seq"], "prev": row["producer_prev"]}
