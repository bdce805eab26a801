"""What is sealed opens only with its own key, in its own place, unaltered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.vault import Context, KeysRefusedError, SealBrokenError, Vault

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.text(max_size=40)
PLACE = Context("intake", "person", "given_name", "018f-row")
CONTEXTS = st.builds(Context, WORDS, WORDS, WORDS, WORDS)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault("intake", tmp_path_factory.mktemp("keys"))


@given(plaintext=st.one_of(WORDS, st.binary(max_size=200)), context=CONTEXTS)
def test_what_was_sealed_opens_in_its_own_place(
    vault: Vault, plaintext: str | bytes, context: Context
) -> None:
    key = vault.new_key()

    opened = vault.open(key, vault.seal(key, plaintext, context), context)

    assert opened == (plaintext.encode() if isinstance(plaintext, str) else plaintext)


@given(field=st.sampled_from(["service", "table", "column", "row_id"]), other=WORDS)
def test_a_value_moved_to_another_place_is_refused(vault: Vault, field: str, other: str) -> None:
    key = vault.new_key()
    blob = vault.seal(key, "Mair", PLACE)

    with pytest.raises(SealBrokenError):
        vault.open(key, blob, replace(PLACE, **{field: other + "x"}))


@given(data=st.data())
def test_any_flipped_bit_is_refused(vault: Vault, data: st.DataObject) -> None:
    key = vault.new_key()
    blob = bytearray(vault.seal(key, "Mair", PLACE))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBrokenError):
        vault.open(key, bytes(blob), PLACE)


@given(data=st.data())
def test_any_flipped_bit_of_the_wrapped_key_is_refused(vault: Vault, data: st.DataObject) -> None:
    key = bytearray(vault.new_key())
    blob = vault.seal(bytes(key), "Mair", PLACE)
    key[data.draw(st.integers(0, len(key) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBrokenError):
        vault.open(bytes(key), blob, PLACE)


@given(cut=st.integers(0, 60))
def test_a_shortened_value_is_refused(vault: Vault, cut: int) -> None:
    key = vault.new_key()
    blob = vault.seal(key, "Mair" * 8, PLACE)

    with pytest.raises(SealBrokenError):
        vault.open(key, blob[:cut], PLACE)


def test_the_key_of_another_person_opens_nothing(vault: Vault) -> None:
    blob = vault.seal(vault.new_key(), "Mair", PLACE)

    with pytest.raises(SealBrokenError):
        vault.open(vault.new_key(), blob, PLACE)


def test_the_same_words_sealed_twice_look_different(vault: Vault) -> None:
    key = vault.new_key()

    assert vault.seal(key, "Mair", PLACE) != vault.seal(key, "Mair", PLACE)


def test_another_service_cannot_open_it(vault: Vault, tmp_path: Path) -> None:
    key = vault.new_key()
    blob = vault.seal(key, "Mair", PLACE)

    with pytest.raises(SealBrokenError):
        Vault("matching", tmp_path).open(key, blob, PLACE)


@given(context=CONTEXTS)
def test_the_bound_place_is_canonical_json(context: Context) -> None:
    place = {
        "service": context.service,
        "table": context.table,
        "column": context.column,
        "row_id": context.row_id,
        "v": 1,
    }

    assert context.associated_data() == rfc8785.dumps(place)


def test_keys_survive_a_restart(tmp_path: Path) -> None:
    first = Vault("intake", tmp_path)
    key = first.new_key()
    blob = first.seal(key, "Mair", PLACE)

    second = Vault("intake", tmp_path)

    assert second.open(key, blob, PLACE) == b"Mair"
    assert second.blind_index("phone", "1") == first.blind_index("phone", "1")


def test_key_files_are_made_readable_by_their_owner_alone(tmp_path: Path) -> None:
    Vault("intake", tmp_path / "keys")

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}

    assert modes == {"intake.kek": 0o600, "intake.index": 0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    Vault("intake", tmp_path)
    (tmp_path / "intake.kek").chmod(mode)

    with pytest.raises(KeysRefusedError):
        Vault("intake", tmp_path)


def test_a_lost_key_is_not_silently_replaced(tmp_path: Path) -> None:
    Vault("intake", tmp_path)
    (tmp_path / "intake.kek").unlink()

    with pytest.raises(KeysRefusedError):
        Vault("intake", tmp_path)


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    Vault("intake", tmp_path)
    (tmp_path / "intake.kek").write_bytes(b"short")

    with pytest.raises(KeysRefusedError):
        Vault("intake", tmp_path)


def test_blind_indexes_see_through_case_and_spacing(vault: Vault) -> None:
    assert vault.blind_index("postcode", "sw18 2pu") == vault.blind_index("postcode", "SW182PU")
    assert vault.blind_index("phone", "07700 900 123") == vault.blind_index("phone", "07700900123")


def test_blind_indexes_tell_dotted_mail_addresses_apart(vault: Vault) -> None:
    dotted = vault.blind_index("email", "a.b@example.org")

    assert dotted != vault.blind_index("email", "ab@example.org")


def test_blind_indexes_of_two_fields_cannot_be_compared(vault: Vault) -> None:
    assert vault.blind_index("given_name", "rose") != vault.blind_index("family_name", "rose")


@given(value=WORDS)
def test_a_blind_index_has_sixteen_bytes(vault: Vault, value: str) -> None:
    assert len(vault.blind_index("family_name", value)) == 16
