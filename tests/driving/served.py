"""The served profile as tests drive it: `make up` without the make, in its own folder and port."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from deploy.served.plan import Plan
from deploy.served.supervising import Supervisor
from driving.running import ROOT, free_port
from driving.waiting import looks

UP_WITHIN = 240.0
DOWN_WITHIN = 180.0
GUARDIAN = """
import subprocess, sys
sys.stdin.buffer.read()
subprocess.run([sys.executable, "-m", "deploy.served.down", "--forget"])
"""


class ServedHub:
    """Every service as processes of its own: each can be killed, stopped and started by name.

    Names are those of `states()`: web-SERVICE, work-SERVICE, sender, nginx, ready, mail,
    database, broker, epmd.
    """

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.output = var.parent / f"{var.name}.log"
        self.environment: dict[str, str] = {}
        self._guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> float:
        """Bring everything up and return the seconds until it was ready."""
        began = time.monotonic()
        self._guardian = self._guardian or self._guarded()
        done = self._run("deploy.served.up", UP_WITHIN)
        assert done == 0, f"it did not come up:\n{self.said()[-4000:]}"
        return time.monotonic() - began

    def stop(self) -> int:
        """Bring everything down; return the exit code."""
        return self._run("deploy.served.down", DOWN_WITHIN)

    def operate(self, module: str, *words: str) -> int:
        """Run an operator's tool on this hub; return its exit code."""
        return self._run(module, UP_WITHIN, *words)

    def forget(self) -> int:
        """Bring everything down and delete what it kept; return the exit code."""
        return self._run("deploy.served.down", DOWN_WITHIN, "--forget")

    def kill(self, *names: str) -> None:
        """kill -9 of these programs with all their processes; of none in particular: of all."""
        chosen = names or tuple(self.states())
        for pid in [pid for name in chosen for pid in self.pids(name)]:
            self.kill_pid(pid)

    @staticmethod
    def kill_pid(pid: int) -> None:
        """kill -9 of one process, if it is still there."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def stop_program(self, name: str) -> None:
        """Let one program finish what it has in hand and stop; it stays stopped."""
        self.supervisor.stop(name)

    def start_program(self, name: str) -> None:
        """Start one program that was stopped."""
        self.supervisor.start([name])

    def states(self) -> dict[str, str]:
        """Return what each program is doing, as supervisor says."""
        return self.supervisor.states()

    def pids(self, name: str) -> list[int]:
        """Return the processes of one program, the first of them first."""
        first = self.supervisor.pid_of(name)
        return [first, *descendants(first)] if first else []

    @property
    def supervisor(self) -> Supervisor:
        """Return what keeps the programs running."""
        return Supervisor(self.plan)

    @property
    def plan(self) -> Plan:
        """Return ports and URLs."""
        plan = Plan.read(self.var)
        assert plan is not None, "it was never up"
        return plan

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Return status and body of /readyz, or (0, {}) when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()

    def until(self, true: Callable[[], bool], within: float, what: str) -> float:
        """Wait for a condition; return the seconds it took."""
        began = time.monotonic()
        for _ in looks(within):
            if true():
                return time.monotonic() - began
        raise AssertionError(f"not within {within} s: {what}; {self.readiness()}")

    def until_ready(self, within: float = 90.0) -> float:
        """Wait until every service is ready and every program runs; return the seconds."""

        def all_well() -> bool:
            status, body = self.readiness()
            return status == 200 and not body["down"]

        return self.until(all_well, within, "ready")

    def said(self) -> str:
        """Return everything that up and down wrote to the terminal."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def log(self, name: str) -> str:
        """Return what one program wrote."""
        file = self.var / "served" / "log" / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def credentials(self) -> dict[str, Any]:
        """Return var/demo/credentials.json."""
        text = (self.var / "demo" / "credentials.json").read_text()
        known: dict[str, Any] = json.loads(text)
        return known

    def memory(self) -> dict[str, float]:
        """Return the resident memory of each process in MB, by program and number."""
        return {f"{name}:{pid}": resident(pid) for name in self.states() for pid in self.pids(name)}

    def _run(self, module: str, within: float, *words: str) -> int:
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("ab") as output:
            return subprocess.run(
                [sys.executable, "-m", module, *words],
                cwd=ROOT,
                env=self._known(),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                timeout=within,
                check=False,
            ).returncode

    def _known(self) -> dict[str, str]:
        return {
            **{name: text for name, text in os.environ.items() if not name.startswith("ONWARD_")},
            "ONWARD_VAR": str(self.var),
            "ONWARD_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }

    def _guarded(self) -> subprocess.Popen[bytes]:
        """Start a process that brings everything down when this one ends, however rudely."""
        return subprocess.Popen(
            [sys.executable, "-c", GUARDIAN],
            cwd=ROOT,
            env=self._known(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def descendants(pid: int) -> list[int]:
    """Return the children of a process, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


class Alone:
    """One served process on its own, as `python -m deploy.served.web SERVICE`."""

    def __init__(self, program: str, service: str, *, var: str, port: int = 0) -> None:
        self.port = port or free_port()
        self.output = Path(f"{var}-{program}-{service}.log")
        words = [f"deploy.served.{program}", service, "--port", str(self.port)]
        known = {name: text for name, text in os.environ.items() if not name.startswith("ONWARD_")}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env={**known, "ONWARD_VAR": var},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def __enter__(self) -> Self:
        self.until(lambda: self.get("/readyz")[0] == 200)
        return self

    def __exit__(self, *_: object) -> None:
        self.signal(signal.SIGTERM)

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and JSON body of *path*; (0, None) when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def signal(self, number: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(90)

    def children(self) -> list[int]:
        """Return the processes that this one has started."""
        return descendants(self.process.pid)

    def until(self, true: Callable[[], bool], within: float = 90.0) -> None:
        """Wait for a condition."""
        assert any(true() for _ in looks(within)), self.said()

    def said(self) -> str:
        """Return everything that it wrote."""
        return self.output.read_text(errors="replace")
