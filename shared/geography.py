"""From a postcode to the district and ward that services name as their area.

Promise: looked up in our own table, never at a third party, never stored or logged.
A postcode the table does not know is an unknown area, not one outside the area.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Shapes of BS 7666: A9 9AA, A99 9AA, A9A 9AA, AA9 9AA, AA99 9AA, AA9A 9AA.
_POSTCODE = re.compile(
    r"""(?P<outward> [A-PR-UWYZ]        # postcode area, one letter ...
                     [A-HK-Y]?          # ... or two
                     [0-9]              # district
                     [0-9A-HJKMNPR-Y]?  # its second digit or a letter
        )
        (?P<inward>  [0-9]                     # sector
                     [ABD-HJLNP-UW-Z]{2}       # unit
        )""",
    re.VERBOSE,
)
_TABLE = Path(__file__).with_name("areas.csv")
_HOMES = Path(__file__).with_name("home_lists.csv")


@dataclass(frozen=True, slots=True)
class Area:
    """Where somebody lives, as coarsely as matching needs it."""

    district_code: str
    district: str
    ward_code: str
    ward: str
    dataset: str

    @property
    def codes(self) -> tuple[str, str]:
        """Return the codes a service's area may name."""
        return self.district_code, self.ward_code


def normalise_postcode(text: str) -> str | None:
    """Return *text* as `SW18 2PU`, or None where it is no postcode."""
    found = _POSTCODE.fullmatch("".join(text.split()).upper())
    return f"{found['outward']} {found['inward']}" if found else None


def area_of(postcode: str) -> Area | None:
    """Return the area of *postcode*, or None where it is unknown."""
    normal = normalise_postcode(postcode)
    if normal is None:
        return None
    sector = normal[:-2]
    return _areas().get(normal) or _areas().get(sector)


def known_areas() -> tuple[Area, ...]:
    """Return every ward of the partnership's table once, ordered by name."""
    return tuple(sorted(set(_areas().values()), key=lambda area: (area.district, area.ward)))


@cache
def dataset_version() -> str:
    """Return the version of the tables, stored with whatever was decided by them."""
    tables = _TABLE.read_bytes() + _HOMES.read_bytes()
    return f"areas-{hashlib.sha256(tables).hexdigest()[:12]}"


@cache
def _areas() -> Mapping[str, Area]:
    version = dataset_version()
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return MappingProxyType({row.pop("postcode"): Area(**row, dataset=version) for row in rows})
