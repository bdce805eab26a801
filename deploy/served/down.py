"""`make down`: stop what `make up` started, each process by its number, and leave nothing running.

Promise: what is in hand is finished; databases and queues stay where they are.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from deploy.database import Cluster
from deploy.served.ending import ended
from deploy.served.plan import Plan
from deploy.served.supervising import Supervisor
from deploy.served.up import alone
from shared.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Stop everything; return the exit code."""
    parser = argparse.ArgumentParser(prog="make down", description=__doc__)
    parser.add_argument("--forget", action="store_true", help="delete everything it recorded, too")
    asked = parser.parse_args(arguments)
    return ended("make down", forget if asked.forget else down)


def down() -> int:
    """Do what `make down` promises."""
    settings = Settings.from_environment()
    plan = Plan.read(settings.var)
    if plan is None or Supervisor(plan).pid() is None:
        print("Nothing of Onward is running that `make up` started.")
        return 0
    print("Stopping: finishing what is in hand ...")
    with alone(settings.var):
        Supervisor(plan).end(lambda what: print("  stopping", what))
    print(f"Stopped. Everything is in {os.path.relpath(plan.folder)}; `make up` goes on from here.")
    return 0


def forget() -> int:
    """Stop everything and delete it: queues, databases wherever they lie, keys."""
    settings = Settings.from_environment()
    plan = Plan.read(settings.var)
    if plan is None:
        return 0
    code = down()
    cluster = Cluster(plan.folder / "database")
    if (cluster.folder / "server.json").exists():
        shutil.rmtree(cluster.server.data, ignore_errors=True)
    if plan.socket.parent != plan.folder:
        shutil.rmtree(plan.socket.parent, ignore_errors=True)
    shutil.rmtree(plan.folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
