"""What people spell differently without meaning another thing is one value to a blind index."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.blind_index import digest_of_parts, normalise
from shared.vault import Vault

FIELDS = st.sampled_from(["name", "phone", "email", "postcode", "born"])
TEXT = st.text(max_size=30)
ROOT = bytes(32)


@given(FIELDS, TEXT)
def test_every_compatible_form_of_a_text_is_one(field: str, text: str) -> None:
    assume(not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalise(field, unicodedata.normalize(form, text)) == normalise(field, text)


@given(FIELDS, TEXT)
def test_case_makes_no_difference(field: str, text: str) -> None:
    assert normalise(field, text.casefold()) == normalise(field, text)


@given(FIELDS, TEXT)
def test_what_is_normal_stays_as_it_is(field: str, text: str) -> None:
    once = normalise(field, text)

    assert normalise(field, once.decode()) == once


@given(st.sampled_from(["name", "postcode", "born"]), TEXT, st.data())
def test_spaces_and_punctuation_between_make_no_difference(
    field: str, text: str, data: st.DataObject
) -> None:
    spread = "".join(
        letter + data.draw(st.sampled_from(["", " ", "-", "'", "."])) for letter in text
    )
    assume(unicodedata.is_normalized("NFKC", text))
    assume(not any(unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", text)))

    assert normalise(field, spread) == normalise(field, text)


@given(st.integers(0, 10**12))
def test_digits_of_every_script_are_the_same_digits(number: int) -> None:
    plain = str(number)
    arabic = plain.translate({ord("0") + n: 0x0660 + n for n in range(10)})
    wide = plain.translate({ord("0") + n: 0xFF10 + n for n in range(10)})

    assert normalise("phone", arabic) == normalise("phone", wide) == plain.encode()


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("phone", "+44 (0)20 7946 0000", "44-0-20 79460000"),
        ("email", " Mari.Gold@Example.org", "mari.gold@example.ORG "),
        ("postcode", "sw18 2pu", "SW182PU"),
        ("born", "1980-01-02", "19800102"),
        ("name", "O'Brien-Smith", "obrien smith"),
        ("name", "STRASSE", "straße"),
        ("name", "José", "Jose\u0301"),
    ],
)
def test_ways_to_write_the_same(field: str, one: str, other: str) -> None:
    assert normalise(field, one) == normalise(field, other)


PART = st.tuples(FIELDS, st.text(max_size=6))


@given(st.lists(st.tuples(PART, PART), max_size=4))
def test_parts_are_equal_only_if_each_is(
    pairs: list[tuple[tuple[str, str], tuple[str, str]]],
) -> None:
    same = all(normalise(*one) == normalise(*other) for one, other in pairs)
    left, right = [one for one, _ in pairs], [other for _, other in pairs]

    assert (digest_of_parts(ROOT, "x", left) == digest_of_parts(ROOT, "x", right)) == same


def test_parts_that_flow_together_are_not_confused(tmp_path: Path) -> None:
    vault = Vault("intake", tmp_path)

    one = vault.lookups("person", [("name", "Anna"), ("name", "Berg")])
    other = vault.lookups("person", [("name", "Ann"), ("name", "aBerg")])

    assert one.keys() == other.keys() == {1}
    assert one != other
    assert vault.lookups("person", [("name", "ANNA"), ("name", "berg")]) == one
    assert vault.lookups("neighbour", [("name", "Anna"), ("name", "Berg")]) != one
