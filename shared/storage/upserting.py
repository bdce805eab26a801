"""Insert a row unless one with its key is there, in whichever database is behind the connection.

Promise: what is there is kept or changed by one statement, so no other writer can come between.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql

from shared.storage.among import among, joined
from shared.storage.asking import ask
from shared.storage.inserting import insert_rows
from shared.storage.insertion import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection, Executable, Select, Table


def insert_each_unless_there(
    connection: Connection,
    table: Table,
    column: str,
    values: Sequence[UUID],
    same: Mapping[str, Any],
) -> set[UUID]:
    """Insert a row for each of *values* of *column*, *same* in all; return those not there before.

    *column* and the names of *same* are the whole row, and its key is among them.
    """
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_unnested(table, column, tuple(same)), {column: values, **same})
        return {row[0] for row in rows}
    key = {name: same[name] for name in same if table.c[name].primary_key}
    found = ask(connection, _among(table, column, tuple(key)), {"ids": joined(values), **key})
    new = set(values) - {row[0] for row in found}
    if new:
        columns = (column, *same)
        insert_rows(connection, table, columns, [{column: value, **same} for value in new])
    return new


@cache
def _unnested(table: Table, column: str, same: tuple[str, ...]) -> Executable:
    each = func.unnest(bindparam(column, type_=postgresql.ARRAY(table.c[column].type)))
    row = select(each, *(bindparam(name, type_=table.c[name].type) for name in same))
    statement = postgresql.insert(table).from_select([column, *same], row)
    return statement.on_conflict_do_nothing().returning(table.c[column])


@cache
def _among(table: Table, column: str, key: tuple[str, ...]) -> Select[Any]:
    same = (table.c[name] == bindparam(name) for name in key)
    return select(table.c[column]).where(among(table.c[column], "ids"), *same)


def insert_or_change(
    connection: Connection, table: Table, row: Mapping[str, Any], change: Mapping[str, Any]
) -> None:
    """Insert *row*, or *change* the one that has its primary key."""
    key = list(table.primary_key.columns)
    statement = words_of(table, connection.dialect).values(**row)
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=dict(change)))
