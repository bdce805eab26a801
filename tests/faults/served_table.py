"""The table of what a served hub went through, and what of it was lost: written by the suite."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field, fields
from pathlib import Path

BEGIN, END = "<!-- faults: written by `make faults` -->", "<!-- /faults -->"
HEADINGS = (
    "fault",
    "times",
    "accepted",
    "refused with 503",
    "cut off",
    "lost",
    "doubled",
    "over-allocated",
    "slowest to `/readyz`",
    "slowest to the next person told",
)


@dataclass
class Row:
    """One kind of fault: how often, and what became of the requests meanwhile."""

    fault: str
    times: int = 0
    accepted: int = 0
    refused: int = 0
    cut_off: int = 0
    lost: int = 0
    doubled: int = 0
    over_allocated: int = 0
    to_ready: float = 0.0
    to_told: float = 0.0

    def cells(self) -> list[str]:
        """Return what stands in the table; seconds with one digit."""
        values = [getattr(self, one.name) for one in fields(self)]
        return [f"{value:.1f} s" if isinstance(value, float) else str(value) for value in values]


@dataclass
class Table:
    """All rows of one run, in the order in which they were measured."""

    rows: list[Row] = field(default_factory=list)
    thorough: bool = True  # the log is verified after each fault, not only after the last

    def text(self) -> str:
        """Return the table as it stands in the document."""
        lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells() for row in self.rows)]
        table = "\n".join(f"|{' | '.join(cells)}|" for cells in lines)
        accepted, times = (
            sum(getattr(row, of) for row in self.rows) for of in ("accepted", "times")
        )
        return f"{table}\n\n{accepted} requests accepted through {times} faults, on {_machine()}.\n"

    def write(self, file: Path) -> None:
        """Put the table between its marks in *file*."""
        before, found, rest = file.read_text("utf-8").partition(BEGIN)
        _, ended, after = rest.partition(END)
        if not found or not ended:
            raise LookupError(f"{file} has no {BEGIN} ... {END}")
        text = f"{before}{BEGIN}\n\n{self.text()}\n{END}{after}"
        file.write_text(text, encoding="utf-8")


def _machine() -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {day}"
