"""A service's database, and the one place where its transactions begin and end.

Promise: a transaction happens whole or not at all, and never on a clock that went backwards.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import delete, select

from shared.bus.envelope import message_of
from shared.clock import SystemClock
from shared.errors import ClockBehindError, StorageUnavailableError
from shared.identity import Principal
from shared.ids import new_id
from shared.storage.database import open_database
from shared.storage.failures import translated
from shared.storage.schema import prepare
from shared.storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Connection, Executable, MetaData, Table

    from shared.bus.envelope import Message
    from shared.clock import Clock
    from shared.storage.doorbell import Doorbell

T = TypeVar("T", bound=Transaction)
R = TypeVar("R")

SLACK = timedelta(seconds=5)  # what time services may correct without anybody noticing


class Store(Generic[T]):
    """Begins transactions of one service's own kind on its own database."""

    def __init__(
        self,
        where: Path | str,
        metadata: MetaData,
        *,
        transaction: type[T] = Transaction,  # type: ignore[assignment]
        clock: Clock | None = None,
        migrations: Path | None = None,
    ) -> None:
        self.service: str = metadata.info["service"]
        self.metadata = metadata
        self.clock = clock or SystemClock()
        self.database = open_database(where)
        self._transaction = transaction
        self._listeners: list[Callable[[], None]] = []
        self._followers: list[Callable[[list[Message]], None]] = []
        self._bell: Doorbell | None = None
        self._latest: datetime | None = None
        self._failed = False
        with translated(f"{self.service} ({self.database.name})"):
            with self.database.migrating() as connection:
                prepare(connection, metadata, migrations)
            with self.database.writing() as connection:
                self.epoch = self._resume(connection)

    def _resume(self, connection: Connection) -> UUID:
        """Find out since when we announce, and when we last did; return the producer's epoch."""
        producer, outbox = self.metadata.tables["producer"], self.metadata.tables["outbox"]
        try_writing(connection.execute, self.metadata.tables["alarms"])
        epoch: UUID | None = connection.scalar(select(producer.c.epoch).where(producer.c.current))
        if epoch is None:
            epoch = new_id()
            row = {"epoch": epoch, "started_at": self.clock.now(), "current": True}
            connection.execute(producer.insert(), row)
        newest = select(outbox.c.created_at).order_by(outbox.c.id.desc()).limit(1)
        if os.environ.get("ONWARD_ACCEPT_CLOCK") != "1":
            self._latest = connection.scalar(newest)
        return epoch

    def listen(self, callback: Callable[[], None]) -> None:
        """Call *callback* after each commit that announced something; it must be quick."""
        if self._bell and not self._listeners:
            self._bell.answer(self._tell_listeners)
        self._listeners.append(callback)

    def join(self, bell: Doorbell) -> None:
        """Tell the service's other processes of such commits, and those who listen of theirs."""
        self._bell = bell

    def follow(self, callback: Callable[[list[Message]], None]) -> None:
        """Give *callback* what each commit announced, in the order of the commits."""
        self._followers.append(callback)

    @contextmanager
    def begin(self, actor: Principal | None = None, *, beside: bool = False) -> Iterator[T]:
        """Open the write transaction: commit when the block ends, roll back when it raises.

        What it has read stays true until it commits, for it is the only one. *beside* gives that
        up for speed, where there can be two: for work that only adds rows and lets their keys
        decide. Whoever comes second raises KeyTakenError, and may look again.
        """
        with self._watched(), self.database.turn():
            with self.database.writing(beside=beside) as connection:
                tx = self._new(connection, self.now(), actor)
                yield tx
                tx.finish(self.database)
            self._latest, self._failed = tx.now, False
            self._tell_followers(tx)
        if tx.announced:
            self._tell_listeners()
            if self._bell:
                self._bell.ring()

    @contextmanager
    def read(self, actor: Principal | None = None) -> Iterator[T]:
        """Open a snapshot; it sees one moment and cannot write."""
        with self._watched(), self.database.reading() as connection:
            yield self._new(connection, self.clock.now(), actor)

    def glance(self, look: Callable[[T], R]) -> R:
        """Return what *look* finds with one statement, at a third of what a snapshot costs."""
        with self._watched():
            return self.database.glance(
                lambda connection: look(self._new(connection, self.clock.now(), None))
            )

    @contextmanager
    def mark(self) -> Iterator[Connection]:
        """Open a transaction for marks that may be made twice; its commit is quick."""
        with self._watched(), self.database.turn(), self.database.marking() as connection:
            yield connection

    @contextmanager
    def relay(self) -> Iterator[Connection]:
        """Open one round of the relay: what it marks, takes and numbers."""
        with self._watched(), self.database.turn(), self.database.relaying() as connection:
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
        self.database.check_room()
        if self._failed:
            with self.begin() as tx:
                try_writing(tx.execute, self.metadata.tables["alarms"])

    def close(self) -> None:
        """Let go of the database."""
        if self._bell:
            self._bell.close()
        self.database.close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Translate failures, and open the database anew after one: it may allow more by now."""
        try:
            with translated(self.service):
                yield
        except StorageUnavailableError:
            self._failed = True
            self.database.reopen()
            raise

    def _new(self, connection: Connection, now: datetime, actor: Principal | None) -> T:
        who = actor or Principal.system(self.service)
        tables: Any = self.metadata.tables
        return self._transaction(connection, tables, now=now, actor=who)

    def _tell_listeners(self) -> None:
        for callback in self._listeners:
            callback()

    def _tell_followers(self, tx: Transaction) -> None:
        if tx.outgoing and self._followers:
            messages = [
                message_of(row, service=self.service, epoch=self.epoch) for row in tx.outgoing
            ]
            for follower in self._followers:
                follower(messages)


def try_writing(execute: Callable[[Executable], object], alarms: Table) -> None:
    """Write a row and take it back; merely asking for the lock succeeds on a read-only file."""
    probe = {"name": "probe", "since": datetime.now(UTC), "fact": "", "anchor": ""}
    execute(alarms.insert().values(probe))
    execute(delete(alarms).where(alarms.c.name == "probe"))
