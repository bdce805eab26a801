"""What a file tells of entries, before any of it is believed.

Promise: whatever could not be used is named with its place in the file: line and column of
a CSV, RFC 6901 pointer of JSON. A row is refused only when it could mislead or not be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

SERVICE_FAULT = 2
"""Faults of one entry read by the guide begin `/services/0`."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong in the file, and where."""

    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """The agency a row names: by an id, a name, or both; the rest only makes a new one."""

    id: str = ""
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """How many places a row tells of, and since when; no time: as of now."""

    places: int
    as_of: datetime | None
    takes_waiting_list: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """One row that may become an entry; `told` are the guide's own fields it names.

    `key` is how the file itself knows the entry; empty: by its agency and its name.
    """

    place: str
    told: Mapping[str, Any]
    organisation: Organisation
    places: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    figure: Figure | None = None
    assured_on: date | None = None
    closed: bool = False
    paused: bool = False

    def place_of(self, pointer: str) -> str:
        """Return where in the file the field stands at which the guide's *pointer* points."""
        steps = [step for step in pointer.split("/") if step][SERVICE_FAULT:]
        names = ["_".join(steps[: n + 1]) for n in range(len(steps))]
        found = (self.places[name] for name in reversed(names) if name in self.places)
        return next(found, self.place)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as far as it could be read: rows to use, rows refused, and small faults."""

    source: str
    drafts: tuple[Draft, ...]
    refused: tuple[Flaw, ...] = ()
    remarks: tuple[Flaw, ...] = ()
