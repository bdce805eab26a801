"""What a store needs of a database, whichever one it is.

Promise: one write transaction of a service at a time, so that what it read is still true when
it commits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

R = TypeVar("R")


class Leadership(Protocol):
    """The right to be the only one, among all processes of a service, that does a thing.

    It is kept for as long as its holder lives and reaches the database.
    """

    def held(self) -> bool:
        """Take it if it is free; tell whether it is ours.

        Between two terms it says False at least once: what was known in the first is void.
        """
        ...

    def release(self) -> None:
        """Let another have it."""
        ...


class Database(Protocol):
    """One service's own database."""

    @property
    def name(self) -> str:
        """Where it is, for a sentence to an operator; never a password."""
        ...

    def exists(self) -> bool:
        """Tell whether there is anything yet."""
        ...

    def turn(self) -> AbstractContextManager[object]:
        """Keep other commits of this process out while one is made and told of."""
        ...

    def writing(self, *, beside: bool = False) -> AbstractContextManager[Connection]:
        """Open the write transaction: commit when the block ends, roll back when it raises.

        *beside*: others may write meanwhile, where the database can have two writers.
        """
        ...

    def migrating(self) -> AbstractContextManager[Connection]:
        """Open the transaction in which tables are made or changed."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a snapshot that cannot write."""
        ...

    def glance(self, look: Callable[[Connection], R]) -> R:
        """Return what *look* finds with one statement, which is a snapshot of its own."""
        ...

    def marking(self) -> AbstractContextManager[Connection]:
        """Open a transaction for marks that may be made twice; its commit is quick."""
        ...

    def relaying(self) -> AbstractContextManager[Connection]:
        """Open the relay's transaction: it keeps no writer out, and what it numbers lasts."""
        ...

    def leader(self, name: str) -> Leadership:
        """Return the right to be the one process of this service that does *name*."""
        ...

    def number(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Give outbox *rows* their numbers here, if that is not left to the relay."""
        ...

    def check_room(self) -> None:
        """Raise StorageUnavailableError when a request would no longer fit."""
        ...

    def reopen(self) -> None:
        """Let go of connections after a failure, if new ones may do better."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


def open_database(where: Path | str) -> Database:
    """Return the database at *where*: a file of SQLite's, or a PostgreSQL URL."""
    if isinstance(where, Path):
        from shared.storage.sqlite import SqliteDatabase  # noqa: PLC0415 - only what is used

        return SqliteDatabase(where)
    from shared.storage.postgres import PostgresDatabase  # noqa: PLC0415

    return PostgresDatabase(where)
