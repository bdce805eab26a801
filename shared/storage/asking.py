"""Ask, and change, at the driver's own speed: each statement is compiled once for the process.

For hot paths whose statements are built once, with plain `bindparam`s or values (no lists):
SQLAlchemy's compiler and column types decide what is sent and what comes back, as ever.
"""

from __future__ import annotations

import re
from collections import namedtuple
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared.storage.wire import send, send_many

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Delete, Select, Update
    from sqlalchemy.engine import Dialect

    Change = Delete | Update
    Process = Callable[[Any], Any] | None
    Words = frozenset[str]
    Binds = tuple[tuple[str, Process, Any], ...]


def ask(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return the rows of *statement* as named tuples."""
    text, binds, _ = _compiled(statement, connection.dialect)
    rows = send(connection, text, _values(binds, parameters)).fetchall()
    if not rows:
        return []
    worked, made = _results(statement, connection.dialect)
    return [made(_worked(row, worked)) for row in rows]


def change(connection: Connection, statement: Change, parameters: Mapping[str, Any]) -> int:
    """Run *statement* and return how many rows it changed."""
    text, binds, _ = _compiled(statement, connection.dialect)
    count: int = send(connection, text, _values(binds, parameters)).rowcount
    return count


def change_each(
    connection: Connection, statement: Change, parameters: Sequence[Mapping[str, Any]]
) -> int:
    """Run *statement* once for each of *parameters*; return how many rows it changed in all."""
    text, binds, _ = _compiled(statement, connection.dialect)
    return send_many(connection, text, [_values(binds, one) for one in parameters])


def row_of(statement: Select[Any], dialect: Dialect, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the row that *statement* would find if the database held *values*."""
    _, made = _results(statement, dialect)
    return made([values[str(column.key)] for column in statement.selected_columns])


def words_in(connection: Connection, statement: Select[Any] | Change) -> frozenset[str]:
    """Return every word of *statement*: the tables it touches are among them."""
    return _compiled(statement, connection.dialect)[2]


def _values(binds: Binds, parameters: Mapping[str, Any]) -> list[Any]:
    return [
        parameters.get(name, said) if process is None else process(parameters.get(name, said))
        for name, process, said in binds
    ]


def _worked(row: Sequence[Any], worked: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, process in worked:
        values[place] = process(values[place])
    return values


@lru_cache(maxsize=1024)
def _compiled(statement: Select[Any] | Change, dialect: Dialect) -> tuple[str, Binds, Words]:
    compiled: Any = statement.compile(dialect=dialect)
    if "POSTCOMPILE" in str(compiled):
        message = "a list or a constant limit is written anew each time; use execute"
        raise TypeError(message)
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    known = tuple(
        (bind.key, bind.type.dialect_impl(dialect).bind_processor(dialect), bind.value)
        for bind in binds
    )
    return str(compiled), known, frozenset(re.findall(r"\w+", str(compiled)))


@lru_cache(maxsize=1024)
def _results(
    statement: Select[Any], dialect: Dialect
) -> tuple[list[tuple[int, Callable[[Any], Any]]], Callable[[Sequence[Any]], tuple[Any, ...]]]:
    columns = list(statement.selected_columns)
    processes = (c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns)
    made = namedtuple("Asked", [column.key for column in columns])  # type: ignore[misc] # noqa: PYI024
    return [(place, process) for place, process in enumerate(processes) if process], made._make
