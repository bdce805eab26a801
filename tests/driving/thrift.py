"""What tests need not pay for: a disk's patience, and what each of a thousand stores and apps
would work out anew.

Nothing that is tested becomes anything else: the same statements reach the same databases.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from services.identity import passwords
from shared.storage import Store, schema
from shared.storage.sqlite import SqliteDatabase
from shared.web.late_rules import LateRule

ENOUGH = 2_000_000_000  # bytes: a served hub keeps half of it, its database the rest
MANY = 5_000
_compiled: LRUCache[Any, Any] = LRUCache(MANY)
_read: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {}


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
    """Make an empty database of a service's once, and copy it to where SQLite's next is to be.

    Whose copy it is, and since when that one announces, is written into it as into any other.
    """
    opening = Store.__init__

    @wraps(opening)
    def opened(self: Store[Any], where: Path | str, metadata: MetaData, **more: Any) -> None:
        migrations = more.get("migrations")
        if isinstance(where, Path) and migrations and not where.exists():
            where.parent.mkdir(parents=True, exist_ok=True)
            where.touch(mode=0o600)
            where.write_bytes(_empty(metadata, migrations, schema.head_of(migrations)))
        opening(self, where, metadata, **more)

    Store.__init__ = opened  # type: ignore[method-assign]


@cache
def _empty(metadata: MetaData, migrations: Path, head: str) -> bytes:
    """Return the file of a new database: every table, and nothing in them."""
    with TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / f"{head}.sqlite3")
        with database.migrating() as connection:
            schema.prepare(connection, metadata, migrations)
        database.close()
        return database.path.read_bytes()


def read_addresses_once() -> None:
    """Take apart the address of a page once: each app has some two hundred, alike in all."""
    read = LateRule._parse_rule

    def parsed(self: LateRule, address: str) -> list[Any]:
        if address not in _read:
            before = len(self._trace)
            parts, steps = list(read(self, address)), self._trace[before:]
            _read[address] = parts, steps, {n: self._converters[n] for late, n in steps if late}
            return parts
        parts, steps, converters = _read[address]
        self._trace += steps
        self._converters |= converters
        self.arguments |= set(converters)
        return parts

    LateRule._parse_rule = parsed  # type: ignore[assignment, method-assign]
