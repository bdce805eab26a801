"""Bring a database to the shape this version of a service expects.

Promise: a new database is made whole in one transaction; an old one is led through the
service's migrations; one made by a newer version is refused untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from shared.errors import Permanent

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


class NewerDatabaseError(Permanent):
    """The database was made by a newer version of Onward than this one."""


class BrokenReferenceError(Permanent):
    """A step would leave rows that refer to nothing; it is not taken."""


def prepare(connection: Connection, metadata: MetaData, migrations: Path | None) -> None:
    """Make or migrate the tables of *metadata*; *migrations* is a folder of numbered steps."""
    if migrations is None:
        metadata.create_all(connection)
    elif not inspect(connection).get_table_names():
        _make(connection, metadata, head_of(migrations))
    elif version_of(connection) != head_of(migrations):
        _migrate(connection, metadata, migrations)


def head_of(migrations: Path) -> str:
    """Return the newest version: the number that starts the last step's file name."""
    numbers = (file.name.split("_")[0] for file in migrations.glob("[0-9]*.py"))
    return max(numbers, default="0000")


def version_of(connection: Connection) -> str | None:
    """Return the version that a database has, None if it has none."""
    if not inspect(connection).has_table(VERSION.name):
        return None
    version: str | None = connection.scalar(select(VERSION.c.version_num))
    return version


def _make(connection: Connection, metadata: MetaData, head: str) -> None:
    metadata.create_all(connection)
    VERSION.create(connection)
    connection.execute(VERSION.insert().values(version_num=head))


def _migrate(connection: Connection, metadata: MetaData, migrations: Path) -> None:
    from shared.storage.migrating import upgrade  # noqa: PLC0415 - seldom needed, slow to import

    version = version_of(connection)
    if version is not None and version > head_of(migrations):
        raise NewerDatabaseError(
            f"the database of {metadata.info['service']} was made by a newer version of Onward "
            f"(step {version}, this one knows {head_of(migrations)}); nothing was changed"
        )
    if connection.dialect.name == "postgresql":  # a step may take longer than any request may
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    upgrade(connection, metadata, migrations)
    _check_references(connection)


def _check_references(connection: Connection) -> None:
    # SQLite does not look while steps are taken; PostgreSQL always does.
    sqlite = connection.dialect.name == "sqlite"
    if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise BrokenReferenceError("a step would leave rows that refer to nothing")
