"""A jobs list: what its columns are, what a row tells, and what keeps a row from being used.

Promise: every row is either understood or named with a reason; no cell leaves here that a
spreadsheet would run as a formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.intake.domain.records import Record

NAME, ADDRESS, POSTCODE, PHONE = "name", "address", "postcode", "phone"
REFERENCE, ABOUT, LEFT_OUT = "reference", "about", ""
FIELDS = (NAME, ADDRESS, POSTCODE, PHONE, REFERENCE, ABOUT)
DELIMITERS = ",;\t|"
MOST_COLUMNS = 60
LONGEST_CELL = 1000

NO_ADDRESS, TOO_MANY_CELLS = "NO_ADDRESS", "TOO_MANY_CELLS"
CELL_TOO_LONG, BROKEN_QUOTES = "CELL_TOO_LONG", "BROKEN_QUOTES"
OUTSIDE, REPEATED = "OUTSIDE", "REPEATED"
WORDS = {
    NO_ADDRESS: "There is no address on this line.",
    TOO_MANY_CELLS: "This line has more cells than the first line. Look for a stray comma.",
    CELL_TOO_LONG: f"A cell on this line has more than {LONGEST_CELL} letters.",
    BROKEN_QUOTES: "A quotation mark on this line is never closed, or stands in a wrong place.",
    OUTSIDE: "This postcode is outside your patch.",
    REPEATED: "The same name and address stand further up. One visit is enough.",
}

_HEADINGS = {
    NAME: ("name", "customer", "resident", "contact name", "occupier", "tenant"),
    ADDRESS: ("address", "street", "house", "road", "property", "location", "flat", "town"),
    POSTCODE: ("postcode", "post code", "postal code", "zip"),
    PHONE: ("phone", "telephone", "tel", "mobile"),
    REFERENCE: ("reference", "job no", "job number", "job id", "case no", "ref"),
    ABOUT: ("job", "request", "service", "description", "type", "details"),
}
_PRECEDENCE = (POSTCODE, REFERENCE, PHONE, ADDRESS, NAME, ABOUT)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[\d ().-]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as far as it was asked for; what no column was named for is empty."""

    name: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    reference: str = ""
    about: str = ""
    harmless: int = 0


def delimiter_of(first_line: str) -> str:
    """Return what parts the cells: of the usual marks the one used most."""
    return max(DELIMITERS, key=lambda mark: (first_line.count(mark), -DELIMITERS.index(mark)))


def guess(heading: str) -> str:
    """Return the field that a column with this *heading* probably holds, or none."""
    words = " ".join(re.findall(r"[a-z]+", heading.casefold()))
    return next((f for f in _PRECEDENCE if any(h in words for h in _HEADINGS[f])), LEFT_OUT)


def guesses(header: Sequence[str]) -> list[str]:
    """Return a guess for each column; only an address may stand in several."""
    taken: set[str] = set()
    found = []
    for heading in header:
        field = guess(heading)
        found.append(LEFT_OUT if field in taken and field != ADDRESS else field)
        taken.add(field)
    return found


def mapping_fault(columns: Sequence[str], width: int) -> str | None:
    """Return the sentence that says what is wrong with a choice for *width* columns, if any."""
    if len(columns) != width or not {LEFT_OUT, *FIELDS}.issuperset(columns):
        return "Say for each column what it holds"
    if ADDRESS not in columns:
        return "Say which column holds the address"
    twice = {f for f in columns if f not in {LEFT_OUT, ADDRESS} and columns.count(f) > 1}
    if twice:
        return f"Choose only one column for the {min(twice)}"
    return None


def neutral(cell: str) -> tuple[str, bool]:
    """Return *cell* so that no spreadsheet runs it, and whether it would have."""
    text = _CONTROL.sub(" ", cell).strip()
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}", True
    return text, False


def is_blank(cells: Sequence[str]) -> bool:
    """Tell whether a line holds nothing but marks between cells."""
    return not any(cell.strip() for cell in cells)


def heading_of(found: Iterator[Record]) -> tuple[str, ...]:
    """Return the names of the columns, leaving *found* at the first row; none if there is none."""
    whole = (record.cells for record in found if record.cells)
    return next((cells for cells in whole if not is_blank(cells)), ())


def read_row(cells: Sequence[str], columns: Sequence[str]) -> Row | str:
    """Return what a row tells, or the code of what keeps it from being used."""
    if len(cells) > len(columns) and not is_blank(cells[len(columns) :]):
        return TOO_MANY_CELLS
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return CELL_TOO_LONG
    parts: dict[str, list[str]] = {field: [] for field in FIELDS}
    harmless = 0
    for field, cell in zip(columns, cells, strict=False):
        text, was_formula = neutral(cell) if field else ("", False)
        harmless += was_formula
        if text:
            parts[field].append(text)
    told = {field: ", ".join(found) for field, found in parts.items()}
    if not told[ADDRESS]:
        return NO_ADDRESS
    told[POSTCODE] = told[POSTCODE] or postcode_in(told[ADDRESS])
    return Row(**told, harmless=harmless)


def postcode_in(text: str) -> str:
    """Return the last thing in *text* that is shaped like a postcode, or nothing."""
    found = _POSTCODE.findall(text)
    return str(found[-1]).upper() if found else ""
