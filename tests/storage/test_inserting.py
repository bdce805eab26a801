"""Rows inserted at the driver's speed hold what SQLAlchemy's own insert would have put there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    create_engine,
    select,
)

from shared.ids import new_id
from shared.storage import UtcDateTime, metadata_for
from shared.storage.inserting import insert_rows

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


def a_row(**changes: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 21, 20, 35, tzinfo=UTC)
    row = {"id": new_id(), "at": at, "day": at.date(), "words": ["a", "b"], "sealed": b"\x00"}
    return {**row, "flag": True, "text": "ünwörd", **changes}


def test_every_type_of_column_is_stored_as_sqlalchemy_stores_it(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'samples.sqlite3'}")
    metadata.create_all(engine)
    quick = [a_row(), a_row(words=None, sealed=None, at=None, flag=False)]
    usual = [{**row, "id": new_id()} for row in quick]

    with engine.begin() as connection:
        insert_rows(connection, sample, tuple(quick[0]), quick)
        connection.execute(sample.insert(), usual)
        rows = {row.id: tuple(row)[1:] for row in connection.execute(select(sample))}

    for mine, theirs in zip(quick, usual, strict=True):
        assert rows[mine["id"]] == rows[theirs["id"]]
        assert rows[mine["id"]][-1] == 7
