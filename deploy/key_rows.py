"""Where data keys lie: found in the tables themselves, so that no table can be forgotten.

A wrapped data key is known by its length and by the name of its key, its first eight bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, LargeBinary, Table, and_, func, select, text, update

from shared.vault import WRAPPED_BYTES

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import MetaData, Row

    from shared.storage import Store
    from shared.vault import Vault

AT_ONCE = 500
_ALONE = text("SELECT 1")
_NOW = text("SELECT clock_timestamp()")
_OLDER = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND xact_start < :moment"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One column that may hold wrapped data keys."""

    table: Table
    column: Column[bytes]


def places_of(metadata: MetaData) -> list[Place]:
    """Return every column of bytes that is not part of a key of its table."""
    return [
        Place(table, column)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not column.primary_key
    ]


def rewrap_some(store: Store[Any], vault: Vault, place: Place, old_id: bytes) -> int:
    """Put some data keys of one column under the present key; return how many there were."""
    column, key = place.column, list(place.table.primary_key.columns)
    mine = func.length(column) == WRAPPED_BYTES, func.substr(column, 1, len(old_id)) == old_id
    wanted = select(*key, column.label("wrapped")).where(*mine).order_by(*key).limit(AT_ONCE)
    with store.read() as tx:  # a long look keeps no writer waiting
        rows = tx.all(wanted)
    if rows:
        with store.begin() as tx:
            for row in rows:
                new = vault.rewrap(bytes(row.wrapped))
                here = _here(place, row)
                tx.execute(update(place.table).where(here).values({column.name: new}))
    return len(rows)


def _here(place: Place, row: Row[Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's own condition
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    key = (column == found[column] for column in place.table.primary_key.columns)
    # Whoever changed it meanwhile wrapped it anew.
    return and_(*key, place.column == row.wrapped)


def moment_of(store: Store[Any]) -> datetime | None:
    """Return the present moment as the database server has it.

    In SQLite it is None: there the write transaction that was just open was the only one.
    """
    with store.begin() as tx:
        tx.execute(_ALONE)
    with store.database.reading() as connection:
        postgres = connection.dialect.name == "postgresql"
        moment: datetime | None = connection.scalar(_NOW) if postgres else None
        return moment


def older_transactions(store: Store[Any], moment: datetime) -> int:
    """Return how many transactions of this database began before *moment* and are open still."""
    with store.database.reading() as connection:
        return int(connection.scalar(_OLDER, {"moment": moment}) or 0)
