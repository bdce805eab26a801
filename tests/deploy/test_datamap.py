"""What is stored is told: every table and column of every service, and the page is fresh."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from deploy import datamap
from services.intake.usecases.retaining import rules


def test_every_column_of_every_service_is_described_and_no_note_is_left_over() -> None:
    assert list(datamap.faults()) == []


def test_the_page_is_what_the_tables_and_the_notes_say() -> None:
    assert datamap.FILE.read_text("utf-8") == datamap.page()


def test_a_column_that_nobody_described_is_found() -> None:
    metadata = datamap.metadata_of("notify")
    table = Table("newcomer", metadata, Column("id", Integer, primary_key=True))
    table.append_column(Column("shoe_size", String))
    try:
        found = [fault for fault in datamap.faults() if "newcomer" in fault]
    finally:
        metadata.remove(table)

    assert found == [
        "notify.newcomer does not say what, why and how long",
        "notify.newcomer.shoe_size is not described",
    ]


def test_no_column_that_may_hold_personal_data_stands_open() -> None:
    """A column of free bytes is sealed, a key or a hash; the log's own are the only others."""
    for service in datamap.TABLES:
        for table in datamap.metadata_of(service).tables.values():
            for column in table.columns:
                if column.type.python_type is bytes:
                    open_ = datamap._how(column) == datamap.OPEN
                    assert not open_ or column.name in datamap.PUBLIC_BYTES, column


def test_the_window_for_backups_is_told_on_the_page() -> None:
    assert f"{rules()['backup'].kept} days" in datamap.page()
