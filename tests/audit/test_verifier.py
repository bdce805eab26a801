from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from services.audit import ed25519
from services.audit.domain.checkpoint import Checkpoint
from services.audit.domain.leaf import moment
from services.audit.domain.manifest import parse_manifest
from services.audit.domain.note import COSIGNATURE, Note, Signature, VerifierKey, cosigned_message
from services.audit.domain.policy import parse_policy
from services.audit.domain.tiles import Tile, pack_entries, unpack_entries
from services.audit.domain.tree import Frontier, leaf_hash
from services.audit.export import export, into_zip
from services.audit.signer import Signer, parse_private_key
from services.audit.verify.__main__ import main
from services.audit.verify.check import verify
from services.audit.verify.source import Source
from tests.audit.drivers import NOON, Log, Producer, unguard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.audit.domain.policy import Policy
    from services.audit.verify.report import Report

ROOT = Path(__file__).parents[2]
SIZE = 300
TAIL = "tile/entries/001.p/44"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Log:
    log = Log(tmp_path_factory.mktemp("original"))
    producers = [Producer(), Producer("matching", "epoch-2")]
    for _ in range(15):
        log.hears(*producers[0].says_many(10), *producers[1].says_many(10))
    log.exported()
    return log


@pytest.fixture
def folder(original: Log, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original.folder / "export", tmp_path / "export"))


def verified(folder: Path, original: Log, since: bytes | None = None) -> Report:
    return verify(Source(folder), policy_of(original), since)


def policy_of(log: Log) -> Policy:
    return parse_policy(log.policy().read_text())


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def test_an_untouched_log_is_intact_and_the_figures_are_told(original: Log, folder: Path) -> None:
    report = verified(folder, original)

    assert (report.verdict, report.code, report.findings) == ("intact", 0, [])
    assert (report.entries, report.size, report.checkpoints) == (SIZE, SIZE, 15)
    assert report.producers == {"intake": 150, "matching": 150}
    assert "300 entries" in str(report)


def some_bytes(folder: Path) -> Iterator[tuple[str, int]]:
    """Some places in every file; a forged signature takes half a second to locate."""
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        length = file.stat().st_size
        places = 2 if file.name.startswith("checkpoint") else 7
        for at in range(length % 7, length, length // places):
            yield file.relative_to(folder).as_posix(), at


def test_any_one_flipped_byte_is_found_and_its_file_and_place_are_named(
    original: Log, folder: Path
) -> None:
    unnamed = []
    for name, at in some_bytes(folder):
        file = folder / name
        kept = file.read_bytes()
        file.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        report = verified(folder, original)
        file.write_bytes(kept)
        assert report.code != 0, (name, at)
        if not any((f.file, f.byte) == (name, at) for f in report.findings):
            unnamed.append((name, at, [str(f) for f in report.findings]))

    assert [one for one in unnamed if one[0] != "policy.txt"] == []


def test_a_flipped_byte_inside_an_entry_names_the_entry(original: Log, folder: Path) -> None:
    file = folder / TAIL
    data = bytearray(file.read_bytes())
    at, _ = unpack_entries(bytes(data))[10]
    data[at + 20] ^= 0x40
    file.write_bytes(bytes(data))

    (finding,) = verified(folder, original).findings

    assert (finding.code, finding.file, finding.byte) == ("entry-changed", TAIL, at + 20)
    assert finding.seq == 266


Rows = list[bytes]


def rewrite(folder: Path, change: Callable[[Rows], Rows], *, keep_hashes: bool = False) -> None:
    """Change the entries of an export and make tiles and manifest anew, as a forger would."""
    first = [e for _, e in unpack_entries((folder / "tile/entries/000").read_bytes())]
    rest = [e for _, e in unpack_entries((folder / TAIL).read_bytes())]
    rows = change(first + rest)
    shutil.rmtree(folder / "tile/entries")
    for start in range(0, len(rows), 256):
        part = rows[start : start + 256]
        write(folder, Tile(None, start // 256, len(part)), pack_entries(part))
    if not keep_hashes:
        shutil.rmtree(folder / "tile/0")
        shutil.rmtree(folder / "tile/1")
        hashes = [leaf_hash(row) for row in rows]
        for start in range(0, len(rows), 256):
            part = hashes[start : start + 256]
            write(folder, Tile(0, start // 256, len(part)), b"".join(part))
        write(folder, Tile(1, 0, 1), Frontier().extended(hashes[:256])[0].root)
    renew_manifest(folder, len(rows))


def write(folder: Path, tile: Tile, data: bytes) -> None:
    path = folder / tile.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def renew_manifest(folder: Path, size: int) -> None:
    path = folder / "manifest.json"
    manifest = parse_manifest(path.read_bytes())
    assert manifest
    manifest.tree_size, manifest.files = size, {}
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p != path):
        manifest.note(file.relative_to(folder).as_posix(), file.read_bytes())
    path.write_bytes(manifest.text())


def edited(rows: Rows, at: int = 5) -> Rows:
    return [*rows[:at], rows[at].replace(b"debt", b"debs"), *rows[at + 1 :]]


def forged(rows: Rows, at: int = 100) -> bytes:
    leaf = {**orjson.loads(rows[at]), "event_id": "0192dddd-0000-7000-8000-000000000001"}
    return orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS)


def without(rows: Rows, at: int) -> Rows:
    return rows[:at] + rows[at + 1 :]


def swapped(rows: Rows) -> Rows:
    return [*rows[:40], rows[41], rows[40], *rows[42:]]


FORGERIES = {
    "a byte of a leaf": (edited, {"rewritten", "hash-tile"}),
    "an entry in the middle taken out": (lambda r: without(r, 120), {"truncated", "rewritten"}),
    "the tail cut off": (lambda r: r[:290], {"truncated"}),
    "an entry put in": (lambda r: [*r[:100], forged(r), *r[100:]], {"rewritten"}),
    "an entry added at the end": (lambda r: [*r, forged(r, 299)], {"unsigned"}),
    "two entries swapped": (swapped, {"rewritten"}),
    "an entry told twice": (lambda r: [*r[:200], r[100], *r[201:]], {"duplicate-event"}),
    "an event that never came": (lambda r: without(r, 299), {"truncated"}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forger_who_also_renews_hashes_and_manifest_is_found(
    original: Log, folder: Path, name: str
) -> None:
    change, expected = FORGERIES[name]

    rewrite(folder, change)
    report = verified(folder, original)

    assert report.code != 0
    assert expected & codes(report)


def test_the_range_of_entries_that_no_longer_fit_is_named(original: Log, folder: Path) -> None:
    rewrite(folder, lambda rows: edited(rows, at=105))

    found = [f for f in verified(folder, original).findings if f.code == "rewritten"]

    assert [f.seq for f in found] == [100]
    assert "entries 100 to 119" in found[0].says


def test_an_edited_leaf_with_its_old_hash_names_the_byte(original: Log, folder: Path) -> None:
    rewrite(folder, edited, keep_hashes=True)

    (finding,) = [f for f in verified(folder, original).findings if f.code == "entry-changed"]

    entries = unpack_entries((folder / "tile/entries/000").read_bytes())
    at, entry = entries[5]
    assert (finding.seq, finding.byte) == (5, at + entry.index(b"debs") + 3)


def resigned(folder: Path, log: Log, change: Callable[[Rows], Rows]) -> None:
    """Rewrite everything and sign it all again with the log's own key."""
    rewrite(folder, change)
    rows = all_entries(folder)
    name, seed = parse_private_key((log.settings.keys / "audit-log.key").read_text())
    notes = []
    for size in range(20, len(rows) + 1, 20):
        root = Frontier().extended([leaf_hash(row) for row in rows[:size]])[0].root
        text = str(Checkpoint(name, size, root))
        value = ed25519.sign(seed, text.encode())
        notes.append(str(Note(text, (Signature(name, log.signer.vkey.key_id, value),))))
    (folder / "checkpoints").write_text("\n".join(notes))
    (folder / "checkpoint").write_text(notes[-1])
    renew_manifest(folder, len(rows))


def all_entries(folder: Path) -> Rows:
    tiles = sorted((folder / "tile/entries").rglob("*"))
    return [e for t in tiles if t.is_file() for _, e in unpack_entries(t.read_bytes())]


def chained(rows: Rows, change: Callable[[list[dict]], list[dict]]) -> Rows:
    leaves = change([orjson.loads(row) for row in rows])
    return [orjson.dumps(leaf, option=orjson.OPT_SORT_KEYS) for leaf in leaves]


def test_a_log_rewritten_and_signed_again_is_caught_by_a_checkpoint_seen_before(
    original: Log, folder: Path
) -> None:
    seen = (folder / "checkpoint").read_bytes()
    resigned(folder, original, edited)

    assert verified(folder, original).code == 0
    report = verified(folder, original, since=seen)

    assert report.code == 1
    assert codes(report) >= {"rewritten", "fork"}


def test_a_past_rewritten_and_signed_in_other_steps_is_caught_too(
    original: Log, folder: Path
) -> None:
    seen = (folder / "checkpoints").read_bytes().split(b"\n\n")[6:8]
    resigned(folder, original, edited)
    (folder / "checkpoints").write_bytes((folder / "checkpoint").read_bytes())
    renew_manifest(folder, SIZE)
    assert verified(folder, original).code == 0

    report = verified(folder, original, since=b"\n\n".join(seen) + b"\n")

    assert [(f.code, f.file, f.seq) for f in report.findings] == [("rewritten", "--since", 0)]
    assert "entries 0 to 79" in report.findings[0].says


def test_a_log_put_back_to_an_older_state_is_caught_by_a_checkpoint_seen_before(
    original: Log, folder: Path
) -> None:
    seen = (folder / "checkpoint").read_bytes()
    resigned(folder, original, lambda rows: rows[:260])

    assert verified(folder, original).code == 0
    report = verified(folder, original, since=seen)

    assert (report.code, codes(report)) == (1, {"truncated"})


def test_an_earlier_checkpoint_of_the_same_log_is_confirmed(original: Log, folder: Path) -> None:
    first = (folder / "checkpoints").read_bytes().split(b"\n\n")[:2]

    report = verified(folder, original, since=b"\n\n".join(first) + b"\n")

    assert (report.code, report.since) == (0, 20)


def signed_again(original: Log, folder: Path, change: Callable[[list[dict]], list[dict]]) -> Report:
    resigned(folder, original, lambda rows: chained(rows, change))
    return verified(folder, original)


def test_an_event_suppressed_before_it_reached_the_log_leaves_a_gap(
    original: Log, folder: Path
) -> None:
    report = signed_again(original, folder, lambda leaves: [*leaves[:47], *leaves[48:]])

    found = [f for f in report.findings if f.code == "producer-gap"]
    assert [f.seq for f in found] == [47]
    assert "intake's events 28 to 28 are missing" in found[0].says


def test_an_event_changed_before_it_reached_the_log_breaks_the_chain(
    original: Log, folder: Path
) -> None:
    def change(leaves: list[dict]) -> list[dict]:
        leaves[47]["producer_this"] = "ab" * 32
        return leaves

    report = signed_again(original, folder, change)

    assert [f.seq for f in report.findings if f.code == "producer-chain"] == [48]


def test_a_clock_that_was_moved_back_is_found(original: Log, folder: Path) -> None:
    def change(leaves: list[dict]) -> list[dict]:
        leaves[60]["occurred_at"] = moment(NOON - timedelta(hours=1))
        return leaves

    report = signed_again(original, folder, change)

    assert [f.seq for f in report.findings if f.code == "clock-moved-back"] == [60]


def test_a_change_that_was_never_announced_is_found(original: Log, folder: Path) -> None:
    def change(leaves: list[dict]) -> list[dict]:
        for seq, version in ((60, 1), (61, 2), (62, 2), (63, 4)):
            leaves[seq]["object"] |= {"type": "referral", "id": "the same", "version": version}
        return leaves

    report = signed_again(original, folder, change)

    found = [f for f in report.findings if f.code == "version-gap"]
    assert [(f.seq, f.says) for f in found] == [(63, "changes 3 to 3 of this referral are missing")]


def test_an_epoch_that_the_log_does_not_tell_of_is_found(original: Log, folder: Path) -> None:
    def change(leaves: list[dict]) -> list[dict]:
        for leaf in leaves[200:]:
            leaf["producer_epoch"] = "another"
        return leaves

    report = signed_again(original, folder, change)

    assert [f.seq for f in report.findings if f.code == "epoch-unannounced"] == [200, 210]


@pytest.mark.parametrize("entry", [b"{}", b"[1]", b"not json", b'{"v":1,"v":1}', b'{"v":1.5}'])
def test_an_entry_that_is_no_audit_event_is_found(
    original: Log, folder: Path, entry: bytes
) -> None:
    resigned(folder, original, lambda rows: [*rows, *[entry] * 20])

    assert "entry-malformed" in codes(verified(folder, original))


def test_an_old_checkpoint_put_back_is_found(original: Log, folder: Path) -> None:
    first = (folder / "checkpoints").read_bytes().split(b"\n\n")[:2]
    (folder / "checkpoint").write_bytes(b"\n\n".join(first) + b"\n")
    renew_manifest(folder, SIZE)

    report = verified(folder, original)

    assert report.code == 1
    assert "stale" in codes(report)


def test_two_logs_of_the_same_size_are_a_fork(original: Log, folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    resigned(other, original, edited)
    notes = (folder / "checkpoints").read_text() + "\n" + (other / "checkpoint").read_text()
    (folder / "checkpoints").write_text(notes)
    renew_manifest(folder, SIZE)

    assert {"fork", "checkpoint-order"} <= codes(verified(folder, original))


def test_a_checkpoint_of_another_log_is_not_vouched_for(
    original: Log, folder: Path, tmp_path: Path
) -> None:
    other = Signer(tmp_path / "keys", "elsewhere.example/log")
    policy = parse_policy(f"log {other.vkey}\nquorum none\n")

    assert verify(Source(folder), policy).code == 3


def test_a_missing_witness_is_told_and_a_present_one_counts(original: Log, folder: Path) -> None:
    seed = b"7" * 32
    witness = VerifierKey("w.example", COSIGNATURE, ed25519.public_of(seed))
    policy = parse_policy(f"log {original.signer.vkey}\nwitness w {witness}\nquorum w\n")
    assert verify(Source(folder), policy).code == 3

    note = (folder / "checkpoint").read_text()
    text = note.split("\n\n")[0] + "\n"
    at = (1_800_000_000).to_bytes(8)
    value = at + ed25519.sign(seed, cosigned_message(text, 1_800_000_000))
    signed = note + f"{Signature(witness.name, witness.key_id, value)}\n"
    (folder / "checkpoint").write_text(signed)
    renew_manifest(folder, SIZE)

    report = verify(Source(folder), policy)
    assert (report.code, report.witnesses) == (0, 1)


@pytest.mark.parametrize("name", ["checkpoint", TAIL, "tile/0/000", "tile/1/000.p/1", "policy.txt"])
def test_a_file_that_got_lost_makes_the_export_incomplete(
    original: Log, folder: Path, name: str
) -> None:
    (folder / name).unlink()

    report = verified(folder, original)

    assert report.code == 4
    assert any(f.file == name for f in report.findings)


def test_a_file_that_does_not_belong_is_named(original: Log, folder: Path) -> None:
    (folder / "tile/0/002").write_bytes(b"x" * 8192)

    (finding,) = verified(folder, original).findings

    assert (finding.code, finding.file) == ("left-over", "tile/0/002")


def test_an_export_without_a_manifest_is_still_verified(original: Log, folder: Path) -> None:
    (folder / "manifest.json").unlink()

    report = verified(folder, original)

    assert report.code == 0
    assert report.notes


def test_a_row_deleted_from_the_database_by_its_owner_is_found(
    tmp_path: Path, intake: Producer
) -> None:
    log = Log(tmp_path)
    log.hears_in_batches(intake.says_many(30))
    for sql, code in [
        ("DELETE FROM entry WHERE seq = 29", "truncated"),
        ("DELETE FROM entry WHERE seq = 12", "rewritten"),
    ]:
        with log.store.begin() as tx:
            unguard(tx, "entry_refuses_delete")
            tx._connection.exec_driver_sql(sql)

        report = verified(log.exported(code), log)

        assert report.code == 1
        assert code in codes(report)


def test_a_zip_is_verified_like_a_folder_and_its_damage_is_named(
    original: Log, tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    with path.open("wb") as file, into_zip(file) as write_file:
        export(original.store, original.signer.vkey, write_file)
    assert verified(path, original).code == 0

    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(TAIL).header_offset
    data[start + 200] ^= 1
    path.write_bytes(bytes(data))

    report = verified(path, original)
    assert report.code == 1
    assert any(f.file == TAIL for f in report.findings)


def test_an_empty_log_is_incomplete_and_says_so(tmp_path: Path) -> None:
    log = Log(tmp_path)

    report = verified(log.exported(), log)

    assert report.code == 4
    assert "nobody vouches" in str(report)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where neither Flask nor a database library can be imported."""
    blocked = [
        "flask",
        "sqlalchemy",
        "marshmallow",
        "orjson",
        "structlog",
        "joserfc",
        "authlib",
        "rfc8785",
    ]
    program = (
        "import sys, runpy\n"
        f"sys.modules.update(dict.fromkeys({blocked!r}))\n"
        f"sys.argv = ['verify', *{list(arguments)!r}]\n"
        "runpy.run_module('services.audit.verify', run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_command_needs_cryptography_alone(original: Log, folder: Path) -> None:
    done = run(str(folder), "--policy", str(original.policy()))

    assert (done.returncode, done.stderr) == (0, "")
    assert "is intact" in done.stdout
    assert "300 entries" in done.stdout


def test_the_command_tells_programs_where_the_first_bad_entry_is(
    original: Log, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(folder, edited, keep_hashes=True)

    code = main([str(folder), "--policy", str(original.policy()), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert (code, told["exit"], told["verdict"]) == (1, 1, "NOT intact")
    assert told["first_bad_seq"] == 5
    assert told["findings"][0]["file"] == "tile/entries/000"


@pytest.mark.parametrize("policy", ["", "log nonsense\nquorum none\n"])
def test_a_policy_that_cannot_be_read_is_wrong_use(
    folder: Path, tmp_path: Path, policy: str
) -> None:
    (tmp_path / "policy.txt").write_text(policy)

    assert main([str(folder), "--policy", str(tmp_path / "policy.txt")]) == 2
    assert main([str(tmp_path / "nowhere"), "--policy", str(tmp_path / "policy.txt")]) == 2
