"""A row that may be there already is kept or changed by one statement of whichever database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, Table, create_engine, select
from sqlalchemy.dialects import postgresql

from shared.storage import metadata_for
from shared.storage.upserting import insert_or_change, insert_unless_there

metadata = metadata_for("samples")
tally = Table(
    "tally",
    metadata,
    Column("word", String, primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("times", Integer, nullable=False),
)


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    engine = create_engine(f"sqlite:///{tmp_path / 'samples.sqlite3'}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection


def counted(connection: Any) -> dict[str, int]:
    return {row.word: row.times for row in connection.execute(select(tally))}


def test_a_row_that_is_there_is_left_as_it_is_and_said_not_to_be_new(connection: Any) -> None:
    first = insert_unless_there(connection, tally, [{"word": "a", "hour": 1, "times": 1}])
    again = insert_unless_there(connection, tally, [{"word": "a", "hour": 1, "times": 9}])

    assert (first, again) == (1, 0)
    assert counted(connection) == {"a": 1}


def test_a_row_that_is_there_can_be_changed_by_what_it_holds(connection: Any) -> None:
    for _ in range(3):
        row = {"word": "a", "hour": 1, "times": 1}
        insert_or_change(connection, tally, row, {"times": tally.c.times + 1})

    assert counted(connection) == {"a": 3}


class Listening:
    """Stands where a connection to PostgreSQL would, and keeps what it is told to run."""

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped

    def __init__(self) -> None:
        self.told: list[str] = []

    def execute(self, statement: Any, _rows: object = None) -> Any:
        self.told.append(str(statement.compile(dialect=self.dialect)))
        return type("Result", (), {"rowcount": 1})


def test_postgresql_is_told_in_its_own_words() -> None:
    server: Any = Listening()
    row = {"word": "a", "hour": 1, "times": 1}

    insert_unless_there(server, tally, [row])
    insert_or_change(server, tally, row, {"times": 2})

    kept, changed = server.told
    assert kept.endswith("ON CONFLICT DO NOTHING")
    assert "ON CONFLICT (word, hour) DO UPDATE SET times =" in changed
