"""`deploy.served.work`, whose process dies whenever it hears of one thing.

Usage: SUBJECT=... python -m tests.faults.crashing_worker SERVICE.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from deploy.served import work
from shared.bus.envelope import Message
from shared.bus.worker import Dispatch

SUBJECT = "SUBJECT"
handle = Dispatch._handle


def handle_or_die(dispatch: Dispatch, message: Message, tx: Any) -> None:
    """Handle *message*, unless it is of what kills us."""
    if message.subject == os.environ[SUBJECT]:
        os.kill(os.getpid(), signal.SIGKILL)
    handle(dispatch, message, tx)


if __name__ == "__main__":
    Dispatch._handle = handle_or_die  # type: ignore[method-assign]
    sys.exit(work.main())
