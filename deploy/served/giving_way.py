"""Let pages come back first: without a broker a worker can do little, and reading code takes all.

When a broker dies every worker ends with it and starts anew, beside the broker and the pages.
"""

from __future__ import annotations

import signal
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

PATIENCE = 8.0  # seconds; then it begins all the same, for its clocks need no broker
LOOK = 0.2
SIGNALS = (signal.SIGTERM, signal.SIGINT)  # blocked by whoever calls


def let_broker_start(url: str | None, patience: float = PATIENCE) -> bool:
    """Wait until somebody answers at *url*, but not for ever; return False when told to stop."""
    until = time.monotonic() + patience
    while not _answers(url) and time.monotonic() < until:
        if signal.sigtimedwait(SIGNALS, LOOK) is not None:
            return False
    return True


def _answers(url: str | None) -> bool:
    """Tell whether a broker listens; what is wrong with *url* others say in better words."""
    with suppress(ValueError):
        place = urlsplit(url or "")
        if place.hostname is None:
            return True
        with suppress(OSError):
            socket.create_connection((place.hostname, place.port or 5672), LOOK).close()
            return True
        return False
    return True
