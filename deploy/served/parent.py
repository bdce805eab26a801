"""A process that ends with the one that started it, so that nothing is left behind.

Promise: when the supervisor is killed, what it supervised ends too, each by the signal it
understands; the next start then finds ports and folders free.
"""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1  # Linux alone has it; elsewhere nothing is promised


def die_with_parent(by: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """Let the kernel send us the signal *by* when our parent ends; if it is gone, end now."""
    known = os.getppid() if parent is None else parent
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, by)
    if os.getppid() != known:
        os._exit(0)
