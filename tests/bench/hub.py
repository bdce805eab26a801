"""The hub as the bench runs it: SIGUSR1 makes it accept and nothing else from then on."""

from __future__ import annotations

import signal
import sys
from threading import Thread

from deploy import run
from deploy.hub import Hub

start = Hub.start


def start_pausable(hub: Hub) -> None:
    """Start *hub* so that its bus can be stopped from outside."""
    signal.signal(signal.SIGUSR1, lambda *_: Thread(target=hub.bus.stop).start())
    start(hub)


if __name__ == "__main__":
    Hub.start = start_pausable  # type: ignore[method-assign]
    sys.exit(run.main())
