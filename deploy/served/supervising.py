"""The supervisor of one served deployment: start it, ask it, tell it, end it.

Promise: it is reached by a socket that only its owner can open.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from deploy.served.programs import PASSED_ON, ROOT
from shared.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deploy.served.plan import Plan

RUNNING = "RUNNING"
OURS = ("web-", "work-", "sender")
ENDING = {
    "the way in": ("nginx", "ready"),
    "pages and workers": OURS,
    "PostgreSQL and RabbitMQ": ("mail", "database", "broker"),
    "what is left": ("epmd",),
}
ANSWERS_WITHIN = 20.0
ENDS_WITHIN = 120.0
LOST = (OSError, ConnectionError)


class SupervisorError(Transient):
    """The supervisor does not do what it is asked."""


class Supervisor:
    """Speaks to the supervisor of *plan*."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def pid(self) -> int | None:
        """Return the number of the supervisor's process; None where there is none."""
        try:
            return int(self._ask("getPID"))
        except LOST:
            return None

    def states(self) -> dict[str, str]:
        """Return what each program is doing."""
        return {one["name"]: one["statename"] for one in self._ask("getAllProcessInfo")}

    def pid_of(self, program: str) -> int:
        """Return the number of the process that *program* is now; 0 while it is none."""
        return int(self._ask("getProcessInfo", program)["pid"])

    def begin(self) -> None:
        """Start the supervisor; none of its programs is started by that."""
        file = str(self._plan.folder / "supervisord.conf")
        own = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", file]
        done = subprocess.run(
            command, cwd=ROOT, env=own, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, umask=0o077,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise SupervisorError(f"supervisor did not start: {' '.join(said)}")
        until(lambda: self.pid() is not None, ANSWERS_WITHIN, "supervisor does not answer")

    def update(self) -> None:
        """Take up what has changed in the configuration; what has not changed runs on."""
        added, changed, removed = self._ask("reloadConfig")[0]
        for name in (*removed, *changed):
            self._tell("stopProcessGroup", name)
            self._ask("removeProcessGroup", name)
        for name in (*changed, *added):
            self._ask("addProcessGroup", name)

    def start(self, programs: Iterable[str]) -> None:
        """Start those of *programs* that are not running; do not wait until they are."""
        for name in programs:
            self._tell("startProcess", name, False)  # noqa: FBT003 - as XML-RPC takes it

    def stop(self, program: str) -> None:
        """Let *program* finish what it has in hand and stop it."""
        self._tell("stopProcess", program)

    def end(self, tell: Callable[[str], object] = lambda _: None) -> None:
        """Stop every program, those of one order together, then the supervisor itself."""
        pid = self.pid()
        if pid is None:
            return
        # The port mapper last: a broker that misses it would start one of its own.
        for what, order in ENDING.items():
            tell(what)
            self._stop_together([name for name in self.states() if name.startswith(order)])
        os.kill(pid, signal.SIGTERM)
        until(lambda: not Path(f"/proc/{pid}").exists(), ENDS_WITHIN, "supervisor does not end")

    def _stop_together(self, programs: list[str]) -> None:
        for name in programs:
            self._tell("stopProcess", name, False)  # noqa: FBT003 - as XML-RPC takes it
        ended = {"STOPPED", "EXITED", "FATAL"}
        until(
            lambda: {self.states()[name] for name in programs} <= ended,
            ENDS_WITHIN,
            f"one of {' '.join(programs)} does not stop",
        )

    def _tell(self, what: str, *arguments: object) -> None:
        try:
            self._ask(what, *arguments)
        except Fault as fault:
            if fault.faultString.partition(":")[0] not in {"ALREADY_STARTED", "NOT_RUNNING"}:
                raise SupervisorError(f"supervisor answers {fault.faultString}") from None

    def _ask(self, what: str, *arguments: object) -> Any:  # noqa: ANN401 - XML-RPC
        way = SupervisorTransport(None, None, f"unix://{self._plan.socket}")
        with ServerProxy("http://127.0.0.1", transport=way) as proxy:
            return getattr(proxy.supervisor, what)(*arguments)


def until(true: Callable[[], bool], seconds: float, otherwise: str, pause: float = 0.05) -> None:
    """Wait for a condition; raise when it does not come."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise SupervisorError(otherwise)
        time.sleep(pause)
