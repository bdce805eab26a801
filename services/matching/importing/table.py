"""A CSV file as rows of cells by column, each with the line it stands on.

Promise: a stray mark costs its own line; only a quotation mark that never closes, so that
nobody knows where rows end, costs the file. A spreadsheet's own habits are understood.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.errors import FileRefusedError
from services.matching.importing.drafts import Flaw

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = ",;\t"
MOST_ROWS = 20_000
FIRST_LINE = "line 1"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it begins, and its cells by the heading above them."""

    number: int
    cells: dict[str, str]
    fault: str = ""

    def place(self, column: str = "") -> str:
        """Return where a cell stands, in words."""
        return f"line {self.number}, column {column}" if column else f"line {self.number}"


def decoded(raw: bytes) -> str:
    """Return the text of a file that a spreadsheet saved."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    flaw = Flaw(FIRST_LINE, "This is not text. Save it as CSV, or as JSON of Open Referral UK.")
    raise FileRefusedError([flaw])


def headings_and_lines(text: str) -> tuple[list[str], list[Line]]:
    """Return the names of the columns, and every row beneath them."""
    first = text.partition("\n")[0]
    mark = max(DELIMITERS, key=lambda one: (first.count(one), -DELIMITERS.index(one)))
    rows = _rows(text, mark)
    headings = ["_".join(cell.casefold().split()) for cell in next(rows, (1, []))[1]]
    _check(headings)
    lines = [_line(number, cells, headings) for number, cells in rows if any(cells)]
    if len(lines) > MOST_ROWS:
        detail = f"There are more than {MOST_ROWS} rows. Split the file."
        raise FileRefusedError([Flaw(f"line {lines[MOST_ROWS].number}", detail)])
    return headings, lines


def _rows(text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line on which it begins; a cell may go over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, [cell.strip() for cell in row]
            begins = reader.line_num + 1
    except csv.Error as error:
        detail = "This line cannot be read. Look for a quotation mark that is never closed."
        raise FileRefusedError([Flaw(f"line {begins}", detail)]) from error


def _check(headings: list[str]) -> None:
    twice = sorted({name for name in headings if name and headings.count(name) > 1})
    flaws = [Flaw(FIRST_LINE, f"The column {name} stands twice.") for name in twice]
    flaws += [
        Flaw(FIRST_LINE, f"A column {name} is needed.")
        for name in ("name", "needs")
        if name not in headings
    ]
    if flaws:
        raise FileRefusedError(flaws)


def _line(number: int, cells: list[str], headings: list[str]) -> Line:
    if any(cells[len(headings) :]):
        fault = "This line has more cells than the first line. Look for a stray comma."
        return Line(number, {}, fault)
    pairs = zip(headings, cells, strict=False)
    return Line(number, {name: cell for name, cell in pairs if name and cell})
