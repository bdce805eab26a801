"""A unit of work: reads see what it wrote, nothing leaves it before it is committed."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from shared.bus.outbox import outbox_row
from shared.ids import new_id
from shared.storage.among import joined
from shared.storage.asking import ask, change, words_in
from shared.storage.buffer import Buffer
from shared.storage.inserting import insert_rows, is_copied
from shared.storage.inserting_at_once import go_at_once, insert_at_once
from shared.storage.insertion import Manner
from shared.storage.prepared import Prepared, by_key
from shared.storage.upserting import insert_each_unless_there, insert_or_change
from shared.storage.wire import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import (
        Column,
        Connection,
        CursorResult,
        Delete,
        Executable,
        Row,
        Select,
        Table,
        Update,
    )

    from shared.bus.envelope import Message
    from shared.identity import Principal
    from shared.storage.buffer import Rows, Shape
    from shared.storage.database import Database
    from shared.storage.prepared import Keyed


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
        self._buffer = Buffer()
        self._prepared = Prepared()
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
        self._add(table, values, Manner.NEW)

    def add_unless_there(self, table: Table, **values: Any) -> None:  # noqa: ANN401 - column values
        """Add a row as `insert` does, unless one with its key is there by then."""
        self._add(table, values, Manner.UNLESS_THERE)

    def renew(self, table: Table, **values: Any) -> None:  # noqa: ANN401 - column values
        """Add a row as `insert` does; one with its key and no later `version` gives way to it."""
        self._add(table, values, Manner.NEWEST)

    def _add(self, table: Table, values: dict[str, Any], manner: Manner) -> None:
        self._buffer.add(table, values, manner)
        if self._prepared:
            self._prepared.add_row(table, values, manner, self._connection.dialect)

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

    def insert_unless_there(self, table: Table, **values: Any) -> bool:  # noqa: ANN401 - column values
        """Add a row now unless one with its key is there; tell whether it is new."""
        return self._insert_now(table, values, Manner.UNLESS_THERE)

    def insert_each_unless_there(
        self,
        table: Table,
        column: str,
        values: Sequence[UUID],
        **same: Any,  # noqa: ANN401
    ) -> set[UUID]:
        """Add a row now for each id of *values* in *column*; return those that were not there."""
        self.flush()
        self._prepared.forget_row(table, {})
        return insert_each_unless_there(self._connection, table, column, values, same)

    def insert_or_change(
        self, table: Table, row: Mapping[str, Any], change: Mapping[str, Any]
    ) -> None:
        """Add *row* now, or *change* the one that has its primary key."""
        self.flush()
        self._prepared.forget_row(table, row)
        insert_or_change(self._connection, table, row, change)

    def keep_newest(self, table: Table, **values: Any) -> bool:  # noqa: ANN401 - column values
        """Keep a row unless the one with its key has a later `version`; tell whether it is kept."""
        return self._insert_now(table, values, Manner.NEWEST)

    def _insert_now(self, table: Table, values: dict[str, Any], manner: Manner) -> bool:
        self._write(self._buffer.take(frozenset([table.name])))
        self._prepared.forget_row(table, values)
        return insert_rows(self._connection, table, tuple(values), [values], manner) == 1

    def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401 - one mapping or many
    ) -> CursorResult[Any]:
        """Run *statement* after everything written so far."""
        self.flush()
        if not getattr(statement, "is_select", False):
            self._prepared.forget_all()
        return self._connection.execute(statement, parameters)

    def ask(self, statement: Select[Any], /, **parameters: Any) -> list[Any]:  # noqa: ANN401 - values
        """Return the rows of a *statement* that was built once, quicker than `all` does."""
        self._write(self._buffer.take(words_in(self._connection, statement)))
        return ask(self._connection, statement, parameters)

    def prepare(self, question: Keyed, keys: Iterable[UUID]) -> None:
        """Ask *question* of many ids at once, so that `ask_of` need not ask for each of them."""
        asked = list(dict.fromkeys(keys))
        if asked:
            rows = self.ask(question.of_many, keys=joined(asked))
            words = words_in(self._connection, question.of_many)
            self._prepared.keep(question, self._tables.keys() & words, by_key(rows, asked))

    def ask_of(self, question: Keyed, key: UUID) -> list[Any]:
        """Return the rows that *question* finds for one id."""
        known = self._prepared.answer(question, key)
        if known is None:
            known = self.ask(question.of_one, key=key)
            self._prepared.remember(question, key, known)
        return known

    def change(
        self,
        statement: Update | Delete,
        of: Mapping[Column[UUID], UUID] | None = None,
        /,
        **parameters: Any,  # noqa: ANN401 - values
    ) -> int:
        """Run a *statement* that was built once; return how many rows it changed.

        *of* names ids of those rows, for all that it looks at of their table: what was prepared
        of others by these columns stays, and what is buffered of others may wait.
        """
        words = words_in(self._connection, statement)
        self._write(self._buffer.take(words, of or {}))
        if self._prepared:
            self._prepared.forget(self._tables.keys() & words, of or {})
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
        """Send every buffered row to the database."""
        self._write(self._buffer.take_all())

    def _write(self, rows: Mapping[Shape, Rows]) -> None:
        wire = self._connection
        if go_at_once(wire, rows):
            insert_at_once(wire, rows)
            return
        copied = any(is_copied(wire, shape[2], each) for shape, each in rows.items())
        with together(wire) if len(rows) > 1 and not copied else nullcontext():
            for (table, columns, manner), each in rows.items():
                insert_rows(wire, table, columns, each, manner)

    def finish(self, database: Database) -> None:
        """Write what is buffered and number what is announced; the store commits next."""
        if self.outgoing:
            database.number(self._connection, self.outgoing)
            outbox = self._tables["outbox"]
            for row in self.outgoing:
                self._buffer.add(outbox, row, Manner.NEW)
        self.flush()
