"""What a batch will ask of the database, asked at once for all its messages.

Promise: an answer prepared is the answer the database would give: what this transaction has
written since to what it is about is asked anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam

from shared.storage.among import among

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from sqlalchemy import Column, Select, Table
    from sqlalchemy.sql.elements import KeyedColumnElement

    Answers = dict[UUID, list[Any]]


class Keyed:
    """A question about one id in one column, which may be put of many ids at once."""

    def __init__(
        self,
        rows: Select[Any],
        key: KeyedColumnElement[Any],
        beside: Mapping[Column[UUID], str] | None = None,
    ) -> None:
        """Take the question as it would be put of every row, and the column of the id.

        *beside* are columns of other tables it reads, each with the answer's column of that id.
        """
        self.column: Any = key
        self._beside = {
            column.table: (column.name, said) for column, said in (beside or {}).items()
        }
        asked = rows.add_columns(key.label("prepared_for"))
        self.of_one = asked.where(key == bindparam("key", type_=key.type))
        self.of_many = asked.where(among(key, "keys"))

    def about(self, table: Table, row: Mapping[str, Any], known: Answers) -> list[UUID] | None:
        """Return of which ids a *row* of *table* may change what is *known*; None of any."""
        if self.column.table is table and self.column.name in row:
            return [row[self.column.name]]
        if table not in self._beside:
            return None
        name, said = self._beside[table]
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

    def forget_row(self, table: Table, row: Mapping[str, Any]) -> None:
        """Forget what a new or changed *row* of *table* may be part of."""
        for question, (tables, known) in list(self._answers.items()):
            if table.name not in tables:
                continue
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


def by_key(rows: Iterable[Any], keys: Iterable[UUID]) -> Answers:
    """Return *rows* by the id that each was found for; an id without rows has an empty answer."""
    answers: Answers = {key: [] for key in keys}
    for row in rows:
        answers[row.prepared_for].append(row)
    return answers
