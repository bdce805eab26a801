"""Which tables refer to which: what is referred to must be there first."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Table


@cache
def ancestors(table: Table) -> frozenset[Table]:
    """Return every table that *table* refers to, and those that they refer to."""
    parents = {key.column.table for key in table.foreign_keys} - {table}
    return frozenset(parents.union(*map(ancestors, parents)))


@cache
def depth(table: Table) -> int:
    """Return a number that is higher than that of any ancestor of *table*."""
    return max((depth(parent) + 1 for parent in ancestors(table)), default=0)
