"""SQLite as a service's database: one writer at a time, every commit on the disk before it counts.

WAL, synchronous FULL and BEGIN IMMEDIATE: what was committed survives kill -9 and power loss.
What was deleted does not: it is overwritten. Only the owner may read the files.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from shared.bus.chain import chain, fingerprint
from shared.errors import StorageUnavailableError
from shared.storage.leading import AlwaysLeader
from shared.storage.shelf import Shelf
from shared.storage.wire import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

R = TypeVar("R")
_LAST = "SELECT producer_seq, message_id, body FROM outbox ORDER BY id DESC LIMIT 1"
# What is deleted is overwritten: a shredded key must not wait in a free page to be found.
LASTING = ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON")
# A mark lost with the power is made again; the next full commit takes it to the disk.
PASSING = ("synchronous=NORMAL",)
LOOKING = ("query_only=ON",)
# SQLite changes a column by making its table anew; what refers to the table must not mind.
CHANGING = ("foreign_keys=OFF", "synchronous=FULL", "secure_delete=ON")
WRITING = "BEGIN IMMEDIATE"
PATIENCE = 10.0  # seconds another process may hold the file before we say so
PAUSE = 1.0  # seconds between two attempts to get on by opening the file anew
ROOM = 1_000_000  # bytes of free disk below which a small write may still pass, a request not


class SqliteDatabase:
    """A file, and the log of writes beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._writers = self._shelf(LASTING)
        self._markers = self._shelf(PASSING)
        self._readers = self._shelf(LOOKING)
        self._reopened = 0.0

    @property
    def name(self) -> str:
        """Where it is."""
        return str(self.path)

    def exists(self) -> bool:
        """Tell whether the file is there."""
        return self.path.exists()

    def turn(self) -> Lock:
        """Keep other commits of this process out while one is made and told of."""
        return self._lock

    @contextmanager
    def writing(self, *, beside: bool = False) -> Iterator[Connection]:
        """Open the write transaction; the file's write lock is taken at once, by one alone."""
        del beside
        if not self.path.exists():
            self.path.touch(mode=0o600)  # SQLite gives the files beside it the same mode
        with self._writers.transaction(WRITING) as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open the transaction in which tables may be made anew."""
        if not self.path.exists():
            self.path.touch(mode=0o600)
        shelf = self._shelf(CHANGING)
        try:
            with shelf.transaction(WRITING) as connection:
                yield connection
        finally:
            shelf.close()

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a snapshot that cannot write."""
        return self._readers.transaction("BEGIN")

    def glance(self, look: Callable[[Connection], R]) -> R:
        """Return what *look* finds with one statement, which is a snapshot of its own."""
        return self._readers.glance(look)

    def marking(self) -> AbstractContextManager[Connection]:
        """Open a transaction whose commit does not wait for the disk."""
        return self._markers.transaction(WRITING)

    def relaying(self) -> AbstractContextManager[Connection]:
        """Open the relay's transaction: it only marks, for rows here are numbered already."""
        return self.marking()

    def leader(self, name: str) -> AlwaysLeader:
        """Return a right that is always ours: one process has the file."""
        del name
        return AlwaysLeader()

    def number(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Give outbox *rows* the next producer numbers, each with the hash of the one before.

        The write lock is held and commits in order, so there is no gap and no second step.
        """
        last = send(connection, _LAST).fetchone()
        chain(rows, *((last[0], fingerprint(UUID(last[1]), last[2])) if last else (0, "")))

    def check_room(self) -> None:
        """Raise StorageUnavailableError when the disk is nearly full."""
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < ROOM:
            raise StorageUnavailableError(f"the disk under {self.path.name} is full")

    def reopen(self) -> None:
        """Let go of the file if it could be written by now.

        SQLite keeps each read-only file it has opened until the last connection is closed.
        """
        due = monotonic() - self._reopened > PAUSE
        if due and os.access(self.path, os.W_OK):
            self._reopened = monotonic()
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        for shelf in (self._writers, self._markers, self._readers):
            shelf.close()

    def _shelf(self, pragmas: tuple[str, ...]) -> Shelf:
        engine = create_engine(
            f"sqlite+pysqlite:///{self.path}",
            poolclass=NullPool,
            pool_reset_on_return=None,
            hide_parameters=True,
            connect_args={"timeout": PATIENCE, "check_same_thread": False},
            json_serializer=_to_json,
            json_deserializer=orjson.loads,
        )

        def connected(dbapi: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
            dbapi.isolation_level = None
            for pragma in ("journal_mode=WAL", *pragmas):
                dbapi.execute(f"PRAGMA {pragma}")

        event.listen(engine, "connect", connected)
        return Shelf(engine)


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()
