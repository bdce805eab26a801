"""Lists of homes that a partnership keeps, by postcode or by street: on it, off it, or unsure.

Promise: looked up in our own table, and neither postcode nor street leaves here. Where nobody
can be sure, nothing is told: a street that is spelt otherwise is not known to be off a list.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from shared.geography import area_of, normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED, UNLISTED = "listed:", "unlisted:"
STREET = "street"
SHORT = {
    "ave": "avenue", "cl": "close", "cres": "crescent", "ct": "court", "dr": "drive",
    "gdns": "gardens", "gr": "grove", "ln": "lane", "pl": "place", "rd": "road", "sq": "square",
    "st": "street", "ter": "terrace", "wk": "walk",
}  # fmt: skip
_TABLE = Path(__file__).with_name("home_lists.csv")


class Home(NamedTuple):
    """One line of a list: a postcode or its beginning, and a street where the list is of those."""

    kind: str
    postcode: str
    street: str


def home_lists(kind: str | None = None) -> tuple[str, ...]:
    """Return the codes of the lists, of one *kind* or of both."""
    return tuple(name for name, homes in _lists().items() if kind in {None, homes[0].kind})


def told_of_home(postcode: str | None, lines: Iterable[str] = ()) -> tuple[str, ...]:
    """Return of each list that a home is on it, or off it; nothing where that is not sure."""
    normal = normalise_postcode(postcode or "")
    if normal is None or area_of(normal) is None:
        return ()
    streets = _streets(lines)
    told = ((name, _is_on(homes, normal, streets)) for name, homes in _lists().items())
    return tuple((LISTED if on else UNLISTED) + name for name, on in told if on is not None)


def _is_on(homes: tuple[Home, ...], postcode: str, streets: set[str]) -> bool | None:
    near = [home for home in homes if _begins(postcode, home.postcode)]
    if any(home.kind != STREET or home.street in streets for home in near):
        return True
    return None if near else False


def _begins(postcode: str, listed: str) -> bool:
    """Tell whether *postcode* is the one listed, or lies in the sector or district listed."""
    if not listed:
        return True
    outward, _, inward = listed.partition(" ")
    here, _, rest = postcode.partition(" ")
    return here == outward and rest.startswith(inward)


def _streets(lines: Iterable[str]) -> set[str]:
    return {_street(part) for line in lines for part in line.split(",")}


def _street(text: str) -> str:
    """Return a street's name as everyone would write it: no number, no dots, no short forms."""
    words = re.sub(r"[^\w\s]", "", text.lower()).split()
    named = [word for word in words if not any(letter.isdigit() for letter in word)]
    return " ".join([*named[:-1], *(SHORT.get(word, word) for word in named[-1:])])


@cache
def _lists() -> dict[str, tuple[Home, ...]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = dict.fromkeys(row["list"] for row in rows)
    return {
        name: tuple(
            Home(row["kind"], row["postcode"], _street(row["street"]))
            for row in rows
            if row["list"] == name
        )
        for name in names
    }
