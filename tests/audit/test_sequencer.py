from __future__ import annotations

import os
import stat
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
import psycopg
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from driving.databases import elsewhere, name_in
from services.audit import ed25519
from services.audit.domain.checkpoint import parse_signed_checkpoint
from services.audit.domain.leaf import plain
from services.audit.domain.proofs import check_inclusion, inclusion_proof
from services.audit.domain.tree import leaf_hash, root_of
from services.audit.errors import SignerRefusedError
from services.audit.signer import STATE_FILE, Head, Signer
from services.audit.usecases import canonical, own_leaf, watch_gaps
from shared.errors import ConflictError, StorageUnavailableError
from tests.audit.drivers import Log, Producer

if TYPE_CHECKING:
    from pathlib import Path

    from driving.databases import Databases, Places

ON_BOTH = pytest.mark.usefixtures("where")
ORIGIN = "hub.example/audit/log"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner)
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), JSON))
def test_a_leaf_is_written_exactly_as_rfc_8785_says(told: dict[str, object]) -> None:
    value = plain(told)

    assert canonical(value) == rfc8785.dumps(value)


@ON_BOTH
def test_a_batch_becomes_leaves_and_one_signed_checkpoint(log: Log, intake: Producer) -> None:
    log.hears(*intake.says_many(7))

    with log.store.read() as tx:
        row = tx.last_checkpoint()
        leaves = tx.leaves(0, 10)
        (notes,) = [list(tx.checkpoints())]
    signed = parse_signed_checkpoint(row.note.encode())
    assert len(notes) == 1
    assert signed.note.signed_by([log.signer.vkey], ed25519.fits)
    assert signed.checkpoint.size == 7
    assert signed.checkpoint.root == root_of(leaf_hash(data) for data in leaves)


@ON_BOTH
def test_every_entry_can_be_proven_after_many_batches(log: Log, intake: Producer) -> None:
    for size in (1, 2, 3, 30, 1, 64, 5):
        log.hears(*intake.says_many(size))

    with log.store.read() as tx:
        head = tx.head()
        for index, data in enumerate(tx.leaves(0, head.size)):
            proof = inclusion_proof(index, head.size, tx.subtree)
            check_inclusion(index, head.size, leaf_hash(data), proof, head.root)


def test_a_leaf_holds_what_the_catalogue_allows_and_nothing_else(
    log: Log, intake: Producer
) -> None:
    log.hears(
        intake.says(
            needs=["debt"],
            reference="ABCD-1234",
            story="CANARY",
            age=46,
            actor={
                "kind": "staff",
                "id": "s1",
                "roles": ["worker"],
                "agency": "a1",
                "name": "CANARY",
            },
        )
    )

    (leaf,) = log.leaves()
    assert b"CANARY" not in canonical(leaf)
    assert leaf["data"] == {"needs": ["debt"]}
    assert leaf["actor"] == {"kind": "staff", "id": "s1", "roles": ["worker"], "agency_id": "a1"}
    assert leaf["object"]["type"] == "request"
    assert leaf["request_id"] == leaf["object"]["id"]
    assert (leaf["action"], leaf["outcome"], leaf["v"]) == ("C", 0, 1)


def test_an_event_of_an_unknown_type_is_kept_with_its_ids_only(log: Log, intake: Producer) -> None:
    log.hears(intake.says("story.told.v9", story="CANARY", consent_id="CANARY"))

    (leaf,) = log.leaves()
    assert leaf["type"] == "story.told.v9"
    assert leaf["request_id"] == leaf["object"]["id"]
    assert b"CANARY" not in canonical(leaf)


def test_a_leaf_too_long_for_a_tile_is_kept_without_its_lists(log: Log, intake: Producer) -> None:
    log.hears(intake.says(needs=["x" * 200] * 400))

    assert log.leaves()[0]["data"] == {"omitted": "too long"}


def test_a_body_that_cannot_be_read_still_has_its_place(log: Log, intake: Producer) -> None:
    broken = intake.says("staff.changed.v1")
    object.__setattr__(broken, "body", b"not json")

    log.hears(broken)

    assert log.size == 1
    assert log.alarms() == ["unreadable_event"]


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(8)), st.permutations(range(8)))
def test_events_are_appended_in_the_order_of_their_producers(
    tmp_path_factory: pytest.TempPathFactory, first: list[int], second: list[int]
) -> None:
    log = Log(tmp_path_factory.mktemp("log"))
    intake, matching = Producer(), Producer("matching", "epoch-2")
    said = [intake.says_many(8), matching.says_many(8)]

    for a, b in zip(first, second, strict=True):
        log.hears(said[0][a], said[1][b])

    for producer in ("intake", "matching"):
        seqs = [leaf["producer_seq"] for leaf in log.leaves() if leaf["producer"] == producer]
        assert seqs == list(range(1, 9))
    assert log.alarms() == []


@ON_BOTH
def test_what_comes_early_waits_and_the_others_go_on(
    log: Log, intake: Producer, matching: Producer
) -> None:
    missing, early = intake.says_many(2)

    log.hears(early, *matching.says_many(2))
    assert [leaf["producer"] for leaf in log.leaves()] == ["matching", "matching"]

    log.hears(missing)
    assert [leaf["producer"] for leaf in log.leaves()[2:]] == ["intake", "intake"]


@ON_BOTH
def test_a_hole_older_than_a_minute_raises_an_alarm_until_it_is_filled(
    log: Log, intake: Producer
) -> None:
    missing, early = intake.says_many(2)
    log.hears(early)
    watch(log)
    assert log.alarms() == []

    log.clock.advance(timedelta(seconds=61))
    watch(log)
    assert log.alarms() == ["log_gap"]

    log.hears(missing)
    watch(log)
    assert log.alarms() == []


def watch(log: Log) -> None:
    with log.store.begin() as tx:
        watch_gaps(tx)


def test_an_event_that_does_not_follow_from_the_one_before_raises_an_alarm(
    log: Log, intake: Producer
) -> None:
    log.hears(intake.says())
    intake.prev = "00" * 32

    log.hears(intake.says())

    assert log.alarms() == ["log_chain"]


@ON_BOTH
def test_the_same_event_again_changes_nothing(log: Log, intake: Producer) -> None:
    message = intake.says()
    log.hears(message)

    log.hears(message)

    assert log.size == 1
    assert log.alarms() == []


@ON_BOTH
def test_a_number_used_twice_raises_an_alarm(log: Log, intake: Producer) -> None:
    log.hears(intake.says())
    intake.seq -= 1

    log.hears(intake.says())

    assert log.size == 1
    assert log.alarms() == ["log_chain"]


@ON_BOTH
def test_a_producer_restored_from_a_backup_starts_an_epoch_that_the_log_tells_of(
    log: Log, intake: Producer
) -> None:
    log.hears(*intake.says_many(3))
    intake.epoch, intake.seq = "0192bbbb-0000-7000-8000-000000000009", 1

    log.hears(intake.says())

    assert [leaf["type"] for leaf in log.leaves()][3:] == [
        "log.epoch_started.v1",
        "request.submitted.v1",
    ]
    assert log.leaves()[3]["data"]["first_seq"] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET leaf = leaf_hash WHERE seq = 1",
        "DELETE FROM entry WHERE seq = 2",
        "UPDATE node SET hash = hash",
        "DELETE FROM node",
        "UPDATE checkpoint SET note = ''",
        "DELETE FROM checkpoint",
        "INSERT INTO node SELECT level, idx, hash FROM node LIMIT 1",
        (
            "INSERT INTO node SELECT level, idx, hash FROM node WHERE level > 0 "
            "ON CONFLICT (level, idx) DO UPDATE SET hash = excluded.hash"
        ),
        "INSERT INTO checkpoint SELECT 1, root, note FROM checkpoint LIMIT 1",
    ],
)
@ON_BOTH
def test_the_tables_refuse_change(log: Log, intake: Producer, statement: str) -> None:
    refuses(log, intake, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO node SELECT level, idx, hash FROM node LIMIT 1",
        (
            "INSERT OR REPLACE INTO entry SELECT 3, event_id, leaf, leaf_hash, recorded_at, type, "
            "occurred_at, 0, 0, 0, 0, 0, 0 FROM entry WHERE seq = 0"
        ),
    ],
)
def test_sqlite_cannot_put_one_row_in_the_place_of_another(
    log: Log, intake: Producer, statement: str
) -> None:
    refuses(log, intake, statement)


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", ["TRUNCATE entry", "TRUNCATE node", "TRUNCATE checkpoint"])
def test_postgresql_cannot_empty_the_log_at_a_stroke(
    where: Places, log: Log, intake: Producer, statement: str
) -> None:
    refuses(log, intake, statement)


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
def test_the_guards_stand_while_an_administrator_turns_other_triggers_off(
    databases: Databases, where: Places, log: Log, intake: Producer
) -> None:
    log.hears(*intake.says_many(3))
    name = name_in(str(where("audit", log.folder)))
    administrator = elsewhere(databases.cluster.url, name)

    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.IntegrityError, match="cannot be changed"):
            connection.execute("DELETE FROM entry")

    assert log.size == 3


def refuses(log: Log, intake: Producer, statement: str) -> None:
    log.hears(*intake.says_many(3))
    before = log.leaves()

    with pytest.raises((ConflictError, StorageUnavailableError)), log.store.begin() as tx:
        tx._connection.exec_driver_sql(statement)

    assert log.leaves() == before


@ON_BOTH
def test_the_tables_refuse_a_hole(log: Log, intake: Producer) -> None:
    log.hears(*intake.says_many(3))

    with pytest.raises((ConflictError, StorageUnavailableError)), log.store.begin() as tx:
        tx.append(4, own_leaf(tx, "log.heartbeat.v1", {}), b"leaf", bytes(32))

    assert log.size == 3


@ON_BOTH
def test_a_batch_lost_after_signing_does_no_harm(log: Log, intake: Producer) -> None:
    log.hears(*intake.says_many(3))
    later = intake.says_many(2)

    with pytest.raises(ZeroDivisionError), log.store.begin() as tx:
        log.sequencer.react(later, tx)
        1 / 0  # noqa: B018 - the process dies between signing and commit

    log.hears(later[0])
    log.hears(later[1])
    with log.store.read() as tx:
        assert [row.tree_size for row in tx.checkpoints()] == [3, 4, 5]
    assert log.alarms() == []


def test_without_its_memory_the_signer_signs_nothing_and_events_are_still_appended(
    log: Log, intake: Producer
) -> None:
    log.hears(intake.says())
    state = log.settings.keys / STATE_FILE
    kept = state.read_bytes()
    state.unlink()

    log.hears(intake.says())
    assert log.size == 2
    assert log.alarms() == ["checkpoint_signing"]

    state.write_bytes(kept)
    with log.store.begin() as tx:
        log.sequencer.sign_rest(tx)
    with log.store.read() as tx:
        assert tx.head().size == 2
    assert log.alarms() == []


def test_the_signer_refuses_a_log_put_back_to_an_older_state(tmp_path: Path) -> None:
    signer, leaves = Signer(tmp_path, ORIGIN), [leaf_hash(bytes([n])) for n in range(4)]
    heads = [Head(n, root_of(leaves[:n])) for n in range(5)]
    signer.sign(heads[0], heads[1], [])
    signer.sign(heads[1], heads[2], [leaves[1]])
    signer.confirm(heads[2])

    with pytest.raises(SignerRefusedError):
        signer.sign(heads[1], heads[2], [leaves[1]])
    with pytest.raises(SignerRefusedError):
        signer.sign(heads[0], heads[3], [])
    with pytest.raises(SignerRefusedError):
        signer.sign(heads[2], heads[2], [])
    with pytest.raises(SignerRefusedError):
        signer.sign(heads[2], heads[3], [leaves[3]])

    signer.sign(heads[2], heads[3], [leaves[2]])


def test_confirming_an_older_head_late_does_not_forget_a_newer_one(tmp_path: Path) -> None:
    signer, leaves = Signer(tmp_path, ORIGIN), [leaf_hash(bytes([n])) for n in range(2)]
    heads = [Head(n, root_of(leaves[:n])) for n in range(3)]
    signer.sign(heads[0], heads[1], [])
    signer.sign(heads[1], heads[2], [leaves[1]])

    signer.confirm(heads[1])

    signer.confirm(heads[2])
    with pytest.raises(SignerRefusedError):
        signer.sign(heads[1], heads[2], [leaves[1]])


def test_the_key_is_made_once_and_only_its_owner_can_read_it(log: Log) -> None:
    key = log.settings.keys / "audit-log.key"

    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600  # noqa: PTH116
    assert Signer(log.settings.keys, "another/name").vkey == log.signer.vkey


@ON_BOTH
def test_names_of_staff_are_kept_beside_the_log_and_not_in_it(log: Log, intake: Producer) -> None:
    staff_id, agency_id = intake.epoch, "0192cccc-0000-7000-8000-000000000003"
    told = {"staff_id": staff_id, "agency_id": agency_id, "roles": ["worker"], "active": True}

    log.hears(
        intake.says("staff.changed.v1", name="New Name", email="a@b", sequence=2, **told),
        intake.says("staff.changed.v1", name="Old Name", email="a@b", sequence=1, **told),
        intake.says(
            "agency.changed.v1",
            name="An Agency",
            agency_id=agency_id,
            kind="voluntary",
            active=True,
            sequence=1,
        ),
    )

    with log.store.read() as tx:
        assert tx.staff_names() == {staff_id: "New Name"}
        assert tx.agency_names() == {agency_id: "An Agency"}
    assert b"Name" not in orjson.dumps(log.leaves())


@ON_BOTH
def test_nothing_grows_on_what_was_not_committed(log: Log, intake: Producer) -> None:
    log.hears(*intake.says_many(3))
    lost = intake.says_many(2)
    with pytest.raises(RuntimeError), log.store.begin() as tx:
        log.sequencer.react(lost, tx)
        raise RuntimeError

    log.hears(*lost[:1])
    log.hears(*lost[1:])

    with log.store.read() as tx:
        hashes = [leaf_hash(data) for data in tx.leaves(0, tx.size())]
        assert tx.head() == Head(5, root_of(hashes))
        assert tx.frontier(5).root == root_of(hashes)
