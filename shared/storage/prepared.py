"""What a batch will ask of the database, asked at once for all its messages.

Promise: an answer prepared is the answer the database would give: what this transaction has
written since is added to it, or it is asked anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam

from shared.storage.among import among
from shared.storage.asking import row_of
from shared.storage.insertion import Manner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from sqlalchemy import Column, Select, Table
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import KeyedColumnElement

    Answers = dict[UUID, list[Any]]
    Values = Mapping[str, Any]

FOR = "prepared_for"


def every_row(row: Values) -> bool:
    """Say that any row of the table is an answer: the question leaves none out."""
    del row
    return True


class Keyed:
    """A question about one id in one column, which may be put of many ids at once."""

    def __init__(
        self,
        rows: Select[Any],
        key: KeyedColumnElement[Any],
        *,
        beside: Mapping[Column[UUID], str] | None = None,
        grows: Callable[[Values], bool] | None = None,
    ) -> None:
        """Take the question as it would be put of every row, and the column of the id.

        *beside* are columns of other tables it reads, each with the answer's column of that id.
        Where it reads only its own, in no order, *grows* tells which new rows are answers.
        """
        self.grows = grows
        self.column: Any = key
        self._beside = {
            column.table: (column.name, said) for column, said in (beside or {}).items()
        }
        asked = rows.add_columns(key.label(FOR))
        self.of_one = asked.where(key == bindparam("key", type_=key.type))
        self.of_many = asked.where(among(key, "keys"))

    def takes_in(self, table: Table, manner: Manner) -> bool:
        """Tell whether a row added to *table* is an answer or not, whatever was there before."""
        if self.grows is None or self.column.table is not table:
            return False
        return manner is Manner.NEW or (manner is Manner.UNLESS_THERE and self.grows is every_row)

    def about(self, table: Table, row: Values, known: Answers) -> list[UUID] | None:
        """Return of which ids a *row* of *table* may change what is *known*; None of any."""
        if self.column.table is table and self.column.name in row:
            return [row[self.column.name]]
        name, said = self._beside.get(table, ("", ""))
        if name not in row:
            return None
        return [
            key for key, rows in known.items() if any(getattr(r, said) == row[name] for r in rows)
        ]


class Prepared:
    """The answers one transaction has ready."""

    def __init__(self) -> None:
        self._answers: dict[Keyed, tuple[AbstractSet[str], Answers]] = {}

    def __bool__(self) -> bool:
        return bool(self._answers)

    def keep(self, question: Keyed, tables: AbstractSet[str], answers: Answers) -> None:
        """Have *answers* ready to a question about these *tables*."""
        _, known = self._answers.setdefault(question, (tables, {}))
        known.update(answers)

    def answer(self, question: Keyed, key: UUID) -> list[Any] | None:
        """Return the rows that are known for *key*, or None if the database must be asked."""
        if question not in self._answers:
            return None
        return self._answers[question][1].get(key)

    def remember(self, question: Keyed, key: UUID, rows: list[Any]) -> None:
        """Have what was found for one id ready too, if the question was prepared at all."""
        if question in self._answers:
            self._answers[question][1][key] = rows

    def add_row(self, table: Table, row: Values, manner: Manner, dialect: Dialect) -> None:
        """Add a new *row* of *table* to the answers it belongs to, or forget those."""
        for question, (tables, known) in list(self._answers.items()):
            if table.name in tables:
                if question.takes_in(table, manner):
                    _grow(question, known, row, dialect)
                else:
                    self._forget_row(question, table, row)

    def forget_row(self, table: Table, row: Values) -> None:
        """Forget what a new or changed *row* of *table* may be part of."""
        for question, (tables, _) in list(self._answers.items()):
            if table.name in tables:
                self._forget_row(question, table, row)

    def _forget_row(self, question: Keyed, table: Table, row: Values) -> None:
        _, known = self._answers[question]
        keys = question.about(table, row, known)
        if keys is None:
            del self._answers[question]
        for key in keys or ():
            known.pop(key, None)

    def forget(self, tables: AbstractSet[str], of: Mapping[Column[UUID], UUID]) -> None:
        """Forget what a statement about these *tables* may have changed.

        *of* are ids of the rows it is about: what is known by other ids of those columns stays.
        """
        for question, (asked, known) in list(self._answers.items()):
            if question.column in of:
                known.pop(of[question.column], None)
            elif not asked.isdisjoint(tables):
                del self._answers[question]

    def forget_all(self) -> None:
        """Forget everything: nobody knows what was changed."""
        self._answers.clear()


def _grow(question: Keyed, known: Answers, row: Values, dialect: Dialect) -> None:
    """Add *row* to an answer that is known, unless it is there, as the database would."""
    id_, key = row[question.column.name], question.column.table.primary_key.columns.keys()
    answer = known.get(id_)
    if answer is None or not question.grows or not question.grows(row):
        return
    if not any(all(getattr(one, name) == row[name] for name in key) for one in answer):
        # A list of its own: somebody may be going through the one they were given.
        known[id_] = [*answer, row_of(question.of_one, dialect, {**row, FOR: id_})]


def by_key(rows: Iterable[Any], keys: Iterable[UUID]) -> Answers:
    """Return *rows* by the id that each was found for; an id without rows has an empty answer."""
    answers: Answers = {key: [] for key in keys}
    for row in rows:
        answers[getattr(row, FOR)].append(row)
    return answers
