"""`make bench`: one table, each figure beside its floor from the same run.

ARGS: --intake, --matching, --embedded or --served for that alone, --short for a quick look,
--write for docs/bench.md.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import embedded, intake, matching, served
from tests.bench.pace import ROOT, Stolen, calibrate
from tests.bench.table import Table

PROFILES = {
    "--intake": intake.measure,
    "--matching": matching.measure,
    "--embedded": embedded.measure,
    "--served": served.measure,
}


def main() -> int:
    """Measure everything and return 1 if a promise was missed."""
    asked = set(sys.argv[1:])
    chosen = [PROFILES[name] for name in PROFILES if name in asked] or list(PROFILES.values())
    table, stolen = Table(), Stolen()
    table.head("This machine")
    calibrator(table, "before")
    with tempfile.TemporaryDirectory(prefix="onward-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        for measure in chosen:
            measure(table, Path(folder), short="--short" in asked)
    table.head("This machine afterwards")
    calibrator(table, "after")
    table.add("time the host gave to others meanwhile", f"{stolen.share():.0%}")
    if "--write" in asked:
        table.write(ROOT / "docs" / "bench.md", f"{os.cpu_count()} cores, {platform.machine()}")
    print("\nEvery promise kept." if not table.missed else f"\nMissed: {', '.join(table.missed)}")
    return 1 if table.missed else 0


def calibrator(table: Table, when: str) -> None:
    """Tell how fast this machine is now, for it drifts."""
    table.add(f"calibrator {when} (rounds/s, higher is faster)", f"{calibrate():.0f}")


if __name__ == "__main__":
    sys.exit(main())
