"""One of many ids, said so that a statement is built once however many there are.

Each database takes the ids as one text, joined by commas, and looks each up by its index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, bindparam, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import String

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.elements import KeyedColumnElement


class among(ColumnElement[bool]):  # noqa: N801 - reads as SQL, like and_ and or_
    """Whether *column* is one of the ids that the parameter *name* holds."""

    inherit_cache = False
    # Else SQLite is asked whether it equals 1, and looks at every row to find out.
    _is_implicitly_boolean = True
    type = Boolean()

    def __init__(self, column: KeyedColumnElement[Any], name: str) -> None:
        self.column = column
        self.ids = type_coerce(bindparam(name), String)


def joined(ids: Iterable[UUID]) -> str:
    """Return *ids* as the parameter that `among` takes."""
    return ",".join([one.hex for one in ids])


@compiles(among, "sqlite")
def _in_sqlite(element: among, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - the compiler's
    column, ids = compiler.process(element.column, **how), compiler.process(element.ids, **how)
    texts = f"""'["' || replace({ids}, ',', '","') || '"]'"""
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - compiled parts, no values


@compiles(among, "postgresql")
def _in_postgresql(element: among, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - the same
    column, ids = compiler.process(element.column, **how), compiler.process(element.ids, **how)
    listed = f"(SELECT CAST(string_to_array({ids}, ',') AS uuid[]))"  # read once, not at each row
    return f"{column} = ANY(CAST({listed} AS uuid[]))"
