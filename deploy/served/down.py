"""`make down`: stop what `make up` started, each process by its number, and leave nothing running.

Promise: what is in hand is finished; databases and queues stay where they are.
"""

from __future__ import annotations

import os
import sys

from deploy.served.ending import ended
from deploy.served.plan import Plan
from deploy.served.supervising import Supervisor
from deploy.served.up import alone
from shared.settings import Settings


def main() -> int:
    """Stop everything; return the exit code."""
    return ended("make down", down)


def down() -> int:
    """Do what `make down` promises."""
    settings = Settings.from_environment()
    plan = Plan.read(settings.var)
    if plan is None or Supervisor(plan).pid() is None:
        print("Nothing of Onward is running that `make up` started.")
        return 0
    print("Stopping: finishing what is in hand ...")
    with alone(settings.var):
        Supervisor(plan).end()
    print(f"Stopped. Everything is in {os.path.relpath(plan.folder)}; `make up` goes on from here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
