"""Connections kept open between transactions: to begin and to commit is all that each costs."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from shared.storage.wire import send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


class Shelf:
    """Lends connections of one engine, each in a transaction that *begin* opens."""

    def __init__(self, engine: Engine, begin: str) -> None:
        self._engine, self._begin = engine, begin
        self._idle: list[Connection] = []
        self._lock, self._closings = Lock(), 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit when the block ends, roll back when it raises."""
        closings, connection = self._closings, self._take()
        try:
            send(connection, self._begin)
            yield connection
            send(connection, "COMMIT")
        except BaseException:
            if _undone(connection):
                self._put_back(connection, closings)
            raise
        self._put_back(connection, closings)

    def close(self) -> None:
        """Close what is idle now, and what is lent as soon as it comes back."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._closings += 1
        for connection in idle:
            with suppress(DBAPIError):
                connection.close()
        self._engine.dispose()

    def _take(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = self._engine.connect()
        connection.begin()  # SQLAlchemy's own notion, kept for good: ours are begun in words
        return connection

    def _put_back(self, connection: Connection, closings: int) -> None:
        with self._lock:
            if closings == self._closings:
                self._idle.append(connection)
                return
        connection.close()


def _undone(connection: Connection) -> bool:
    """Roll back; a connection that cannot even do that is thrown away."""
    try:
        send(connection, "ROLLBACK")
    except DBAPIError:
        connection.invalidate()
        connection.close()
        return False
    return True
