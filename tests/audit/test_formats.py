from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit import ed25519
from services.audit.domain.checkpoint import (
    Checkpoint,
    first_note,
    parse_checkpoint,
    parse_signed_checkpoint,
)
from services.audit.domain.errors import FormatError, LogError, SignatureError
from services.audit.domain.note import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    VerifierKey,
    cosigned_message,
    parse_note,
    parse_vkey,
)
from services.audit.domain.policy import parse_policy
from services.audit.domain.proof_file import ProofFile, parse_proof_file
from services.audit.domain.strict import base64_bytes, decimal, hex_bytes
from services.audit.domain.tiles import (
    Tile,
    entry_tiles,
    hash_tiles,
    pack_entries,
    parse_path,
    unpack_entries,
    within,
)
from services.audit.domain.tree import EMPTY_ROOT, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = bytes(range(32))
KEY = VerifierKey("hub.example/audit/log", ED25519, ed25519.public_of(SEED))
TEXT = str(Checkpoint(KEY.name, 1, leaf_hash(b"first")))


def signed(text: str = TEXT, key: VerifierKey = KEY, seed: bytes = SEED) -> Note:
    value = ed25519.sign(seed, text.encode())
    return Note(text, (Signature(key.name, key.key_id, value),))


@pytest.mark.parametrize(
    "text",
    ["", "01", "+1", "-1", " 1", "1 ", "1\n", "\N{ARABIC-INDIC DIGIT THREE}", "1_0", "1" * 21],
)
def test_only_a_plain_decimal_number_is_a_number(text: str) -> None:
    with pytest.raises(FormatError):
        decimal(text)


@pytest.mark.parametrize("text", ["QUJDQUJD==", "QUJDRR==", "QUJD\n", "QU JD", "QUJ", "_-==", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        base64_bytes(text)


@pytest.mark.parametrize("text", ["53 0d", "530D", "5", "0x53", "53\n"])
def test_hexadecimal_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        hex_bytes(text)


def test_a_signed_note_reads_back_as_written_and_verifies() -> None:
    note = parse_note(str(signed()).encode())

    assert note == signed()
    assert [s.name for s in note.signed_by([KEY], ed25519.fits)] == [KEY.name]


def test_the_published_example_checkpoint_parses() -> None:
    example = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
        "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )

    assert parse_signed_checkpoint(example.encode()).checkpoint.size == 20852163


def test_signatures_of_unknown_keys_are_ignored() -> None:
    stranger = VerifierKey("other", ED25519, ed25519.public_of(b"1" * 32))

    assert signed().signed_by([stranger], ed25519.fits) == []


def test_a_false_signature_of_a_known_key_condemns_the_note() -> None:
    forged = signed(seed=b"2" * 32)

    with pytest.raises(SignatureError):
        forged.signed_by([KEY], ed25519.fits)


def test_sixteen_signatures_are_accepted() -> None:
    note = Note(TEXT, signed().signatures * 16)

    assert len(parse_note(str(note).encode()).signatures) == 16


def test_a_witness_signs_with_the_time_at_which_it_saw_the_checkpoint() -> None:
    witness = VerifierKey("w.example", COSIGNATURE, ed25519.public_of(SEED))
    value = (1_700_000_000).to_bytes(8) + ed25519.sign(SEED, cosigned_message(TEXT, 1_700_000_000))
    note = Note(TEXT, (Signature(witness.name, witness.key_id, value),))
    later = Note(TEXT, (Signature(witness.name, witness.key_id, b"\0" * 8 + value[8:]),))

    assert note.signed_by([witness], ed25519.fits)
    with pytest.raises(SignatureError):
        later.signed_by([witness], ed25519.fits)


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note.replace("—", "--"),
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace("=\n", "=\t\n"),
        lambda note: "\x00" + note,
        lambda note: note.replace("— hub", "—  hub"),
        lambda note: note.rpartition(" ")[0] + " QUJD\n",
    ],
)
def test_a_malformed_note_is_refused(damage: Callable[[str], str]) -> None:
    damaged = damage(str(signed())).encode()

    with pytest.raises(LogError):
        parse_note(damaged).signed_by([KEY], ed25519.fits)


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(FormatError):
        parse_note(b"\xff" + str(signed()).encode())


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        "log\n01\nAAAA\n",
        "log\n1\nQUJD\n",
        "a b\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        TEXT + "\n",
        TEXT[:-1],
        TEXT.replace("\n1\n", "\n0\n"),
        "\n" + TEXT,
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_checkpoint(text)


def test_a_checkpoint_of_an_empty_log_parses() -> None:
    empty = Checkpoint("log", 0, EMPTY_ROOT)

    assert parse_checkpoint(str(empty)) == empty


def test_a_verifier_key_reads_back_as_written() -> None:
    assert parse_vkey(str(KEY)) == KEY


def test_a_verifier_key_of_another_name_or_with_another_id_is_refused() -> None:
    with pytest.raises(FormatError):
        parse_vkey(str(KEY).replace("hub", "bub"))


def test_notes_divided_by_blank_lines_come_apart_again() -> None:
    notes = [str(signed()).encode(), str(signed(TEXT + "more\n")).encode()]
    data = b"\n".join(notes)

    assert first_note(data) == notes[0]
    assert first_note(data[len(notes[0]) + 1 :]) == notes[1]
    assert first_note(b"") == b""


def test_a_proof_file_reads_back_as_written_and_proves_its_entry() -> None:
    proof = ProofFile(0, (), str(signed()).encode(), b"extra")

    again = parse_proof_file(str(proof).encode())

    assert again == proof
    assert again.proves(b"first").checkpoint.size == 1
    with pytest.raises(LogError):
        again.proves(b"second")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("@v1", "@v2"),
        lambda text: text.replace("index 0", "index 00"),
        lambda text: text.replace("index 0", "place 0"),
        lambda text: text.replace("index 0\n", "index 0\nQUJD\n"),
        lambda text: text.replace("index 0", "index \N{ARABIC-INDIC DIGIT ZERO}"),
    ],
)
def test_a_malformed_proof_file_is_refused(damage: Callable[[str], str]) -> None:
    text = str(ProofFile(0, (), str(signed()).encode()))

    with pytest.raises(FormatError):
        parse_proof_file(damage(text).encode())


def test_a_log_of_seventy_thousand_lies_in_the_tiles_the_format_names() -> None:
    rows = {level: [t for t in hash_tiles(70_000) if t.level == level] for level in range(4)}

    assert len(rows[0]) == 274
    assert [t.width for t in rows[0]] == [256] * 273 + [112]
    assert [t.width for t in rows[1]] == [256, 17]
    assert [t.width for t in rows[2]] == [1]
    assert rows[3] == []
    assert rows[0][-1].path == "tile/0/273.p/112"
    assert len(list(entry_tiles(70_000))) == 274


def test_tiles_are_named_in_groups_of_three_digits() -> None:
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert Tile(None, 5, 7).path == "tile/entries/005.p/7"


@given(st.none() | st.integers(0, 63), st.integers(0, 10**10), st.integers(1, 256))
def test_a_tile_is_found_under_its_own_name_only(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)

    assert parse_path(tile.path) == tile


OTHER_SPELLINGS = """
0/1 0/x000/001 00/001 0/001.p/0 0/001.p/256 0/001.p/257 0/001/ 0/x001001 -1/001 0/../001 0/001.p/01
tile/tile/0/001 entries/00\N{ARABIC-INDIC DIGIT ONE}
"""


@pytest.mark.parametrize("path", OTHER_SPELLINGS.split())
def test_any_other_spelling_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(FormatError):
        parse_path(path)


def test_a_tile_can_be_served_once_the_log_has_grown_that_far() -> None:
    assert within(Tile(0, 1, 44), 300)
    assert not within(Tile(0, 1, 45), 300)
    assert within(Tile(1, 0, 1), 300)
    assert not within(Tile(1, 0, 2), 300)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20))
def test_entries_come_back_out_of_their_tile(entries: list[bytes]) -> None:
    data = pack_entries(entries)

    assert [entry for _, entry in unpack_entries(data)] == entries
    assert all(data[at : at + len(entry)] == entry for at, entry in unpack_entries(data))


def test_a_tile_cut_short_is_refused() -> None:
    for cut in (1, 2, 3):
        with pytest.raises(FormatError):
            unpack_entries(pack_entries([b"one", b"two"])[:-cut])


WITNESSES = [
    VerifierKey(f"w{n}", COSIGNATURE, ed25519.public_of(bytes([n]) * 32)) for n in range(3)
]
POLICY = "\n".join(
    [
        f"log {KEY} https://hub.example/audit/log # the hub",
        *(f"witness {w.name} {w}" for w in WITNESSES),
        "group partners 2 w0 w1",
        "group everyone all partners w2",
        "quorum everyone",
    ]
)


def test_a_quorum_counts_witnesses_through_groups() -> None:
    policy = parse_policy(POLICY)

    assert policy.satisfied({"w0", "w1", "w2"})
    assert not policy.satisfied({"w0", "w1"})
    assert not policy.satisfied({"w0", "w2"})


def test_a_policy_without_witnesses_needs_none() -> None:
    assert parse_policy(f"log {KEY}\nquorum none\n").satisfied([])


@pytest.mark.parametrize(
    "text",
    [
        f"log {KEY}\n",
        "quorum none\n",
        f"log {KEY}\nquorum nobody\n",
        f"log {KEY}\nquorum none\nquorum none\n",
        f"log {KEY}\ngroup g 2 w\nquorum none\n",
        f"log {KEY}\nbelieve me\n",
        f"log {WITNESSES[0]}\nquorum none\n",
        f"log {KEY}\nwitness none {WITNESSES[0]}\nquorum none\n",
        f"log {KEY}\nwitness w {KEY}\nquorum none\n",
        f"log {KEY}\nwitness w {WITNESSES[0]}\ngroup g 0 w\nquorum g\n",
        f"log {KEY}\nwitness w {WITNESSES[0]}\ngroup g 2 w\nquorum g\n",
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_policy(text)
