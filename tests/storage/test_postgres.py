"""A server that is gone, busy, full or refuses us: said in one sentence, and survived."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ArgumentError

from driving.databases import Databases, elsewhere, name_in
from parish import BellRang, Parish, bells, ears, rings
from shared.errors import ConflictError, InvalidError, StorageUnavailableError
from shared.ids import new_id
from shared.storage import Store, postgres
from shared.storage.database import open_database


@pytest.fixture
def parish(databases: Databases) -> Iterator[Parish]:
    parish = Parish(databases.fresh)
    yield parish
    for store in parish.stores:
        store.close()
    databases.take_back()


@pytest.fixture
def down(databases: Databases, parish: Parish) -> Iterator[None]:
    """The server is killed while the parish holds connections to it."""
    parish.ring()
    databases.cluster.kill()
    yield
    databases.cluster.start()


TOLD = select(bells.tables["outbox"].c.type)


def limit(databases: Databases, store: Store[Any], setting: str) -> None:
    name = store.database.name.partition(" ")[0]
    databases.administer(f"ALTER ROLE onward_{store.service} IN DATABASE {name} SET {setting}")
    store.database.reopen()


def test_a_restarted_server_is_met_again_without_a_word(
    databases: Databases, parish: Parish
) -> None:
    before = [parish.ring() for _ in range(2)]
    databases.cluster.stop()
    databases.cluster.start()

    after = parish.ring()

    assert len(parish.rows(parish.bell, "outbox")) == len([*before, after])


def test_a_single_question_meets_a_restarted_server_without_a_word(
    databases: Databases, parish: Parish
) -> None:
    parish.ring()
    known = parish.bell.glance(lambda tx: tx.ask(TOLD))
    databases.cluster.stop()
    databases.cluster.start()

    assert parish.bell.glance(lambda tx: tx.ask(TOLD)) == known != []


def test_a_server_that_is_gone_is_named_without_its_password(
    down: None, parish: Parish, databases: Databases
) -> None:
    with pytest.raises(StorageUnavailableError, match="refused") as refused:
        parish.ring()

    assert f".s.PGSQL.{databases.cluster.server.port}" in str(refused.value)
    assert "password" not in str(refused.value)
    with pytest.raises(StorageUnavailableError):
        parish.bell.check()


def test_a_server_killed_and_back_has_all_that_was_committed_and_takes_more(
    databases: Databases, parish: Parish
) -> None:
    parish.ring()
    databases.cluster.kill()
    with pytest.raises(StorageUnavailableError):
        parish.ring()
    databases.cluster.start()

    parish.bell.check()
    parish.ring()

    assert len(parish.rows(parish.bell, "outbox")) == 2


def test_a_server_killed_in_the_middle_of_a_transaction_leaves_nothing_half_done(
    databases: Databases, parish: Parish
) -> None:
    with pytest.raises(StorageUnavailableError), parish.ear.begin() as tx:
        tx.insert(rings, ring_id=new_id(), loud=1)
        tx.flush()
        databases.cluster.kill()
        tx.announce(BellRang(new_id(), 1))
    databases.cluster.start()

    assert parish.heard() == []
    assert parish.rows(parish.ear, "outbox") == []


def test_a_wrong_password_is_one_sentence_that_says_where(databases: Databases) -> None:
    url = databases.fresh("ear").replace(":", ":wrong", 2).replace("wrong", "", 1)

    with pytest.raises(StorageUnavailableError) as refused:
        Store(url, ears)

    said = str(refused.value)
    assert said.startswith("the database of ear (ear_")
    assert "password authentication failed" in said
    assert "\n" not in said
    assert url.split(":")[2].split("@")[0] not in said


def test_a_url_of_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ArgumentError, match="postgresql://"):
        open_database("mysql://ear:word@127.0.0.1/ear")


def test_a_service_cannot_enter_the_database_of_another(databases: Databases) -> None:
    mine, theirs = databases.fresh("ear"), name_in(databases.fresh("bell"))
    databases.administer(f"REVOKE ALL ON DATABASE {theirs} FROM PUBLIC")

    for name in (theirs, "onward_bell", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(elsewhere(mine, name))


def test_a_writer_that_waits_too_long_for_its_turn_is_told_to_come_back(
    databases: Databases, parish: Parish
) -> None:
    limit(databases, parish.ear, "lock_timeout = '100ms'")

    with (
        pytest.raises(StorageUnavailableError, match="lock timeout"),
        parish.ear.begin(),
        parish.ear.begin(),
    ):
        pytest.fail("two writers at once")


def test_a_statement_without_end_is_ended(databases: Databases, parish: Parish) -> None:
    limit(databases, parish.ear, "statement_timeout = '100ms'")

    with (
        pytest.raises(StorageUnavailableError, match="statement timeout"),
        parish.ear.read() as tx,
    ):
        tx.execute(text("SELECT count(*) FROM generate_series(1, 1000000000)"))


def test_a_transaction_that_forgets_itself_is_ended_and_lets_others_write(parish: Parish) -> None:
    forgotten = threading.Event()

    with pytest.raises(StorageUnavailableError), parish.ear.begin() as tx:
        tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
        with parish.ear.begin() as other:  # waits until the server has ended the first
            other.insert(rings, ring_id=new_id(), loud=1)
        forgotten.set()
        tx.insert(rings, ring_id=new_id(), loud=2)

    assert forgotten.is_set()
    assert [row.loud for row in parish.rows(parish.ear, "ring")] == [1]


def test_nothing_is_said_to_be_committed_after_a_statement_that_failed(parish: Parish) -> None:
    with pytest.raises(StorageUnavailableError, match="had failed"), parish.ear.begin() as tx:
        tx.insert(rings, ring_id=new_id(), loud=1)
        with pytest.raises(Exception, match="does not exist"):
            tx.execute(text("SELECT * FROM nowhere"))

    assert parish.heard() == []


def test_marks_are_made_while_a_writer_is_at_work(parish: Parish) -> None:
    with parish.bell.begin(), parish.bell.mark() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "off"


def test_what_was_read_before_a_write_is_still_true_at_the_commit(parish: Parish) -> None:
    store, ring_id = parish.ear, new_id()
    with store.begin() as tx:
        tx.insert(rings, ring_id=ring_id, loud=0)

    def louder(_: int) -> None:
        with store.begin() as tx:
            was = tx.execute(select(rings.c.loud)).scalar_one()
            tx.execute(update(rings).values(loud=was + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(louder, range(80)))

    assert [row.loud for row in parish.rows(store, "ring")] == [80]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("disk_full", StorageUnavailableError),
        ("serialization_failure", StorageUnavailableError),
        ("deadlock_detected", StorageUnavailableError),
        ("too_many_connections", StorageUnavailableError),
        ("read_only_sql_transaction", StorageUnavailableError),
        ("unique_violation", ConflictError),
        ("numeric_value_out_of_range", InvalidError),
    ],
)
def test_what_the_server_says_has_a_name_of_ours_and_quotes_no_detail(
    parish: Parish, code: str, kind: type[Exception]
) -> None:
    fails = f"DO $$ BEGIN RAISE '{code}' USING ERRCODE = '{code}', DETAIL = 'Ada Lovelace'; END $$"

    with pytest.raises(kind) as refused, parish.ear.begin() as tx:
        tx.execute(text(fails))

    assert "Ada" not in f"{refused.value} {refused.value.__cause__}"
    with parish.ear.begin() as tx:  # the connection is none the worse
        tx.insert(rings, ring_id=new_id(), loud=1)


def test_while_what_grows_finds_no_room_it_says_so_though_small_changes_succeed(
    parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = "DO $$ BEGIN RAISE 'disk_full' USING ERRCODE = 'disk_full'; END $$"
    monkeypatch.setattr(postgres, "GROWING", full)
    with pytest.raises(StorageUnavailableError), parish.ear.begin() as tx:
        tx.execute(text(full))

    for _ in range(3):
        with pytest.raises(StorageUnavailableError):
            parish.ear.check()
        with parish.ear.begin() as tx:
            tx.insert(rings, ring_id=new_id(), loud=1)

    monkeypatch.undo()
    parish.ear.check()


def test_the_server_writes_no_value_into_its_log(databases: Databases, parish: Parish) -> None:
    ring_id = new_id()
    with parish.ear.begin() as tx:
        tx.insert(rings, ring_id=ring_id, loud=1)
    with pytest.raises(ConflictError), parish.ear.begin() as tx:
        tx.insert(rings, ring_id=ring_id, loud=1)
    with pytest.raises(InvalidError), parish.ear.begin() as tx:
        tx.execute(text(f"SELECT CAST('{ring_id.hex}' AS integer)"))

    log = (databases.cluster.folder / "postgres.log").read_text()
    assert str(ring_id) not in log
    assert ring_id.hex not in log


def test_one_leads_and_another_stands_by_until_it_is_gone(databases: Databases) -> None:
    url = databases.fresh("ear")
    first, second = (open_database(url).leader("relay") for _ in range(2))
    other = open_database(url).leader("chores")

    assert first.held()
    assert not second.held()
    assert other.held()
    first.release()
    assert second.held()
    assert not first.held()

    second.release()
    other.release()


def test_a_leader_whose_session_the_server_lost_notices_before_it_leads_again(
    databases: Databases,
) -> None:
    leader = open_database(databases.fresh("ear")).leader("relay")
    assert leader.held()

    databases.cluster.kill()
    assert not leader.held()
    with pytest.raises(StorageUnavailableError):
        leader.held()
    databases.cluster.start()

    assert leader.held()
    leader.release()
