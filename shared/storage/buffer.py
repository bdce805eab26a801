"""Rows that wait until they must be written, so that those of one table travel together."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shared.storage.family import ancestors, depth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from sqlalchemy import Column, Table

    from shared.storage.insertion import Manner

    Ids = Mapping[Column[UUID], UUID]
    Shape = tuple[Table, tuple[str, ...], Manner]
    Rows = list[dict[str, Any]]

NOBODY: Ids = MappingProxyType({})


class Buffer:
    """The rows of one transaction that wait, by table, columns and manner."""

    def __init__(self) -> None:
        self._rows: dict[Shape, Rows] = {}

    def add(self, table: Table, row: dict[str, Any], manner: Manner) -> None:
        """Let a row wait."""
        self._rows.setdefault((table, tuple(row), manner), []).append(row)

    def take_all(self) -> dict[Shape, Rows]:
        """Return everything that waits, what is referred to before what refers to it."""
        return self._take(self._rows)

    def take(self, words: frozenset[str], of: Ids = NOBODY) -> dict[Shape, Rows]:
        """Return the rows that a statement of these *words* may be about, and what they refer to.

        *of* are ids of the rows of a table that it looks at: what is of others goes on waiting.
        """
        due = {
            table
            for (table, *_), rows in self._rows.items()
            if table.name in words and not _are_others(table, rows, of)
        }
        if not due:
            return {}
        due.update(*map(ancestors, due))
        return self._take(shape for shape in self._rows if shape[0] in due)

    def _take(self, shapes: Iterable[Shape]) -> dict[Shape, Rows]:
        ordered = sorted(shapes, key=lambda shape: depth(shape[0]))
        return {shape: self._rows.pop(shape) for shape in ordered}


def _are_others(table: Table, rows: Rows, of: Ids) -> bool:
    """Tell whether none of *rows* of *table* is one that these ids name."""
    return any(
        all(row.get(column.name, key) != key for row in rows)
        for column, key in of.items()
        if column.table is table
    )
