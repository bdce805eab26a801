"""The look at what is late, over every live referral of a hub: how long, and in how much memory.

A tenth of the referrals is due. The same on SQLite and on PostgreSQL, at a hundredth, a tenth and
the whole of them. `python -m tests.bench.matching_sweep` measures it alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, insert, select

from driving.databases import Databases
from services.matching import create_store
from services.matching.clocks import AT_ONCE, Clocks
from services.matching.domain.running import Running, Step, rebuilt
from services.matching.domain.transitions import State
from services.matching.storage import tables as t
from services.matching.storage.clock_columns import columns
from services.matching.usecases import publish_guide
from services.matching.working_days import calendar_for
from shared.ids import new_id
from shared.settings import Settings
from shared.testing.clock import FixedClock
from tests.bench.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENCY, SERVICE = (UUID(f"019a0000-0000-7000-8000-a9e0000000c{n}") for n in (1, 2))
ALL, SECONDS, MEGABYTES = 100_000, 10.0, 200
IN_ONE_INSERT = 5_000
_STATUS = Path("/proc/self/status")
DUE_ONE_IN = 10
_AGES = (timedelta(), timedelta(days=20))
WAYS = {
    State.SENT: (),
    State.WAITING: (("T11", "accepted", State.ACCEPTED), ("T15", "waiting", State.WAITING)),
    State.ACTIVE: (("T11", "accepted", State.ACCEPTED), ("T17", "started", State.ACTIVE)),
}


def measure(table: Table, folder: Path, *, short: bool) -> None:
    """Measure the look on both databases."""
    table.head("The look at what is late, a tenth of all live referrals")
    databases = Databases(folder / "sweep-postgres")
    try:
        for count in [ALL // 10] if short else [ALL // 100, ALL // 10, ALL]:
            for where, server in (("SQLite", None), ("PostgreSQL", databases)):
                _measure(table, where, folder / f"sweep-{where}-{count}", server, count)
    finally:
        databases.close()


def _measure(
    table: Table, where: str, folder: Path, databases: Databases | None, count: int
) -> None:
    url = databases.fresh("matching") if databases is not None else ""
    _fill(folder, url, count)
    command = [sys.executable, "-m", "tests.bench.matching_sweep", "--look", str(folder), url]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    if told["looked"] != count // DUE_ONE_IN + 1:
        raise AssertionError(told)
    for what, figure, promise, unit in (
        ("time", told["seconds"], SECONDS, "s"),
        ("memory", told["megabytes"], MEGABYTES, "MB"),
    ):
        promised = f"under {promise:.0f} {unit}"
        kept = figure < promise
        label = f"  {where}, {count:,} live referrals: {what}"
        table.add(label, f"{figure:.2f} {unit}", promised, kept=kept)
    longest = f"{told['longest'] * 1000:.0f} ms"
    table.add(f"  {where}, {count:,}: longest that others wait ({AT_ONCE} at once)", longest)


def _fill(folder: Path, url: str, count: int) -> None:
    store = create_store(_settings(folder, url), FixedClock())
    agency = {"id": str(AGENCY), "name": "A", "kind": "voluntary", "mailbox": "a@example.org"}
    entry = {
        "id": str(SERVICE),
        "agency_id": str(AGENCY),
        "name": "Service",
        "needs": ["debt"],
        "area_codes": ["E09000032"],
        "capacity": None,
    }
    with store.begin() as tx:
        publish_guide({"agencies": [agency], "services": [entry]}, tx)
        now = tx.now
    rows = list(_referrals(count, now))
    for start in range(0, count, IN_ONE_INSERT):
        with store.begin() as tx:
            tx.execute(insert(t.referral), rows[start : start + IN_ONE_INSERT])
    store.close()


def _referrals(count: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Return live referrals; one in ten was sent so long ago that something of it is late."""
    states = list(WAYS)
    kept = {(state, ago): _clocks(state, now - ago) for state in states for ago in _AGES}
    for number in range(count):
        state, ago = states[number % len(states)], _AGES[number % DUE_ONE_IN == 0]
        yield {
            "id": new_id(),
            "request_id": new_id(),
            "reference": f"HDJ-{number:06}",
            "service_id": SERVICE,
            "agency_id": AGENCY,
            "referrer_agency_id": None,
            "consent_id": AGENCY,
            "consent_needed": False,
            "categories": ["identity", "story"],
            "needs": ["debt", "housing"],
            "urgency": "routine",
            "state": state,
            "version": 5,
            "way": "place",
            "explanation": {"criteria": [], "reasons": [], "result": "met"},
            "rules_version": "1",
            "geography_version": "1",
            "created_at": now - ago,
            "sent_at": now - ago,
            "answer_by": None,
            **kept[state, ago],
        }


def _clocks(state: State, at: datetime) -> dict[str, Any]:
    calendar = calendar_for("england")
    begun = Running("default", "routine", asked=at, sent=at)
    steps = [("T7", "sent", State.SENT), *WAYS[state]]
    walked = [Step(number, f"referral.{event}", at, after) for number, event, after in steps]
    return {"answer_by": None, **columns(rebuilt(begun, walked, calendar), calendar)}


def _settings(folder: Path, url: str) -> Settings:
    return Settings(var=folder, databases={"matching": url} if url else {})


class Timed(Clocks):
    """The chore, noting how long it held up whoever else wanted to write."""

    longest = 0.0

    def _is_any_due(self) -> bool:
        now = time.perf_counter()
        self.longest = max(self.longest, now - getattr(self, "before", now))
        found = super()._is_any_due()
        self.before = time.perf_counter()
        return found


def look(folder: Path, url: str) -> None:
    """Look once, and say how it went; in a process of its own, for its memory to be its own."""
    store = create_store(_settings(folder, url), FixedClock())
    chore = Timed(store)
    began = time.perf_counter()
    looked = chore.look()
    took = time.perf_counter() - began
    with store.read() as tx:
        told = tx.execute(select(func.count()).select_from(tx.table("outbox"))).scalar_one()
    measured = {"looked": looked, "told": told, "seconds": took, "megabytes": _peak()}
    print(json.dumps({**measured, "longest": chore.longest}))


def _peak() -> float:
    """Return the most memory this process ever held, without what it had as its parent's child."""
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> int:
    """Measure it alone."""
    if "--look" in sys.argv:
        at = sys.argv.index("--look")
        look(Path(sys.argv[at + 1]), sys.argv[at + 2])
        return 0
    with tempfile.TemporaryDirectory(prefix="onward-sweep-") as folder:
        Path(folder).chmod(0o755)
        table = Table()
        measure(table, Path(folder), short="--short" in sys.argv)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
