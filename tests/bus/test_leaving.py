"""A process that loses the broker ends at once, and says so once."""

from __future__ import annotations

import subprocess
import sys

MANY_LEAVE = """
from threading import Barrier, Thread
from shared.bus.connecting import BrokerRefusesError, leave

together = Barrier(20)

def lose() -> None:
    together.wait()
    leave(BrokerRefusesError("the broker refuses the user"))

for _ in range(20):
    Thread(target=lose).start()
"""


def test_threads_that_leave_at_once_say_why_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_LEAVE], capture_output=True, text=True, check=False
    )

    assert done.returncode == 78
    assert done.stderr == "the broker refuses the user\n"
