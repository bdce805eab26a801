"""Long closed lists in groups that a tired reader can skim; every code in force just once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from services.intake.forms.reading import read
from shared.codes import Code, codes

if TYPE_CHECKING:
    from datetime import date

    from services.intake.forms.model import Text

Group = tuple["Text | None", tuple[Code, ...]]


@cache
def grouped(name: str, today: date) -> tuple[Group, ...]:
    """Return list *name* in its groups, or as one; what we have no group for comes last."""
    left = {code: entry for code, entry in codes(name).items() if entry.in_force(today)}
    if name not in _groups():
        return ((None, tuple(left.values())),)
    groups = _groups()[name]
    found = [
        (told["title"], [left.pop(code) for code in told["codes"] if code in left])
        for told in groups
    ]
    found[-1][1].extend(left.values())
    return tuple((title, tuple(members)) for title, members in found if members)


@cache
def _groups() -> dict[str, Any]:
    return read("groups.json")
