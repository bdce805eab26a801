"""What another process announces is carried too, however busy this one is."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from parish import Parish
from shared.bus import backlog
from shared.bus.embedded import EmbeddedBus

ENOUGH = 20.0


def test_a_busy_carrier_finds_what_an_operators_tool_announced_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "LOOK", 0.2)
    parish, tool = Parish(tmp_path), Parish(tmp_path)
    bus, quiet = EmbeddedBus(parish.stores, parish.workers), threading.Event()

    def keep_ringing() -> None:
        while not quiet.is_set():
            parish.ring()

    busy = threading.Thread(target=keep_ringing)
    bus.start()
    busy.start()
    try:
        rung = tool.ring()
        deadline = time.monotonic() + ENOUGH
        while rung not in parish.heard() and time.monotonic() < deadline:
            quiet.wait(0.05)
        found = rung in parish.heard()
    finally:
        quiet.set()
        busy.join()
        bus.stop()

    assert found
