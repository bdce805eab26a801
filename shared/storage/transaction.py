"""A unit of work: reads see what it wrote, nothing leaves it before it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.bus.outbox import outbox_row
from shared.ids import new_id
from shared.storage.asking import ask, change
from shared.storage.inserting import insert_rows
from shared.storage.upserting import (
    insert_each_unless_there,
    insert_or_change,
    insert_or_renew,
    insert_unless_there,
)
from shared.storage.wire import together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection, CursorResult, Delete, Executable, Row, Select, Table, Update

    from shared.bus.envelope import Message
    from shared.identity import Principal
    from shared.storage.database import Database


class Transaction:
    """What use cases and handlers are given; a service derives its own reads and writes."""

    def __init__(
        self,
        connection: Connection,
        tables: Mapping[str, Table],
        *,
        now: datetime,
        actor: Principal,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._pending: dict[tuple[Table, tuple[str, ...]], list[dict[str, Any]]] = {}
        self.outgoing: list[dict[str, Any]] = []
        self.now = now
        self.actor = actor
        self.hearing: Message | None = None
        self.announced = False

    @property
    def told_version(self) -> int:
        """Return the number of what is heard among all that is told of its subject."""
        return (self.hearing.sequence if self.hearing else None) or 0

    def new_id(self) -> UUID:
        """Return a new identifier."""
        return new_id()

    def insert(self, table: Table, **values: Any) -> None:  # noqa: ANN401 - column values
        """Add a row; rows of one table travel together before the next read or the commit."""
        self._pending.setdefault((table, tuple(values)), []).append(values)

    def announce(
        self, event: object, *, sequence: int | None = None, expires: datetime | None = None
    ) -> None:
        """Tell the other services *event*, if and only if this transaction commits."""
        self.outgoing.append(outbox_row(self, event, sequence=sequence, expires=expires))
        self.announced = True

    def restate(self, event: object, *, sequence: int, since: datetime) -> None:
        """Tell again what is so since *since*, with the number it was last told with.

        Readers that lost their copy keep it; nobody acts on it.
        """
        self.outgoing.append(outbox_row(self, event, sequence=sequence, restates=since))
        self.announced = True

    def insert_unless_there(self, table: Table, *rows: Mapping[str, Any]) -> int:
        """Add those *rows* now whose key is not taken; return how many were new."""
        self.flush()
        return insert_unless_there(self._connection, table, rows)

    def insert_each_unless_there(
        self,
        table: Table,
        column: str,
        values: Sequence[Any],
        **same: Any,  # noqa: ANN401
    ) -> set[Any]:
        """Add a row now for each of *values* of *column*; return those that were not there."""
        self.flush()
        return insert_each_unless_there(self._connection, table, column, values, same)

    def insert_or_change(
        self, table: Table, row: Mapping[str, Any], change: Mapping[str, Any]
    ) -> None:
        """Add *row* now, or *change* the one that has its primary key."""
        self.flush()
        insert_or_change(self._connection, table, row, change)

    def keep_newest(self, table: Table, **row: Any) -> bool:  # noqa: ANN401 - column values
        """Keep *row* unless the one with its key has a later `version`; tell whether it is kept."""
        self.flush()
        return insert_or_renew(self._connection, table, row)

    def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401 - one mapping or many
    ) -> CursorResult[Any]:
        """Run *statement* after everything written so far."""
        self.flush()
        return self._connection.execute(statement, parameters)

    def ask(self, statement: Select[Any], /, **parameters: Any) -> list[Any]:  # noqa: ANN401 - values
        """Return the rows of a *statement* that was built once, quicker than `all` does."""
        self.flush()
        return ask(self._connection, statement, parameters)

    def change(self, statement: Update | Delete, /, **parameters: Any) -> int:  # noqa: ANN401 - values
        """Run a *statement* that was built once; return how many rows it changed."""
        self.flush()
        return change(self._connection, statement, parameters)

    def one(self, statement: Executable) -> Row[Any] | None:
        """Return the first row, or None."""
        return self.execute(statement).first()

    def all(self, statement: Executable) -> list[Row[Any]]:
        """Return every row."""
        return list(self.execute(statement).all())

    def mappings(self, statement: Executable) -> Sequence[Mapping[str, Any]]:
        """Return every row, by column names."""
        return self.execute(statement).mappings().all()  # type: ignore[return-value]

    def table(self, name: str) -> Table:
        """Return one of this service's tables by name."""
        return self._tables[name]

    def flush(self) -> None:
        """Send buffered rows to the database; called before every read and at commit."""
        if len(self._pending) > 1:
            with together(self._connection):
                self._insert_pending()
        elif self._pending:
            self._insert_pending()

    def _insert_pending(self) -> None:
        pending, self._pending = self._pending, {}
        for (table, columns), rows in pending.items():
            insert_rows(self._connection, table, columns, rows)

    def finish(self, database: Database) -> None:
        """Write what is buffered and number what is announced; the store commits next."""
        if self.outgoing:
            database.number(self._connection, self.outgoing)
            outbox = self._tables["outbox"]
            self._pending[outbox, tuple(self.outgoing[0])] = self.outgoing
        self.flush()
