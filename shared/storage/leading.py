"""Who, among the processes of a service, does what only one may do: its relay, each chore.

Promise: two never hold the same name at once on one server. A holder that dies or loses its
connection loses the name with it, and one that stands by has it at its next question.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.errors import Transient
from shared.storage.failures import translated
from shared.storage.wire import send

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from shared.storage.database import Leadership

LEADERS = 0x6C6564  # the advisory locks of leaders, apart from that of the writer
_TAKE = text("SELECT pg_try_advisory_lock(:kind, :name)")
_GIVE = text("SELECT pg_advisory_unlock(:kind, :name)")
_ALIVE = "SELECT 1"


def leads(leadership: Leadership) -> bool:
    """Tell whether *leadership* is ours; not while its database cannot be asked."""
    try:
        return leadership.held()
    except Transient:
        return False


class AlwaysLeader:
    """The only process there is."""

    def held(self) -> bool:
        """Tell that it is ours."""
        return True

    def release(self) -> None:
        """Nobody else waits for it."""


class AdvisoryLeader:
    """A session-wide advisory lock of PostgreSQL, on a connection of its own."""

    def __init__(self, engine: Engine, where: str, name: str) -> None:
        self._engine, self._where = engine, where
        self._key = {"kind": LEADERS, "name": _signed(crc32(name.encode()))}
        self._connection: Connection | None = None
        self._held, self._lock = False, Lock()

    def held(self) -> bool:
        """Take it if it is free; tell whether it is ours."""
        with self._lock:
            if self._held and not self._alive():
                return False
            if not self._held:
                self._held = self._taken()
            return self._held

    def release(self) -> None:
        """Let another have it at once."""
        with self._lock, suppress(DBAPIError):
            if self._held and self._connection is not None:
                self._connection.execute(_GIVE, self._key)
        with self._lock:
            self._let_go()

    def _taken(self) -> bool:
        try:
            with translated(self._where):
                self._connection = self._connection or self._engine.connect()
                return bool(self._connection.scalar(_TAKE, self._key))
        except BaseException:
            self._let_go()
            raise

    def _alive(self) -> bool:
        """Ask the session that holds the lock: if it cannot answer, the server has let it go."""
        try:
            if self._connection is not None:
                send(self._connection, _ALIVE)
                return True
        except DBAPIError:
            self._let_go()
        return False

    def _let_go(self) -> None:
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()


def _signed(number: int) -> int:
    """Return *number* as the signed 32 bits that PostgreSQL takes."""
    return number - (1 << 32) if number >= 1 << 31 else number
