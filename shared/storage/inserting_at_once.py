"""Insert rows of several tables in one statement, as PostgreSQL can: what one view writes.

Measured against a statement for each row, all sent together: a quarter less processor time for
whoever writes and a fifth less for the server.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from shared.storage.inserting import compiled
from shared.storage.insertion import Manner
from shared.storage.wire import can_copy, send_numbered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlalchemy import Connection, Table
    from sqlalchemy.engine import Dialect

    Shape = tuple[Table, tuple[str, ...], Manner]

FEW = 4  # rows of a table: each other count is another statement, and a new one must be planned


def go_at_once(connection: Connection, rows: Mapping[Shape, Sequence[object]]) -> bool:
    """Tell whether *rows*, by table, columns and manner, may go in one statement.

    None of them sees what another part adds, so each table stands in it once.
    """
    return (
        can_copy(connection)
        and 1 < len(rows) == len({table for table, _, _ in rows})
        and all(len(each) <= FEW for each in rows.values())
        and all(manner is not Manner.NEWEST for _, _, manner in rows)
    )


def insert_at_once(connection: Connection, rows: Mapping[Shape, Sequence[dict[str, Any]]]) -> None:
    """Insert *rows*, by table, columns and manner; all of them or, if one is refused, none."""
    counts = tuple((*shape, len(each)) for shape, each in rows.items())
    values: list[Any] = []
    for shape, each in rows.items():
        values_of = compiled(*shape, connection.dialect)[1]
        for row in each:
            values += values_of(row)
    send_numbered(connection, _statement(counts, connection.dialect), values)


@lru_cache(maxsize=1024)
def _statement(
    counts: tuple[tuple[Table, tuple[str, ...], Manner, int], ...], dialect: Dialect
) -> str:
    *firsts, last = (
        _insert(compiled(table, columns, manner, dialect)[0], count)
        for table, columns, manner, count in counts
    )
    named = ", ".join(f"part{n} AS ({insert})" for n, insert in enumerate(firsts))
    return _numbered(f"WITH {named} {last}")


def _numbered(statement: str) -> str:
    """Return *statement* with numbers instead of the driver's marks."""
    first, *rest = statement.split("%s")
    return first + "".join(f"${n}{piece}" for n, piece in enumerate(rest, 1))


def _insert(of_one: str, count: int) -> str:
    """Return the INSERT of *count* rows from that of one."""
    head, _, rest = of_one.partition(" VALUES ")
    row, conflict, manner = rest.partition(" ON CONFLICT")
    return f"{head} VALUES {', '.join([row] * count)}{conflict}{manner}"
