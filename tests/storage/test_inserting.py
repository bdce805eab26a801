"""Rows inserted at the driver's speed hold what SQLAlchemy's own insert would have put there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    bindparam,
    select,
    update,
)

from driving.databases import Places
from shared.errors import KeyTakenError
from shared.ids import new_id
from shared.storage import (
    Store,
    UtcDateTime,
    inserting,
    inserting_at_once,
    metadata_for,
    transaction,
    wire,
)
from shared.storage.inserting import COPIED, insert_rows
from shared.storage.postgres import PostgresDatabase

metadata = metadata_for("samples")
sample = Table(
    "sample",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime),
    Column("day", Date),
    Column("words", JSON),
    Column("sealed", LargeBinary),
    Column("flag", Boolean),
    Column("text", String),
    Column("step", Integer, default=7),
)

SAY = update(sample).where(sample.c.id == bindparam("which")).values(text=bindparam("said"))
leaf = Table(
    "leaf",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sample_id", Uuid, ForeignKey("sample.id"), nullable=False),
)
kept = Table(
    "kept",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("text", String, nullable=False),
)
counted = Table(
    "counted",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("text", String, nullable=False),
)


def a_row(**changes: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 21, 20, 35, tzinfo=UTC)
    row = {"id": new_id(), "at": at, "day": at.date(), "words": ["a", "b"], "sealed": b"\x00"}
    return {**row, "flag": True, "text": "ünwörd", **changes}


@pytest.mark.parametrize("count", [1, 2, 40], ids=["one", "a few", "many"])
def test_every_type_of_column_is_stored_as_sqlalchemy_stores_it(where: Places, count: int) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    rows = [a_row(), a_row(words=None, sealed=None, at=None, flag=False)] * count
    quick = [{**row, "id": new_id()} for row in rows[:count]]
    usual = [{**row, "id": new_id()} for row in quick]

    with store.database.writing() as connection:
        insert_rows(connection, sample, tuple(quick[0]), quick)
        connection.execute(sample.insert(), usual)
        found = {row.id: tuple(row)[1:] for row in connection.execute(select(sample))}
    store.close()

    for mine, theirs in zip(quick, usual, strict=True):
        assert found[mine["id"]] == found[theirs["id"]]
        assert found[mine["id"]][-1] == 7


def test_what_a_view_writes_into_several_tables_is_there_whole_however_many_rows_each_has(
    where: Places,
) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    for count in (1, 2, 4, 5, 40):
        parents = [a_row(step=9) for _ in range(count)] + [a_row(words=None)]
        with store.begin() as tx:
            for row in parents:
                tx.insert(leaf, id=new_id(), sample_id=row["id"])
                tx.insert(sample, **row)
            for _ in range(2):
                tx.add_unless_there(kept, name=f"of {count}", version=1, text="first")
        with store.read() as tx:
            got = {row.id: row.words for row in tx.all(select(sample))}
            referring = {row.sample_id for row in tx.all(select(leaf))}
            names = [row.name for row in tx.all(select(kept))]
        assert {row["id"]: row["words"] for row in parents}.items() <= got.items()
        assert got.keys() == referring
        assert names.count(f"of {count}") == 1
    store.close()


def test_what_a_view_writes_is_one_statement_where_the_database_knows_such_a_one(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    sent: list[str] = []

    def noting(real: Any) -> Any:
        def note(connection: Any, statement: str, values: Any = ()) -> Any:
            sent.append(statement)
            return real(connection, statement, values)

        return note

    monkeypatch.setattr(inserting_at_once, "send_numbered", noting(wire.send_numbered))
    monkeypatch.setattr(inserting, "send", noting(wire.send))
    parent = a_row()
    with store.begin() as tx:
        tx.insert(sample, **parent)
        tx.insert(leaf, id=new_id(), sample_id=parent["id"])
        for _ in range(2):
            tx.insert(counted, text="it")
    with store.read() as tx:
        assert [row.n for row in tx.all(select(counted))] == [1, 2]
    is_postgres = isinstance(store.database, PostgresDatabase)
    store.close()

    assert len(sent) == (1 if is_postgres else 2)


def test_a_row_that_is_refused_takes_with_it_what_was_to_be_written_beside_it(
    where: Places,
) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    parent = a_row()
    with store.begin() as tx:
        tx.insert(sample, **parent)

    with pytest.raises(KeyTakenError), store.begin() as tx:
        tx.insert(sample, **parent)
        tx.insert(kept, name="beside", version=1, text="it")

    with store.read() as tx:
        assert tx.all(select(kept)) == []
    store.close()


def test_a_row_waits_for_the_statement_that_could_be_about_it(where: Places) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    every, alarms = select(sample.c.id), select(metadata.tables["alarms"].c.name)

    with store.begin() as tx:
        tx.insert(sample, **a_row())
        assert tx.ask(alarms) == []
        waiting = len(tx._buffer._rows)
        seen = len(tx.ask(every))
        left = len(tx._buffer._rows)
    store.close()

    assert (waiting, seen, left) == (1, 1, 0)


def test_what_is_referred_to_is_written_first_however_it_was_put(where: Places) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    parent, child = new_id(), new_id()

    with store.begin() as tx:
        tx.insert(leaf, id=child, sample_id=parent)
        tx.insert(sample, **a_row(id=parent))
        assert [row.sample_id for row in tx.ask(select(leaf.c.sample_id))] == [parent]
    store.close()


def test_a_row_kept_unless_there_or_renewed_waits_like_any_other(where: Places) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    with store.begin() as tx:
        for text in ("first", "second"):
            tx.add_unless_there(kept, name="a", version=1, text=text)
        for version, text in ((2, "newer"), (1, "older"), (3, "newest")):
            tx.renew(kept, name="b", version=version, text=text)
        assert len(tx._buffer._rows) == 2

    with store.read() as tx:
        found = {row.name: row.text for row in tx.all(select(kept))}
    store.close()

    assert found == {"a": "first", "b": "newest"}


def test_a_row_that_is_changed_does_not_hurry_those_beside_it(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store[Any] = Store(where("samples"), metadata)
    known, *fresh = [a_row(text="old") for _ in range(COPIED + 1)]
    with store.begin() as tx:
        tx.insert(sample, **known)
    sent: list[int] = []
    real = transaction.insert_rows

    def noting(connection: Any, table: Any, columns: Any, rows: Any, manner: Any) -> int:
        sent.append(len(rows))
        return real(connection, table, columns, rows, manner)

    monkeypatch.setattr(transaction, "insert_rows", noting)
    with store.begin() as tx:
        for row in fresh:
            tx.insert(sample, **row)
        for row in (known, fresh[-1]):
            changed = tx.change(SAY, {sample.c.id: row["id"]}, which=row["id"], said="new")
            assert (changed, len(sent)) == (1, 0 if row is known else 1)
    with store.read() as tx:
        texts = {row.id: row.text for row in tx.all(select(sample))}
    store.close()

    assert sent == [COPIED]
    assert {texts[known["id"]], texts[fresh[-1]["id"]]} == {"new"}
    assert [texts[row["id"]] for row in fresh[:-1]] == ["old"] * (COPIED - 1)
