"""A jobs list in any usual form is understood, and whatever is not is named with its line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain import jobs_list as j
from services.intake.domain.records import UTF8, WINDOWS, Record, Sniffing, records

ADDRESS = ("name", "address")


def read(text: str, size: int = 7, encoding: str = UTF8, delimiter: str = ",") -> list[Record]:
    written = text.encode("utf-8" if encoding == UTF8 else encoding)
    pieces = (written[at : at + size] for at in range(0, len(written), size))
    return list(records(pieces, encoding, delimiter))


def sniffed(*pieces: bytes) -> Sniffing:
    sniffing = Sniffing()
    for piece in pieces:
        sniffing.take(piece)
    return sniffing


def test_a_record_knows_the_line_it_began_on() -> None:
    found = read('name,address\r\nA,"1 High St\r\nLondon"\r\nB,2 High St\r\n')

    assert [record.line for record in found] == [1, 2, 4]
    assert found[1].cells == ("A", "1 High St\r\nLondon")


def test_a_quotation_mark_never_closed_costs_its_own_line_and_no_other() -> None:
    good = "".join(f"N{n},{n} High St\n" for n in range(30))

    found = read(f'name,address\nX,"1 High St\n{good}')

    assert found[1] == Record(2, None)
    assert [record.cells for record in found[2:]] == [(f"N{n}", f"{n} High St") for n in range(30)]
    assert [record.line for record in found[2:]] == list(range(3, 33))


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=20),
                 min_size=2, max_size=4).filter(any),
        min_size=1, max_size=8,
    ),
    st.integers(1, 40),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_a_spreadsheet_wrote_is_read_as_it_was(rows: list[list[str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)

    assert [record.cells for record in read(out.getvalue(), size)] == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        ("é,ü\n".encode(), UTF8),
        ("é,ü\n".encode("utf-8-sig"), UTF8),
        ("é,ü \u2013 “x”\n".encode("cp1252"), WINDOWS),
        (b"plain\n", UTF8),
    ],
)
def test_the_usual_encodings_are_told_apart(written: bytes, encoding: str) -> None:
    split = [written[at : at + 1] for at in range(len(written))]

    assert sniffed(*split).encoding() == encoding
    assert read("x", encoding=encoding)


@pytest.mark.parametrize("written", [b"PK\x03\x04rest", "a,b\n".encode("utf-16"), b"a\x00b"])
def test_what_is_no_csv_file_is_named_with_what_to_do(written: bytes) -> None:
    assert "Save" in (sniffed(written).fault or "")


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read("\ufeffname,address\nA,1 High St\n")[0].cells == ("name", "address")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_mark_between_cells_is_found(mark: str) -> None:
    assert j.delimiter_of(mark.join(["name", "address", "postcode"])) == mark


def test_columns_are_guessed_from_their_names() -> None:
    header = ["Job No", "Customer Name", "House", "Street", "Post Code", "Tel", "Job Type", "Zzz"]

    assert j.guesses(header) == [
        "reference", "name", "address", "address", "postcode", "phone", "about", "",
    ]  # fmt: skip


def test_a_list_without_an_address_column_cannot_be_read() -> None:
    assert "address" in (j.mapping_fault(["name", ""], 2) or "")
    assert "name" in (j.mapping_fault(["name", "name", "address"], 3) or "")
    assert j.mapping_fault(["address"], 2)
    assert j.mapping_fault(["evil", "address"], 2)
    assert j.mapping_fault(["name", "address", "address"], 3) is None


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("Ann", ""), j.NO_ADDRESS),
        (("Ann", "1 High St", "more"), j.TOO_MANY_CELLS),
        (("Ann", "x" * (j.LONGEST_CELL + 1)), j.CELL_TOO_LONG),
    ],
)
def test_a_row_that_cannot_be_used_says_why(cells: tuple[str, ...], why: str) -> None:
    assert j.read_row(cells, ADDRESS) == why
    assert j.WORDS[why].endswith(".")


def test_cells_nobody_asked_for_are_not_kept() -> None:
    row = j.read_row(("Ann", "secret", "1 High St"), ("name", "", "address"))

    assert row == j.Row(name="Ann", address="1 High St")


def test_a_postcode_in_the_address_is_found() -> None:
    row = j.read_row(("Ann", "1 High St, London sw18 2pu"), ADDRESS)

    assert isinstance(row, j.Row)
    assert row.postcode == "SW18 2PU"


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+A1", "\t=1", " =1", "\uff1d1+A1"]
)
def test_a_formula_becomes_plain_text(cell: str) -> None:
    text, was_formula = j.neutral(cell)

    assert was_formula
    assert text.startswith("'")


@pytest.mark.parametrize("cell", ["+44 7700 900123", "-12.5", "1 High St", "", "A=B"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert j.neutral(cell) == (cell, False)


@given(st.text(max_size=30))
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    text, _ = j.neutral(cell)

    assert not text.startswith(("=", "@"))
    assert not any(mark in text for mark in "\t\r\n\x00")
