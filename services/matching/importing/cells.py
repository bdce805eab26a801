"""From the cell of a spreadsheet to a value of the guide, by the guide's own fields.

Promise: a column is any field of an entry, whatever the guide knows, so that a new field can
be imported on the day it is added. Codes may be written as codes or as their English words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from marshmallow import fields

from services.matching.guide_schema import ServiceSchema
from shared.codes import codes
from shared.geography import known_areas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NOT_IMPORTED = frozenset(
    {"id", "agency_id", "status", "closure", "reviewed_days_ago", "capacity", "rules"}
)
"""What is not a fact of an entry but a decision, taken in the portal and nowhere else."""

SAID_FIRST = ("name", "description", "who_for", "needs", "area_codes")
CODE_LISTS = {
    "needs": "needs",
    "groups": "groups",
    "languages": "languages",
    "categories": "categories",
}
_BAND = r"([0-9]{1,6})"
_RANGE = re.compile(rf"\s*{_BAND}\s*(?:(?:-|\u2013|to)\s*{_BAND}\s*)?")
_GSS = re.compile(r"[A-Z][0-9]{8}")


@cache
def columns() -> Mapping[str, fields.Field[Any]]:
    """Return the guide's fields by the column that holds them; a nested one is joined by `_`."""
    found: dict[str, fields.Field[Any]] = {}
    for name, one in ServiceSchema().fields.items():
        if name in NOT_IMPORTED:
            continue
        inner = one.schema.fields.items() if isinstance(one, fields.Nested) else ()
        parts = {f"{name}_{within}": part for within, part in inner} or {name: one}
        found |= {column: part for column, part in parts.items() if _fits_a_cell(part)}
    return found


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return what a person says first, first."""
    known = tuple(names)
    first = [name for name in SAID_FIRST if name in known]
    return (*first, *(name for name in known if name not in first))


@cache
def path_of(column: str) -> tuple[str, ...]:
    """Return where the value of *column* belongs in an entry."""
    for name, one in ServiceSchema().fields.items():
        if isinstance(one, fields.Nested) and column.startswith(f"{name}_"):
            return name, column.removeprefix(f"{name}_")
    return (column,)


def value_of(column: str, cell: str) -> Any:  # noqa: ANN401 - what the guide's schema then judges
    """Return what *cell* means in *column*; the guide's own schema judges it afterwards."""
    one = columns()[column]
    if isinstance(one, fields.List):
        return _several(column, cell)
    if isinstance(one, fields.Boolean):
        return cell.strip().casefold()
    return cell.strip()


def code_of(name: str, text: str) -> str:
    """Return the code that *text* is or names; unknown text stays as it is."""
    return _words_of(CODE_LISTS[name]).get(text.casefold(), text) if name in CODE_LISTS else text


def area_of_name(text: str) -> str | None:
    """Return the code of the area that *text* is or names, None if there is no such one."""
    if _GSS.fullmatch(text):
        return text
    return _areas().get(" ".join(text.casefold().split()))


def unknown_areas(column: str, value: Any) -> list[str]:  # noqa: ANN401 - any value of a cell
    """Return what *value* names as areas and nobody can find."""
    return [one for one in value if not area_of_name(one)] if column == "area_codes" else []


def split(cell: str) -> list[str]:
    """Return the parts of a cell that holds several things."""
    return [part.strip() for part in re.split(r"[;|\n]", cell) if part.strip()]


def _fits_a_cell(one: fields.Field[Any]) -> bool:
    inner = one.inner if isinstance(one, fields.List) else one
    return not isinstance(inner, fields.Nested | fields.Dict | fields.List)


def _several(column: str, cell: str) -> list[Any]:
    found = _RANGE.fullmatch(cell)
    if found and (found[2] or column == "threshold"):
        return [int(found[1]), int(found[2] or found[1])]
    if column == "area_codes":
        return [area_of_name(part) or part for part in split(cell)]
    return [code_of(column, part) for part in split(cell)]


@cache
def _words_of(name: str) -> Mapping[str, str]:
    known = codes(name).values()
    return {code.en.casefold(): code.code for code in known} | {c.code: c.code for c in known}


@cache
def _areas() -> Mapping[str, str]:
    """Return the codes of wards and districts by name; a name of several places is of none."""
    found: dict[str, set[str]] = {}
    for area in known_areas():
        for name in (area.ward, f"{area.ward}, {area.district}"):
            found.setdefault(name.casefold(), set()).add(area.ward_code)
    once = {name: min(held) for name, held in found.items() if len(held) == 1}
    return once | {area.district.casefold(): area.district_code for area in known_areas()}


FIRST = _in_order(columns())
"""The columns of an entry, what a person says first before the rest."""
