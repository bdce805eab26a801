"""Ask at the driver's own speed: each statement is compiled once for the process.

For hot paths whose statements are built once at import, with plain `bindparam`s (no lists):
SQLAlchemy's compiler and column types decide what is sent and what comes back, as ever.
"""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shared.storage.inserting import driven

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Select
    from sqlalchemy.engine import Dialect

    Process = Callable[[Any], Any] | None


def ask(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return the rows of *statement* as named tuples."""
    text, binds, results, made = _compiled(statement, connection.dialect)
    values = tuple(
        parameters[name] if process is None else process(parameters[name])
        for name, process in binds
    )
    with driven(connection, text) as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    return [
        made(
            *(v if process is None else process(v) for v, process in zip(row, results, strict=True))
        )
        for row in rows
    ]


@lru_cache(maxsize=1024)
def _compiled(
    statement: Select[Any], dialect: Dialect
) -> tuple[str, tuple[tuple[str, Process], ...], tuple[Process, ...], Callable[..., Any]]:
    compiled: Any = statement.compile(dialect=dialect)
    binds = tuple(
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in compiled.positiontup or ()
    )
    columns = list(statement.selected_columns)
    results = tuple(
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
    )
    made = namedtuple("Asked", [column.key for column in columns])  # type: ignore[misc] # noqa: PYI024
    return str(compiled), binds, results, made
