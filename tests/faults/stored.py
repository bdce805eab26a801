"""Everything the databases of a hub hold, as counts: what a refused request must not change."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from driving.census import SERVICES, Census

COUNTERS = {"tries", "refusal", "return_code_try"}
"""Refusals are counted, so that whoever guesses can be slowed; not who, nor what was sent."""


def stored(var: Path) -> dict[str, int]:
    """Return the number of rows of every table under *var*, once nothing is on its way."""
    Census(var).until_settled()
    return {
        f"{service}.{table}": count
        for service in SERVICES
        for table, count in _counts(var / f"{service}.sqlite3").items()
    }


def _counts(file: Path) -> dict[str, int]:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - our own
            for name in names
            if name not in COUNTERS and not name.startswith("sqlite_")
        }


def changed(var: Path, before: dict[str, int]) -> dict[str, tuple[int | None, int]]:
    """Return the tables whose counts differ from *before*: (then, now)."""
    now = stored(var)
    return {name: (before.get(name), now[name]) for name in now if now[name] != before.get(name)}
