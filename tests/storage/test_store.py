"""A transaction happens whole or not at all, and says so loudly when it cannot."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, delete, exc, select

from driving.databases import Places
from parish import BellRang, Parish, bells, rings
from shared.errors import ClockBehindError, ConflictError, OnwardError, StorageUnavailableError
from shared.identity import Principal
from shared.ids import new_id
from shared.storage import Store
from shared.storage.failures import translated
from shared.storage.sqlite import SqliteDatabase
from shared.testing.clock import FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def parish(where: Places) -> Iterator[Parish]:
    parish = Parish(where)
    yield parish
    for store in parish.stores:
        store.close()


@pytest.fixture
def on_files(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def file_of(store: Store[Any]) -> Path:
    assert isinstance(store.database, SqliteDatabase)
    return store.database.path


def fill_the_disk(store: Store[Any]) -> None:
    """Let the file grow no further: SQLite reports it in the words of a full disk."""
    with store.database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def test_a_full_disk_is_refused_loudly_and_nothing_is_half_done(on_files: Parish) -> None:
    parish = on_files
    fill_the_disk(parish.ear)

    with pytest.raises(StorageUnavailableError, match="full"), parish.ear.begin() as tx:
        for _ in range(500):
            tx.insert(rings, ring_id=new_id(), loud=1)
        tx.announce(BellRang(new_id(), 1))

    assert parish.heard() == []
    assert parish.rows(parish.ear, "outbox") == []


def test_a_database_made_read_only_is_refused_loudly(tmp_path: Path) -> None:
    parish = Parish(tmp_path)
    with parish.bell.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(StorageUnavailableError, match=r"bell cannot be used.*readonly"):
        parish.ring()


def test_only_the_owner_may_read_the_files(on_files: Parish) -> None:
    parish = on_files
    parish.ring()

    found = {
        file.name: file.stat().st_mode & 0o777 for file in file_of(parish.bell).parent.iterdir()
    }

    assert set(found.values()) == {0o600}


def test_what_was_deleted_is_not_left_behind_in_the_file(on_files: Parish) -> None:
    parish = on_files
    ring_id, store = new_id(), parish.ear
    with store.begin() as tx:
        tx.insert(rings, ring_id=ring_id, loud=1)
    with store.begin() as tx:
        tx.execute(delete(rings))
    store.close()

    left = b"".join(
        file.read_bytes() for file in file_of(store).parent.glob(f"{file_of(store).name}*")
    )
    assert ring_id.hex.encode() not in left


def test_a_clock_set_back_is_refused_until_it_is_right(where: Places) -> None:
    clock = FixedClock()
    parish = Parish(where, clock)
    parish.ring()

    clock.advance(timedelta(hours=-1))

    with pytest.raises(ClockBehindError, match="3600 seconds behind"):
        parish.ring()
    clock.advance(timedelta(hours=1))
    parish.ring()
    assert len(parish.rows(parish.bell, "outbox")) == 2


def test_a_clock_set_back_while_we_were_stopped_is_refused_too(where: Places) -> None:
    clock = FixedClock()
    Parish(where, clock).ring()
    clock.advance(timedelta(hours=-1))

    with pytest.raises(ClockBehindError):
        Parish(where, clock).ring()


def test_an_operator_may_accept_a_clock_that_was_wrong_before(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FixedClock()
    Parish(where, clock).ring()
    clock.advance(timedelta(hours=-1))
    monkeypatch.setenv("ONWARD_ACCEPT_CLOCK", "1")

    Parish(where, clock).ring()


def test_a_small_correction_of_the_clock_never_makes_time_run_backwards(where: Places) -> None:
    clock = FixedClock()
    parish = Parish(where, clock)
    parish.ring()
    clock.advance(timedelta(seconds=-2))
    parish.ring()

    first, second = parish.rows(parish.bell, "outbox")

    assert second.created_at >= first.created_at


def test_producer_numbers_have_no_gap_and_name_the_message_before(on_files: Parish) -> None:
    parish = on_files
    parish.ring()
    with pytest.raises(RuntimeError), parish.bell.begin() as tx:
        tx.announce(BellRang(new_id(), 1))
        tx.flush()
        raise RuntimeError
    parish.ring()
    parish.ring()

    rows = parish.rows(parish.bell, "outbox")

    assert [row.producer_seq for row in rows] == [1, 2, 3]
    expected = [hashlib.sha256(str(row.message_id).encode() + row.body).hexdigest() for row in rows]
    assert [row.producer_prev for row in rows] == ["", *expected[:2]]


def test_a_snapshot_cannot_write(parish: Parish) -> None:
    with pytest.raises(StorageUnavailableError), parish.ear.read() as tx:
        tx.insert(rings, ring_id=new_id(), loud=1)
        tx.flush()


def test_a_single_question_sees_what_is_committed_and_leaves_nothing_open(parish: Parish) -> None:
    every = select(rings.c.loud)
    ask = parish.ear.glance
    for loud in (1, 2):
        with parish.ear.begin() as tx:
            tx.insert(rings, ring_id=new_id(), loud=loud)
            before = ask(lambda tx: tx.ask(every))
        assert len(before) == loud - 1
        assert sorted(row.loud for row in ask(lambda tx: tx.ask(every))) == [1, 2][:loud]


def test_after_a_question_that_failed_the_next_is_answered(parish: Parish) -> None:
    nowhere = select(Table("nowhere", MetaData(), Column("n", Integer)))

    with pytest.raises((OnwardError, exc.DBAPIError)):
        parish.ear.glance(lambda tx: tx.ask(nowhere))

    assert parish.ear.glance(lambda tx: tx.ask(select(rings.c.loud))) == []


def test_a_broken_constraint_is_a_conflict_that_quotes_no_row(parish: Parish) -> None:
    ring_id = new_id()
    with parish.ear.begin() as tx:
        tx.insert(rings, ring_id=ring_id, loud=1)

    with pytest.raises(ConflictError) as refused, parish.ear.begin() as tx:
        tx.insert(rings, ring_id=ring_id, loud=1)

    said = f"{refused.value} {refused.value.__cause__}"
    assert ring_id.hex not in said
    assert str(ring_id) not in said


def test_who_acted_and_the_chain_of_causes_travel_with_an_announcement(parish: Parish) -> None:
    worker = Principal("staff", id="7", roles=frozenset({"worker"}), agency_id=new_id())
    with parish.bell.begin(actor=worker) as tx:
        tx.announce(BellRang(new_id(), 1))

    (row,) = parish.rows(parish.bell, "outbox")

    assert row.headers["actor"]["kind"] == "staff"
    assert row.headers["actor"]["roles"] == ["worker"]
    assert row.headers["correlationid"]


def test_a_moment_without_a_zone_is_refused(parish: Parish) -> None:
    outbox = bells.tables["outbox"]
    naive = datetime(2026, 11, 21)  # noqa: DTZ001 - the very thing to be refused

    with (
        pytest.raises(exc.StatementError, match="without a time zone"),
        parish.bell.begin() as tx,
    ):
        tx.execute(select(outbox).where(outbox.c.created_at == naive))


def test_moments_come_back_aware(parish: Parish) -> None:
    parish.ring()

    (row,) = parish.rows(parish.bell, "outbox")

    assert row.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    "error",
    [
        exc.OperationalError("insert", {}, Exception("database is locked")),
        exc.IntegrityError("insert", {}, Exception("UNIQUE constraint failed")),
        exc.TimeoutError("pool"),
        exc.InternalError("insert", {}, Exception("read-only transaction")),
        exc.DataError("insert", {}, Exception("out of range")),
    ],
)
def test_every_failure_of_the_database_has_a_name_of_ours(error: exc.SQLAlchemyError) -> None:
    with pytest.raises(OnwardError), translated("bell"):
        raise error
