"""Connections kept open between transactions: to begin and to commit is all that each costs."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from shared.storage.wire import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

R = TypeVar("R")


class Shelf:
    """Lends connections of one engine, each in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []
        self._lock, self._closings = Lock(), 0

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Connection]:
        """Say *begin*; commit when the block ends, roll back when it raises."""
        closings = self._closings
        connection, _ = self._asked(lambda taken: send(taken, begin))
        try:
            yield connection
            _commit(connection)
        except BaseException:
            if _undone(connection):
                self._put_back(connection, closings)
            raise
        self._put_back(connection, closings)

    def glance(self, look: Callable[[Connection], R]) -> R:
        """Return what *look* finds with one statement: alone, it needs no transaction."""
        closings = self._closings
        connection, found = self._asked(look)
        self._put_back(connection, closings)
        return found

    def _asked(self, first: Callable[[Connection], R]) -> tuple[Connection, R]:
        """Return a connection and the answer to the *first* that is asked on it.

        A connection that was lost while idle is replaced.
        """
        while True:
            closings = self._closings
            connection, is_new = self._take()
            try:
                answer = first(connection)
            except BaseException:
                lost = not is_new and _is_lost(connection)
                if _undone(connection):
                    self._put_back(connection, closings)
                if not lost:
                    raise
            else:
                return connection, answer

    def close(self) -> None:
        """Close what is idle now, and what is lent as soon as it comes back."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._closings += 1
        for connection in idle:
            with suppress(DBAPIError):
                connection.close()
        self._engine.dispose()

    def _take(self) -> tuple[Connection, bool]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), False
        connection = self._engine.connect()
        connection.begin()  # SQLAlchemy's own notion, kept for good: ours are begun in words
        return connection, True

    def _put_back(self, connection: Connection, closings: int) -> None:
        with self._lock:
            if closings == self._closings:
                self._idle.append(connection)
                return
        connection.close()


def _commit(connection: Connection) -> None:
    """Commit; PostgreSQL answers a commit after a failed statement by rolling back."""
    done: Any = send(connection, "COMMIT")
    if getattr(done, "statusmessage", "COMMIT") != "COMMIT":
        said = "a statement had failed, so nothing was committed"
        raise OperationalError("COMMIT", None, Exception(said))


def _is_lost(connection: Connection) -> bool:
    """Tell whether the server is gone from the other end; a file never is."""
    return bool(getattr(connection.connection.driver_connection, "closed", False))


def _undone(connection: Connection) -> bool:
    """Roll back; a connection that cannot even do that is thrown away."""
    try:
        send(connection, "ROLLBACK")
    except DBAPIError:
        connection.invalidate()
        connection.close()
        return False
    return True
