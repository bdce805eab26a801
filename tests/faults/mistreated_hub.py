"""`deploy.run`, as a fault may find it: run by an ordinary user, its clock shifted by a file.

Usage: python -m tests.faults.mistreated_hub [FILE WITH SECONDS]. Whoever runs it, it may write
only what the modes of files allow. SIGUSR1 closes idle connections, as a hiccup of a disk may.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from deploy import run
from deploy.hub import Hub
from shared.clock import Clock, SystemClock

ORDINARY = "ORDINARY_USER"
start = Hub.start


class ShiftedClock:
    """The machine's clock, off by as many seconds as a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._file.read_text()))


def become_ordinary() -> None:
    """Give up root's right to write to what is read-only."""
    if os.geteuid() == 0 and ORDINARY not in os.environ:
        os.environ[ORDINARY] = "1"
        without = ["--inh-caps", "-dac_override", "--bounding-set", "-dac_override"]
        program = [sys.executable, "-m", "tests.faults.mistreated_hub", *sys.argv[1:]]
        os.execvp("setpriv", ["setpriv", *without, "--", *program])  # noqa: S606 - no shell is wanted


def start_with_hiccups(hub: Hub) -> None:
    """Start *hub* so that its idle connections can be closed from outside."""
    signal.signal(signal.SIGUSR1, lambda *_: Thread(target=close_idle, args=(hub,)).start())
    start(hub)


def close_idle(hub: Hub) -> None:
    for store in hub.stores.values():
        store.close()


if __name__ == "__main__":
    become_ordinary()
    Hub.start = start_with_hiccups  # type: ignore[method-assign]
    clock: Clock = ShiftedClock(Path(sys.argv[1])) if len(sys.argv) > 1 else SystemClock()
    sys.exit(run.main(clock))
