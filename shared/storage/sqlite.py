"""SQLite as a service's database: one writer at a time, every commit on the disk before it counts.

WAL, synchronous FULL and BEGIN IMMEDIATE: what was committed survives kill -9 and power loss.
What was deleted does not: it is overwritten. Only the owner may read the files.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from sqlalchemy import create_engine, event
from sqlalchemy.pool import QueuePool

from shared.storage.inserting import driven

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

_LAST = "SELECT producer_seq, message_id, body FROM outbox ORDER BY id DESC LIMIT 1"
# What is deleted is overwritten: a shredded key must not wait in a free page to be found.
LASTING = ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON")
PATIENCE = 10.0  # seconds another process may hold the file before we say so


def writer(path: Path) -> Engine:
    """Return the engine for write transactions; each takes the file's write lock at once."""
    if not path.exists():
        path.touch(mode=0o600)  # SQLite gives the files beside it the same mode
    return _engine(path, "BEGIN IMMEDIATE", LASTING, size=1)


def marker(path: Path) -> Engine:
    """Return the engine for marks that may be repeated.

    Their commits do not wait for the disk: a mark lost with the power is made again, and the
    next full commit takes it to the disk, for it lies before it in the same log.
    """
    return _engine(path, "BEGIN IMMEDIATE", ("synchronous=NORMAL",), size=1)


def reader(path: Path) -> Engine:
    """Return the engine for snapshots, which cannot write."""
    return _engine(path, "BEGIN", ("query_only=ON",), size=16)


def _engine(path: Path, begin: str, pragmas: tuple[str, ...], size: int) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=QueuePool,
        pool_size=size,
        pool_reset_on_return=None,  # every connection comes back committed or rolled back
        max_overflow=16,
        connect_args={"timeout": PATIENCE, "check_same_thread": False},
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )

    def connected(dbapi: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", *pragmas):
            dbapi.execute(f"PRAGMA {pragma}")

    def began(connection: Connection) -> None:
        with driven(connection, begin) as cursor:
            cursor.execute(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)
    return engine


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


def number(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Give outbox *rows* the next producer numbers, each with the hash of the one before.

    The write lock is held and commits in order, so numbers have no gap and need no second step.
    """
    with driven(connection, _LAST) as cursor:
        cursor.execute(_LAST)
        last = cursor.fetchone()
    seq, prev = (last[0], fingerprint(UUID(last[1]), last[2])) if last else (0, "")
    for row in rows:
        seq += 1
        row["producer_seq"], row["producer_prev"] = seq, prev
        prev = fingerprint(row["message_id"], row["body"])


def fingerprint(message_id: UUID, body: bytes) -> str:
    """Return the hex SHA-256 that the next message of the same producer names."""
    return hashlib.sha256(str(message_id).encode() + body).hexdigest()
