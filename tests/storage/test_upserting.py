"""A row that may be there already is kept or changed by one statement of whichever database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, Table, select

from driving.databases import Places
from shared.storage import Store, metadata_for

metadata = metadata_for("samples")
tally = Table(
    "tally",
    metadata,
    Column("word", String, primary_key=True),
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


def test_of_many_values_those_not_there_before_are_told(store: Store[Any]) -> None:
    with store.begin() as tx:
        tx.insert(tally, word="b", hour=1, times=7)
        new = tx.insert_each_unless_there(tally, "word", ["a", "b", "c"], hour=1, times=1)

    assert new == {"a", "c"}
    assert counted(store) == {"a": 1, "b": 7, "c": 1}
