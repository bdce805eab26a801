"""Write docs/data-map.md: what is stored, where, why and how long, of every service.

Generated from the tables themselves and the notes kept beside them (data-map.toml). A column
nobody described, and a note about a column that is gone, is a fault.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.words import words
from services.intake.usecases.retaining import schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Column, MetaData, Table

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "data-map.md"
ALIKE = ROOT / "shared" / "storage" / "data-map.toml"
TABLES = {
    "intake": "services.intake",
    "matching": "services.matching.storage",
    "notify": "services.notify.storage",
    "audit": "services.audit.tables",
    "identity": "services.identity.storage",
}
HEAD = """# Data map

What is stored, where, why and how long: written by `python -m deploy.datamap` from the tables
of each service and the notes beside them. A test fails when a column is not described.

Each service has a database of its own, which no other opens. **Sealed** is AES-256-GCM under a
key of one person or one request, itself wrapped by the service's key encryption key; destroying
the key destroys what is under it. A **keyed hash** can be compared, and not read back. Everything
else is ids, codes, times, and names of agencies and staff.

Besides the databases there are `var/keys` (keys, for their owner alone), the log files of the
programs (no personal data), the broker's queues (ids, codes and times; an address only sealed,
for two minutes) and backups, which hold all of this for as long as the last line of the schedule
says: until then what was erased can be restored, and is erased again after a restore.
"""
SEALED, HASHED, OPEN = "sealed", "keyed hash or key", ""
PUBLIC_BYTES = frozenset({"body", "leaf", "leaf_hash", "note", "root", "hash", "this"})


class Notes:
    """What the notes say of the tables of one service."""

    def __init__(self, service: str) -> None:
        """Read the notes of *service*, and those that hold for all."""
        alike, own = _read(ALIKE), _read(ROOT / "services" / service / "data-map.toml")
        self.tables: dict[str, Any] = {**alike.get("tables", {}), **own.get("tables", {})}
        self.own: dict[str, Any] = own.get("tables", {})
        self._names = {**alike.get("names", {}), **own.get("names", {})}

    def of(self, table: Table, column: Column[Any]) -> str | None:
        """Return what a column holds; None if nobody said so."""
        said: Mapping[str, str] = self.tables.get(table.name, {}).get("columns", {})
        return said.get(column.name) or self._names.get(column.name)


def main() -> int:
    """Write the page; return 1 and name what is missing if something is."""
    missing = [*faults()]
    FILE.write_text(page(), "utf-8")
    for fault in missing:
        print(fault, file=sys.stderr)
    return 1 if missing else 0


def faults() -> Iterator[str]:
    """Yield what is not described, and what is described and not there."""
    for service in TABLES:
        notes, tables = Notes(service), metadata_of(service).tables
        for table in tables.values():
            yield from _faults_of(service, table, notes)
        for name, said in notes.own.items():
            known = {column.name for column in tables[name].columns} if name in tables else set()
            for gone in sorted(set(said.get("columns", ())) - known):
                yield f"{service}.{name}.{gone} is described and not there"


def _faults_of(service: str, table: Table, notes: Notes) -> Iterator[str]:
    said = notes.tables.get(table.name, {})
    if not all(said.get(word) for word in ("what", "why", "kept")):
        yield f"{service}.{table.name} does not say what, why and how long"
    for column in table.columns:
        if notes.of(table, column) is None:
            yield f"{service}.{table.name}.{column.name} is not described"


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, *_schedule()]
    for service in TABLES:
        parts += [f"## {service}", "", *_service(service)]
    return "\n".join(parts).rstrip() + "\n"


def metadata_of(service: str) -> MetaData:
    """Return every table of a service; opening its front door makes all of them known."""
    import_module(f"services.{service}")
    found: MetaData = import_module(_storage(service)).metadata
    return found


def _storage(service: str) -> str:
    return "services.intake.storage" if service == "intake" else TABLES[service]


def _schedule() -> Iterator[str]:
    yield from (
        "## How long",
        "",
        "| what | kept | counted from | how it goes |",
        "|---|---|---|---|",
    )
    for rule in schedule():
        yield f"| {rule.what} | {rule.length} | {rule.counted_from} | {rule.how} |"
    yield ""


def _service(service: str) -> Iterator[str]:
    notes, metadata = Notes(service), metadata_of(service)
    for name in sorted(metadata.tables):
        said = notes.tables.get(name, {})
        yield f"### {service}: {name}"
        yield ""
        yield f"{_said(said, 'what')}. Why: {_said(said, 'why')}. How long: {_said(said, 'kept')}."
        yield ""
        yield from ("| column | what it holds | how |", "|---|---|---|")
        for column in metadata.tables[name].columns:
            told = notes.of(metadata.tables[name], column) or "NOT DESCRIBED"
            yield f"| `{column.name}` | {told} | {_how(column)} |"
        yield ""


def _said(said: Mapping[str, str], word: str) -> str:
    told = said.get(word, "NOT DESCRIBED")
    return told[:1].upper() + told[1:] if word == "what" else told


def _how(column: Column[Any]) -> str:
    if column.name.startswith("sealed") and not column.name.endswith("until"):
        return SEALED
    if column.name.endswith("_sealed") or column.name == "private_key":
        return SEALED
    secret = column.type.python_type is bytes and column.name not in PUBLIC_BYTES
    return HASHED if secret else OPEN


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


if __name__ == "__main__":
    words(__doc__)
    sys.exit(main())
