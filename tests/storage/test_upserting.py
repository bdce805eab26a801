"""A row that may be there already is kept or changed by one statement of whichever database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, Table, Uuid, select

from driving.databases import Places
from shared.ids import new_id
from shared.storage import Store, metadata_for

metadata = metadata_for("samples")
tally = Table(
    "tally",
    metadata,
    Column("word", String, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
)
seen = Table(
    "seen",
    metadata,
    Column("what", Uuid, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
)


@pytest.fixture
def store(where: Places) -> Iterator[Store[Any]]:
    store: Store[Any] = Store(where("samples"), metadata)
    yield store
    store.close()


def counted(store: Store[Any]) -> dict[str, int]:
    with store.read() as tx:
        return {row.word: row.times for row in tx.all(select(tally))}


def test_a_row_that_is_there_is_left_as_it_is_and_said_not_to_be_new(store: Store[Any]) -> None:
    with store.begin() as tx:
        first = tx.insert_unless_there(tally, word="a", hour=1, times=1)
        again = tx.insert_unless_there(tally, word="a", hour=1, times=9)

    assert (first, again) == (True, False)
    assert counted(store) == {"a": 1}


def test_a_row_that_is_there_can_be_changed_by_what_it_holds(store: Store[Any]) -> None:
    with store.begin() as tx:
        for _ in range(3):
            row = {"word": "a", "hour": 1, "times": 1}
            tx.insert_or_change(tally, row, {"times": tally.c.times + 1})

    assert counted(store) == {"a": 3}


def test_of_many_ids_those_not_there_before_are_told(store: Store[Any]) -> None:
    a, b, c = new_id(), new_id(), new_id()
    with store.begin() as tx:
        tx.insert(seen, what=b, hour=1, times=7)
        tx.insert(seen, what=c, hour=2, times=7)
        new = tx.insert_each_unless_there(seen, "what", [a, b, c], hour=1, times=1)

    assert new == {a, c}
    with store.read() as tx:
        rows = {(row.what, row.hour): row.times for row in tx.all(select(seen))}
    assert rows == {(a, 1): 1, (b, 1): 7, (c, 1): 1, (c, 2): 7}
