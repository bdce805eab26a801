"""A service's database, and the one place where its transactions begin and end.

Promise: a transaction happens whole or not at all, and never on a clock that went backwards.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import delete, select

from shared.bus.envelope import message_of
from shared.clock import SystemClock
from shared.errors import ClockBehindError, StorageUnavailableError
from shared.identity import Principal
from shared.ids import new_id
from shared.storage import sqlite
from shared.storage.failures import translated
from shared.storage.schema import prepare
from shared.storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Executable, MetaData, Table

    from shared.bus.envelope import Message
    from shared.clock import Clock

T = TypeVar("T", bound=Transaction)

SLACK = timedelta(seconds=5)  # what time services may correct without anybody noticing
PAUSE = 1.0  # seconds between two attempts to get on by opening the files anew
ROOM = 1_000_000  # bytes of free disk below which a small write may still pass, a request not


class Store(Generic[T]):
    """Begins transactions of one service's own kind on its own database."""

    def __init__(
        self,
        path: Path,
        metadata: MetaData,
        *,
        transaction: type[T] = Transaction,  # type: ignore[assignment]
        clock: Clock | None = None,
        migrations: Path | None = None,
    ) -> None:
        self.service: str = metadata.info["service"]
        self.path = path
        self.metadata = metadata
        self.clock = clock or SystemClock()
        self._transaction = transaction
        self._lock = Lock()
        self._listeners: list[Callable[[], None]] = []
        self._followers: list[Callable[[list[Message]], None]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer, self._reader = sqlite.writer(path), sqlite.reader(path)
        self._marker = sqlite.marker(path)
        self._failed, self._reopened = False, 0.0
        with translated(f"{self.service} ({path})"):
            prepare(self._writer, metadata, migrations)
            self._resume()

    def _resume(self) -> None:
        producer, outbox = self.metadata.tables["producer"], self.metadata.tables["outbox"]
        with self._writer.begin() as connection:
            try_writing(connection.execute, self.metadata.tables["alarms"])
            epoch = connection.scalar(select(producer.c.epoch).where(producer.c.current))
            if epoch is None:
                epoch, now = new_id(), self.clock.now()
                row = {"epoch": epoch, "started_at": now, "current": True}
                connection.execute(producer.insert(), row)
            newest = select(outbox.c.created_at).order_by(outbox.c.id.desc()).limit(1)
            self._latest = connection.scalar(newest)
        self.epoch = epoch
        if os.environ.get("ONWARD_ACCEPT_CLOCK") == "1":
            self._latest = None

    def listen(self, callback: Callable[[], None]) -> None:
        """Call *callback* after each commit that announced something; it must be quick."""
        self._listeners.append(callback)

    def follow(self, callback: Callable[[list[Message]], None]) -> None:
        """Give *callback* what each commit announced, in the order of the commits."""
        self._followers.append(callback)

    @contextmanager
    def begin(self, actor: Principal | None = None) -> Iterator[T]:
        """Open the write transaction: commit when the block ends, roll back when it raises."""
        with self._watched(), self._lock:
            now = self.now()
            with self._writer.begin() as connection:
                tx = self._new(connection, now, actor)
                yield tx
                tx.finish()
            self._latest, self._failed = now, False
            self._tell_followers(tx)
        if tx.announced:
            for callback in self._listeners:
                callback()

    @contextmanager
    def read(self, actor: Principal | None = None) -> Iterator[T]:
        """Open a snapshot; it sees one moment and cannot write."""
        with self._watched(), self._reader.begin() as connection:
            yield self._new(connection, self.clock.now(), actor)

    @contextmanager
    def mark(self) -> Iterator[Connection]:
        """Open a transaction for marks that may be made twice; its commit is quick."""
        with self._watched(), self._lock, self._marker.begin() as connection:
            yield connection

    def now(self) -> datetime:
        """Return the present moment; refuse to where the clock has gone backwards."""
        now = self.clock.now()
        if self._latest is not None and now < self._latest - SLACK:
            behind = round((self._latest - now).total_seconds())
            raise ClockBehindError(
                f"the clock of this machine is {behind} seconds behind what {self.service} "
                "has already recorded; nothing is written until it is right"
            )
        return max(now, self._latest) if self._latest is not None else now

    def check(self) -> None:
        """Raise what keeps transactions from being written now, if anything does.

        After a failure it tries a write of its own, so that the answer is true without traffic.
        """
        self.now()
        if room_beside(self.path) < ROOM:
            raise StorageUnavailableError(f"the disk under the database of {self.service} is full")
        if self._failed:
            with self.begin() as tx:
                try_writing(tx.execute, self.metadata.tables["alarms"])

    def close(self) -> None:
        """Let go of the database files."""
        for engine in self._engines():
            engine.dispose()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Translate failures, and open the files anew after one: they may allow more by now."""
        try:
            with translated(self.service):
                yield
        except StorageUnavailableError:
            self._failed = True
            self._reopen()
            raise

    def _reopen(self) -> None:
        # SQLite keeps each read-only file it has opened until the last connection is closed.
        due = monotonic() - self._reopened > PAUSE
        if due and os.access(self.path, os.W_OK):
            self._reopened = monotonic()
            self.close()

    def _engines(self) -> tuple[Engine, ...]:
        return self._writer, self._reader, self._marker

    def _new(self, connection: Connection, now: datetime, actor: Principal | None) -> T:
        who = actor or Principal.system(self.service)
        tables: Any = self.metadata.tables
        return self._transaction(connection, tables, now=now, actor=who)

    def _tell_followers(self, tx: Transaction) -> None:
        if tx.outgoing and self._followers:
            messages = [
                message_of(row, service=self.service, epoch=self.epoch) for row in tx.outgoing
            ]
            for follower in self._followers:
                follower(messages)


def room_beside(path: Path) -> int:
    """Return how many bytes may still be written to the disk that holds *path*."""
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize


def try_writing(execute: Callable[[Executable], object], alarms: Table) -> None:
    """Write a row and take it back; merely asking for the lock succeeds on a read-only file."""
    probe = {"name": "probe", "since": datetime.now(UTC), "fact": "", "anchor": ""}
    execute(alarms.insert().values(probe))
    execute(delete(alarms).where(alarms.c.name == "probe"))
