"""What tests need not pay for: a disk's patience, and what each of a thousand stores and apps
would work out anew.

Nothing that is tested becomes anything else: the same statements reach the same databases.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from services.identity import passwords
from shared.storage import schema

ENOUGH = 2_000_000_000  # bytes: a served hub keeps half of it, its database the rest
MANY = 5_000
Make = Callable[[Connection, MetaData, str], None]
_compiled: LRUCache[Any, Any] = LRUCache(MANY)
_made: dict[tuple[MetaData, str], list[tuple[str, Any]]] = {}


def work_in_memory() -> None:
    """Keep what tests write, and what the programs they start write, off the disk if there is room.

    Nothing here outlives a loss of power: no test can cut it, and all of them wait for the disk.
    """
    memory = in_memory()
    if memory is not None and "PYTEST_DEBUG_TEMPROOT" not in os.environ:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = str(memory)
        tempfile.tempdir = None


def in_memory() -> Path | None:
    """Return a folder without a disk behind it, if there is one with room: quick to throw away."""
    memory = Path("/dev/shm")  # noqa: S108 - whoever works there makes a folder of its own
    if not memory.is_dir():
        return None
    room = os.statvfs(memory)
    return memory if room.f_bavail * room.f_frsize > ENOUGH else None


def compile_once() -> None:
    """Let the engines of this process share what they compiled: each test opens several anew."""
    shared = _Shared()
    Engine._compiled_cache = property(lambda _: shared, lambda _, __: None)  # type: ignore[assignment]


class _Shared:
    """Statements compiled for a kind of database; ours differ in nothing but where they lie."""

    def get(self, key: tuple[Any, ...]) -> Any:
        return _compiled.get((key[0].name, *key[1:]))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        _compiled[key[0].name, *key[1:]] = compiled

    def clear(self) -> None:
        """Forget nothing: other engines may need it."""


def hash_once() -> None:
    """Hash a password of a test's once: it takes long by intent, and each front desk has two."""
    passwords.hash_password = cache(passwords.hash_password)


def make_tables_once() -> None:
    """Write down what SQLite was told when a service's tables were made, and say it again."""
    make = schema._make

    def made(connection: Connection, metadata: MetaData, head: str) -> None:
        if connection.dialect.name != "sqlite":
            make(connection, metadata, head)
            return
        key = (metadata, head)
        if key not in _made:
            with _written_down(connection) as told:
                make(connection, metadata, head)
            _made[key] = told
            return
        for statement, values in _made[key]:
            connection.exec_driver_sql(statement, values or None)

    schema._make = made


@contextmanager
def _written_down(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Yield a list that fills with what changes the database."""
    told: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        if not statement.lstrip().upper().startswith(("PRAGMA", "SELECT")):
            told.append((statement, values))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield told
    finally:
        event.remove(connection, "before_cursor_execute", hear)
