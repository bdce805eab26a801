"""The three manners of adding a row, in the words of whichever database is behind it."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table
    from sqlalchemy.engine import Dialect

    Insert = postgresql.Insert | sqlite.Insert


class Manner(Enum):
    """What to do when a row with the same key is there."""

    NEW = auto()
    """Fail: there must be none."""
    UNLESS_THERE = auto()
    """Keep the one that is there."""
    NEWEST = auto()
    """Replace the one that is there, unless its `version` is later."""


def insertion(table: Table, columns: Iterable[str], manner: Manner, dialect: Dialect) -> Insert:
    """Return the INSERT of a row with *columns* into *table*."""
    statement = words_of(table, dialect)
    if manner is Manner.UNLESS_THERE:
        return statement.on_conflict_do_nothing()
    if manner is Manner.NEWEST:
        told = {name: statement.excluded[name] for name in columns if not _is_key(table, name)}
        key = list(table.primary_key.columns)
        later = table.c.version <= statement.excluded.version
        return statement.on_conflict_do_update(index_elements=key, set_=told, where=later)
    return statement


def words_of(table: Table, dialect: Dialect) -> Insert:
    """Return an INSERT as *dialect* extends it; how many rows it made is kept, no key is told."""
    made: Insert = (
        postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    )
    return made.inline().execution_options(preserve_rowcount=True)


def _is_key(table: Table, name: str) -> bool:
    return bool(table.c[name].primary_key)
