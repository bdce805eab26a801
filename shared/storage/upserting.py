"""Insert a row unless one with its key is there, in whichever database is behind the connection.

Promise: what is there is kept or changed by one statement, so no other writer can come between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table

    Insert = postgresql.Insert | sqlite.Insert


def insert_unless_there(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Insert *rows*, leaving out those whose key is taken; return how many were new."""
    statement = _insert(connection, table).on_conflict_do_nothing()
    if connection.dialect.name == "postgresql":  # whose driver does not count many statements
        return connection.execute(statement.values(list(rows))).rowcount
    return connection.execute(statement, rows).rowcount


def insert_or_change(
    connection: Connection, table: Table, row: Mapping[str, Any], change: Mapping[str, Any]
) -> None:
    """Insert *row*, or *change* the one that has its primary key."""
    key = list(table.primary_key.columns)
    statement = _insert(connection, table).values(**row)
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=dict(change)))


def insert_or_renew(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert *row*, or replace the one that has its key unless that one's `version` is later."""
    key = list(table.primary_key.columns)
    statement = _insert(connection, table)
    told = {name: statement.excluded[name] for name in row if not table.c[name].primary_key}
    renewed = statement.on_conflict_do_update(
        index_elements=key, set_=told, where=table.c.version <= statement.excluded.version
    )
    return connection.execute(renewed.values(**row)).rowcount == 1


def _insert(connection: Connection, table: Table) -> Insert:
    on_postgresql = connection.dialect.name == "postgresql"
    statement = postgresql.insert(table) if on_postgresql else sqlite.insert(table)
    return statement.execution_options(preserve_rowcount=True)
