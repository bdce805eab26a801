"""Keys are replaced beside a running hub, and a rotation that was killed goes on where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from intake.desk import Desk
from intake.telling import PERSONAL, STORY, a_submission
from sqlalchemy import select

from deploy import key_rows, keys
from driving.databases import Places
from services.intake.storage import tables as t
from services.intake.storage.sameness import sameness
from services.intake.usecases.recalling import recall
from services.intake.usecases.sameness import digests_of, live_duplicate_of
from shared import key_ring
from shared.identity import Principal
from shared.ids import new_id
from shared.vault import KeysRefusedError, Vault


class Killed(BaseException):
    """The process is gone; nothing after this line runs."""


@pytest.fixture
def place(where: Places, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "var")
    yield desk
    desk.store.close()


def wrapped(desk: Desk) -> list[bytes]:
    with desk.store.read() as tx:
        return [row.wrapped for row in tx.all(select(t.vault_key))]


def story_of(desk: Desk, request_id: Any) -> str:
    with desk.store.read() as tx:
        return recall(tx.request_row(request_id), tx).story


def another(desk: Desk) -> Any:
    from services.intake import create_store

    return create_store(desk.settings, desk.clock)


def vault_of(desk: Desk) -> Vault:
    return Vault("intake", desk.settings.keys)


def test_every_data_key_is_under_the_new_key_and_a_running_hub_reads_on(place: Desk) -> None:
    submitted = place.takes_in()
    before = wrapped(place)

    keys.rotate("intake", place.settings, place.clock)

    after, vault = wrapped(place), vault_of(place)
    assert {key[:8] for key in after} == {vault.ring.current.id}
    assert {key[:8] for key in before}.isdisjoint(key[:8] for key in after)
    assert not (place.settings.keys / "intake.kek.old").exists()
    assert story_of(place, submitted.id) == STORY
    assert place.takes_in().reference != submitted.reference
    assert {key[:8] for key in wrapped(place)} == {vault.ring.current.id}


def test_a_stolen_old_key_opens_nothing_after_the_rotation(place: Desk) -> None:
    place.takes_in()
    stolen = key_ring.HeldKek((place.settings.keys / "intake.kek").read_bytes())

    keys.rotate("intake", place.settings, place.clock)

    for key in wrapped(place):
        with pytest.raises(key_ring.SealBrokenError):
            stolen.unwrap(key[8:])


STEPS = {
    "the new key is made": ("shared.key_ring.create", 0),
    "the retired name is noted": ("shared.key_ring.replace", 0),
    "the old key is linked": ("shared.key_ring.os.link", 0),
    "the old key is linked, the new one not in place": ("shared.key_ring.sync_folder", 0),
    "the new key is in place": ("shared.key_ring.sync_folder", 1),
    "index keys": ("shared.blind_index.LookupKeys.rewrap", 0),
    "the first batch": ("deploy.keys.rewrap_some", 0),
    "some batches": ("deploy.keys.rewrap_some", 3),
    "the last look": ("deploy.keys.moment_of", 0),
    "the old key is destroyed": ("shared.key_ring.KeyRing.forget_old", 0),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_rotation_killed_at_any_step_loses_nothing_and_goes_on(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted, first = desk.takes_in(), vault_of(desk).ring.current.id
    name, calls = STEPS[step]
    with monkeypatch.context() as killing:
        killing.setattr(name, killed_after(calls, resolved(name)))
        with pytest.raises(Killed):
            keys.rotate("intake", desk.settings, desk.clock)

    assert story_of(desk, submitted.id) == STORY
    keys.rotate("intake", desk.settings, desk.clock)

    now = vault_of(desk).ring
    assert {key[:8] for key in wrapped(desk)} == {now.current.id}
    assert now.current.id != first
    assert now.leaving is None
    assert not list(desk.settings.keys.glob("intake.kek.[no]*"))
    assert story_of(desk, submitted.id) == STORY


def resolved(name: str) -> Any:
    from pkgutil import resolve_name

    return resolve_name(name)


def killed_after(calls: int, real: Any) -> Any:
    count = iter(range(1000))

    def run(*args: Any, **more: Any) -> Any:
        if next(count) == calls:
            raise Killed
        return real(*args, **more)

    return run


def test_a_key_that_was_wrapped_meanwhile_by_the_old_one_is_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, real = vault_of(desk).new_key(), key_rows.moment_of

    def somebody_commits_late(store: Any) -> Any:
        with desk.store.begin() as tx:
            tx.insert(t.vault_key, owner_id=new_id(), owner="person", wrapped=late)
        return real(store)

    monkeypatch.setattr("deploy.keys.moment_of", somebody_commits_late)
    keys.rotate("intake", desk.settings, desk.clock)

    assert {key[:8] for key in wrapped(desk)} == {vault_of(desk).ring.current.id}


def test_old_transactions_are_waited_for(place: Desk) -> None:
    moment = key_rows.moment_of(place.store)

    if moment is not None:
        assert key_rows.older_transactions(place.store, moment) == 0
        with place.store.read() as tx:
            tx.all(select(t.vault_key))
            later = key_rows.moment_of(another(place))
            assert key_rows.older_transactions(another(place), later) == 1


def test_two_rotations_leave_old_values_readable(desk: Desk) -> None:
    submitted = desk.takes_in()

    keys.rotate("intake", desk.settings, desk.clock)
    keys.rotate("intake", desk.settings, desk.clock)

    assert story_of(desk, submitted.id) == STORY
    assert len((desk.settings.keys / "intake.kek.retired").read_text().split()) == 2


COMMAND = """
import base64, sys
word, service = sys.argv[1:]
given = base64.b64decode(sys.stdin.read())
if service == "away":
    sys.exit(75)
if service == "forbidden":
    sys.exit(1)
mask = bytes(byte ^ 0x5A for byte in given)
print(base64.b64encode(mask).decode())
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    program = tmp_path / "kms.py"
    program.write_text(COMMAND)
    monkeypatch.setenv("ONWARD_KEY_COMMAND", f"{sys.executable} {program}")


def test_a_command_keeps_the_key_and_the_file_alone_opens_nothing(
    tmp_path: Path, command: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = Vault("intake", tmp_path / "keys")
    key = vault.new_key()

    assert Vault("intake", tmp_path / "keys").rewrap(key)[:8] == key[:8]
    monkeypatch.delenv("ONWARD_KEY_COMMAND")
    with pytest.raises(KeysRefusedError, match="ONWARD_KEY_COMMAND"):
        Vault("intake", tmp_path / "keys")


@pytest.mark.parametrize(
    ("service", "error"), [("away", "KeysAwayError"), ("forbidden", "KeysRefusedError")]
)
def test_a_command_that_is_away_or_refuses_is_told_apart(
    tmp_path: Path, command: None, service: str, error: str
) -> None:
    with pytest.raises(Exception, match="key command") as raised:
        Vault(service, tmp_path / "keys")

    assert type(raised.value).__name__ == error


def test_a_rotation_brings_a_plain_key_into_the_keeping_of_a_command(
    desk: Desk, command: None
) -> None:
    submitted = desk.takes_in()
    plain = (desk.settings.keys / "intake.kek").read_bytes()

    keys.rotate("intake", desk.settings, desk.clock)

    kept = (desk.settings.keys / "intake.kek").read_bytes()
    assert len(plain) == 32
    assert kept.startswith(b"onward key wrapped")
    fresh = another(desk)
    with fresh.read() as tx:
        assert recall(tx.request_row(submitted.id), tx).story == STORY
    fresh.close()


def test_indexes_answer_before_during_and_after_their_key_is_replaced(place: Desk) -> None:
    agency = new_id()
    submitted = takes_in(place, agency)

    for _ in range(3):
        assert keys.rotate_lookups(place.settings, place.clock) == 1
        assert duplicate(place, agency) == submitted.reference
    with place.store.read() as tx:
        rows = tx.all(select(sameness))
    assert {(row.digest_even is None, row.digest_odd is None) for row in rows} <= {
        (True, False),
        (False, True),
        (False, False),
    }
    assert [file.name for file in place.settings.keys.glob("intake.lookup.*")] == [
        "intake.lookup.4"
    ]


def test_an_index_rotation_that_was_killed_still_answers_and_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = new_id()
    submitted = takes_in(desk, agency)
    with monkeypatch.context() as killing:
        killing.setattr("deploy.keys.moment_of", killed_after(0, None))
        with pytest.raises(Killed):
            keys.rotate_lookups(desk.settings, desk.clock)

    assert duplicate(desk, agency) == submitted.reference
    second = takes_in(desk, agency, given_name="Saffron")
    keys.rotate_lookups(desk.settings, desk.clock)

    assert duplicate(desk, agency) == submitted.reference
    assert duplicate(desk, agency, given_name="Saffron") == second.reference


def a_person(**changes: Any) -> Any:
    from dataclasses import replace

    told = a_submission()
    return replace(told, person=replace(told.person, **changes))


def takes_in(desk: Desk, agency: Any, **changes: Any) -> Any:
    from services.intake.usecases import submit_request

    who = Principal("staff", id="s", agency_id=agency, roles=frozenset({"worker"}))
    with desk.store.begin(actor=who) as tx:
        return submit_request(a_person(**changes), tx)


def duplicate(desk: Desk, agency: Any, **changes: Any) -> str | None:
    with desk.store.read() as tx:
        told = a_person(**changes)
        return live_duplicate_of(told, digests_of(told, tx), agency, tx)


def test_no_key_stands_in_any_table_or_message(desk: Desk) -> None:
    desk.takes_in()
    secret = (desk.settings.keys / "intake.kek").read_bytes()

    stored = b"".join(file.read_bytes() for file in desk.settings.var.glob("*.sqlite3*"))

    assert secret not in stored
    for words in PERSONAL:
        assert words.encode() not in stored


def test_one_command_rotates_the_keys_of_every_service_that_holds_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import import_module

    from shared.clock import SystemClock
    from shared.settings import Settings

    settings = Settings(var=tmp_path / "var")
    monkeypatch.setenv("ONWARD_VAR", str(settings.var))
    stores = {
        name: import_module(f"services.{name}").create_store(settings, SystemClock())
        for name in (*keys.SERVICES, "audit")
    }
    request, referral = new_id(), new_id()
    with stores["matching"].begin() as tx:
        tx.keep_note(request, referral, "question", "Does she hear well?")
    kept = {name: (settings.keys / f"{name}.kek").exists() for name in stores}

    assert keys.main(["rotate"]) == 0

    sealing = {"identity", "intake", "matching"}
    assert sealing <= {name for name, has in kept.items() if has}
    for name in sealing:
        assert len((settings.keys / f"{name}.kek.retired").read_text().split()) == 1
    with stores["matching"].read() as tx:
        (note,) = tx.notes_of(referral)
        assert tx.open_note(note) == "Does she hear well?"
    for store in stores.values():
        store.close()
