"""PostgreSQL as a service's database: one write transaction of a service at a time.

The lock that BEGIN IMMEDIATE takes in SQLite is an advisory lock here, held until the commit is
on the disk; everything read before a write is therefore still true when it is written.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from shared.errors import StorageUnavailableError
from shared.storage.failures import translated
from shared.storage.leading import AdvisoryLeader
from shared.storage.shelf import Shelf
from shared.storage.wire import send

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

R = TypeVar("R")
WRITER = 0x6F6E77  # the advisory lock of a service's one writer, in the service's own database
BESIDE = "BEGIN"
WRITING = f"BEGIN; SELECT pg_advisory_xact_lock({WRITER})"
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
MARKING = "BEGIN; SET LOCAL synchronous_commit = off"
# As much as a few requests need: what changes no more than a row finds room on a full disk too.
GROWING = "CREATE TEMPORARY TABLE room ON COMMIT DROP AS SELECT generate_series(1, 20000) AS row"
# A server that has vanished without a word is found out within seconds.
CONNECTING = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "application_name": "onward",
}


class PostgresDatabase:
    """A service's own database on a server, reached as the service's own role."""

    def __init__(self, url: str) -> None:
        named = make_url(url)
        if named.get_backend_name() != "postgresql":
            raise ArgumentError("the URL of a database must begin with postgresql://")
        self._url = named.set(drivername="postgresql+psycopg")
        self._shelf = Shelf(self._engine())
        self._doubted = False

    @property
    def name(self) -> str:
        """Where it is."""
        place = self._url.translate_connect_args() | self._url.query
        return f"{self._url.database} at {place.get('host')}:{place.get('port', 5432)}"

    def exists(self) -> bool:
        """Tell whether the database can be reached and has anything in it."""
        with translated(self.name), self.reading() as connection:
            return bool(inspect(connection).get_table_names())

    def turn(self) -> AbstractContextManager[object]:
        """Nothing to keep out: the relay reads the outbox in the order of its ids."""
        return nullcontext()

    def writing(self, *, beside: bool = False) -> AbstractContextManager[Connection]:
        """Open the write transaction, once no other is open that must have no other *beside* it."""
        return self._shelf.transaction(BESIDE if beside else WRITING)

    def migrating(self) -> AbstractContextManager[Connection]:
        """Open the transaction in which tables are made or changed: one like any other here."""
        return self.writing()

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a snapshot that cannot write."""
        return self._shelf.transaction(READING)

    def glance(self, look: Callable[[Connection], R]) -> R:
        """Return what *look* finds with one statement, which is a snapshot of its own."""
        return self._shelf.glance(look)

    def marking(self) -> AbstractContextManager[Connection]:
        """Open a transaction whose commit does not wait for the disk."""
        return self._shelf.transaction(MARKING)

    def relaying(self) -> AbstractContextManager[Connection]:
        """Open the relay's transaction, whose commit waits for the disk."""
        return self._shelf.transaction("BEGIN")

    def leader(self, name: str) -> AdvisoryLeader:
        """Return the right to do *name*: a lock that ends with the session that took it."""
        return AdvisoryLeader(self._engine(), self.name, name)

    def number(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Leave the numbers to the relay."""
        del connection
        for row in rows:
            row["producer_seq"] = row["producer_prev"] = None

    def check_room(self) -> None:
        """Ask whether the server answers; after a failure, whether what grows finds room, too."""
        doubted, self._doubted = self._doubted, False
        try:
            with translated(self.name), self.writing(beside=True) as connection:
                if doubted:
                    send(connection, GROWING)
        except StorageUnavailableError:
            self._doubted = True
            raise

    def reopen(self) -> None:
        """Let go of connections: the server may have been restarted, or be out of room."""
        self._doubted = True
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._shelf.close()

    def _engine(self) -> Engine:
        return create_engine(
            self._url,
            poolclass=NullPool,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            paramstyle="format",
            hide_parameters=True,
            connect_args=CONNECTING,
            json_serializer=_to_json,
            json_deserializer=orjson.loads,
        )


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()
