"""`make up`: every service as processes of its own, with RabbitMQ and PostgreSQL between them.

Promise: it may be run again at any time; what runs goes on, what is missing is started.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import HTTPError

from deploy.machine import lacking
from deploy.private import keep
from deploy.run import DEFAULT_DEMO, introduce, listening
from deploy.served import SERVICES, rendering
from deploy.served.ending import ended
from deploy.served.plan import Plan, external
from deploy.served.programs import SERVERS, programs
from deploy.served.supervising import Supervisor, SupervisorError, until
from shared.errors import InvalidError
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_WITHIN, LOOK_AGAIN = 90.0, 0.2
LOOK_AFTER_IT = 5.0  # seconds
DETOURS = {"rabbitmq-server": "broker", "postgresql": "database"}


def main(arguments: list[str] | None = None) -> int:
    """Bring everything up, tell where it is, and return to the shell."""
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="stay until stopped, as containers do")
    asked = parser.parse_args(arguments)
    return ended("make up", up_and_stay if asked.stay else up)


def up_and_stay() -> int:
    """Bring everything up, wait for a signal or for the supervisor's end, and stop everything."""
    up()
    # Not before: what is started inherits the mask, and would never hear that it is to stop.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    plan = Plan.read(Settings.from_environment().var)
    supervisor = Supervisor(plan) if plan else None
    while supervisor and supervisor.pid():
        if signal.sigtimedwait((signal.SIGTERM, signal.SIGINT), LOOK_AFTER_IT):
            supervisor.end()
            return 0
    raise SupervisorError("the supervisor has ended")


def up() -> int:
    """Do what `make up` promises."""
    began = time.monotonic()
    settings = Settings.from_environment()
    settings = replace(settings, demo=settings.demo or DEFAULT_DEMO)
    check_machine()
    with alone(settings.var):
        known = bring_up(settings)
    tell(settings, known, time.monotonic() - began)
    return 0


def check_machine() -> None:
    """Name what the served profile needs and this machine lacks."""
    named = external()
    needed = ["nginx-light", *(package for package, what in DETOURS.items() if what not in named)]
    missing = lacking(needed)
    if missing:
        who = "" if os.geteuid() == 0 else "as root "
        raise InvalidError(
            f"this machine lacks {' '.join(missing)}: {who}run `make machine`, which installs them "
            "and starts none, or name other servers by ONWARD_DATABASE_URL and ONWARD_AMQP_URL"
        )


def bring_up(settings: Settings) -> Any:  # noqa: ANN401 - the demonstration's sign-ins
    """Start servers, prepare them, start the services; return the sign-ins."""
    from deploy.served import preparing  # noqa: PLC0415 - services take a moment to import

    keep(settings.port)
    plan = Plan.read(settings.var) or Plan.new(settings.var)
    keep(*plan.ports.values())
    supervisor = Supervisor(plan)
    print("Starting Onward, a process for each duty ...")
    plan = replace(plan, administrators=preparing.administrators(plan.folder)).write()
    if supervisor.pid() is None:
        with listening(settings.port):  # told before anything is started, if it is taken
            rendering.write(plan, settings)
        supervisor.begin()
    supervisor.start(name for name in SERVERS if name in supervisor.states())
    print("  waiting for PostgreSQL and RabbitMQ in", os.path.relpath(plan.folder))
    plan = preparing.declare_all(plan).write()
    own = replace(settings, var=plan.folder, databases=plan.databases, brokers=plan.brokers)
    with preparing.stores(own) as stores:
        print(f"  loading the demonstration partnership '{settings.demo}'")
        known = preparing.load_demonstration(own, stores)
        preparing.declare_queues(plan, own, stores)
    rendering.write(plan, settings)
    supervisor.update()
    supervisor.start(program.name for program in programs(plan, settings))
    print(f"  starting {len(SERVICES)} services, and waiting until all are ready")
    wait_until_ready(settings.port, plan.folder)
    return known


def wait_until_ready(port: int, folder: Path, within: float = READY_WITHIN) -> None:
    """Wait until every service is ready and every program runs; or name those that are not."""
    try:
        until(lambda: not awaited(port), within, "it is not ready", LOOK_AGAIN)
    except SupervisorError as error:
        what = ", ".join(awaited(port))
        raise SupervisorError(f"{error}: {what}; see {os.path.relpath(folder)}/log") from None


def awaited(port: int) -> list[str]:
    """Return what is not ready yet, as /readyz says."""
    where = f"http://127.0.0.1:{port}/readyz"
    try:
        state = urllib3.request("GET", where, timeout=10, retries=False).json()
        unready = [name for name, one in state["services"].items() if one["status"] == "unready"]
    except (HTTPError, ValueError, KeyError):
        return [f"nothing answers at {where}"]
    return [*unready, *(name for name in state["down"] if name not in unready)]


def tell(settings: Settings, known: Any, seconds: float) -> None:  # noqa: ANN401 - JSON
    """Print where everything is, who may sign in, and how it is stopped."""
    print(f"\nOnward is running (ready in {seconds:.1f} s).\n")
    introduce(settings, known)
    folder = os.path.relpath(settings.var / "served")
    print(f"\n  Logs are in {folder}/log. It runs until `make down`. Killed, it loses nothing.\n")


@contextmanager
def alone(var: Path) -> Iterator[None]:
    """Let nobody else bring the same deployment up or down meanwhile."""
    folder = var / "served"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "up.lock").open("a")
    except OSError as error:
        why = (error.strerror or "refused").lower()
        raise InvalidError(f"cannot write in {folder}: {why}; choose another: ONWARD_VAR") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidError(f"somebody else brings {folder} up or down just now") from None
        yield


if __name__ == "__main__":
    sys.exit(main())
