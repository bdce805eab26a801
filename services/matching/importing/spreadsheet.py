"""A guide kept in a spreadsheet: one row for each service, one column for each fact."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from services.matching.importing import cells
from services.matching.importing.drafts import Draft, Figure, Flaw, Organisation, Reading
from services.matching.importing.table import FIRST_LINE, decoded, headings_and_lines

if TYPE_CHECKING:
    from services.matching.importing.table import Line

AGENCY = ("agency_id", "agency", "agency_email", "agency_phone", "agency_kind")
FIGURE = ("places", "takes_waiting_list", "places_as_of")
KEY, ASSURED = "id", "assured_date"
COLUMNS = (KEY, *AGENCY, *cells.FIRST, *FIGURE, ASSURED)
"""Every column there is, in the order in which a person fills them in."""
YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0"})
MOST_DIGITS = 6


class _Unusable(Exception):  # noqa: N818 - never leaves this module
    """A row that cannot be used; holds the flaw."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.detail)
        self.flaw = flaw


def read_csv(raw: bytes) -> Reading:
    """Return the rows of a CSV file, each as far as it can be read."""
    headings, lines = headings_and_lines(decoded(raw))
    remarks = [
        Flaw(FIRST_LINE, f"We do not know the column {name}, so we left it out.")
        for name in headings
        if name and name not in COLUMNS
    ]
    drafts, refused = [], []
    for line in lines:
        try:
            drafts.append(_draft(line))
        except _Unusable as unusable:
            refused.append(unusable.flaw)
    return Reading("csv", tuple(drafts), tuple(refused), tuple(remarks))


def _draft(line: Line) -> Draft:
    if line.fault:
        raise _Unusable(Flaw(line.place(), line.fault))
    return Draft(
        place=line.place(),
        told=_told(line),
        organisation=_organisation(line),
        places={name: line.place(name) for name in line.cells},
        key=line.cells.get(KEY, ""),
        figure=_figure(line),
        assured_on=_day(line, ASSURED),
    )


def _told(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column, cell in line.cells.items():
        if column not in cells.columns():
            continue
        *outer, name = cells.path_of(column)
        inside = told.setdefault(outer[0], {}) if outer else told
        inside[name] = value = cells.value_of(column, cell)
        for unknown in cells.unknown_areas(column, value):
            detail = f"We do not know the area {unknown}. Write its code, or its name."
            raise _Unusable(Flaw(line.place(column), detail))
    return told


def _organisation(line: Line) -> Organisation:
    told = line.cells
    values = {"mailbox": told.get("agency_email"), "phone": told.get("agency_phone")}
    values["kind"] = told.get("agency_kind")
    named = {name: value for name, value in values.items() if value}
    return Organisation(told.get("agency_id", ""), told.get("agency", ""), named)


def _figure(line: Line) -> Figure | None:
    cell = line.cells.get("places")
    if cell is None:
        return None
    if not (cell.isascii() and cell.isdecimal() and len(cell) <= MOST_DIGITS):
        raise _Unusable(Flaw(line.place("places"), "Write how many places, as a whole number."))
    day = _day(line, "places_as_of")
    moment = datetime.combine(day, time(), UTC) if day else None
    return Figure(int(cell), moment, _yes(line, "takes_waiting_list"))


def _yes(line: Line, column: str) -> bool:
    word = line.cells.get(column, "no").casefold()
    if word not in YES | NO:
        raise _Unusable(Flaw(line.place(column), "Write yes or no."))
    return word in YES


def _day(line: Line, column: str) -> date | None:
    cell = line.cells.get(column)
    if cell is None:
        return None
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(cell, shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise _Unusable(Flaw(line.place(column), "Write a day, as 2026-11-22 or 22/11/2026."))
