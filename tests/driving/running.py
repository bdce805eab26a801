"""A hub in a process of its own, that can be stopped, killed and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Self

from deploy.private import free_ports
from driving.waiting import looks

ROOT = Path(__file__).parent.parent.parent
READY_WITHIN = 120.0
ALL_CODE = (
    "import waitress; from deploy.hub import *;"
    "[import_module(f'services.{name}.http') for name in SERVICES]"
)


def free_port() -> int:
    return free_ports(1)[0]


def seconds_to_read_the_code() -> float:
    """Return how long a process takes here and now that reads all code and does nothing else."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", ALL_CODE], cwd=ROOT, check=True)
    return time.monotonic() - began


class RunningHub:
    """`make run` without the make: same program, its own folder and port."""

    def __init__(self, var: Path, program: tuple[str, ...] = ("-m", "deploy.run")) -> None:
        self.var = var
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.output = var.parent / f"{var.name}.log"
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> float:
        """Start the process and return the seconds until it was ready."""
        began = time.monotonic()
        with self.output.open("ab") as output:
            self._process = self._spawn(output)
        self._until_ready()
        return time.monotonic() - began

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        known = {
            **os.environ,
            "ONWARD_VAR": str(self.var),
            "ONWARD_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }
        return subprocess.Popen(
            [sys.executable, *self._program],
            cwd=ROOT,
            env=known,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

    def _until_ready(self) -> None:
        for _ in looks(READY_WITHIN):
            if self.process.poll() is not None:
                raise AssertionError(f"the hub ended:\n{self.said()[-4000:]}")
            if self.readiness()[0] == 200:
                return
        raise AssertionError(f"the hub was never ready:\n{self.said()[-4000:]}")

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Return status and body of /readyz, or (0, {}) when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def kill(self) -> None:
        """kill -9: no goodbye."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ctrl-C; return the exit code."""
        if self._process is None or self.process.poll() is not None:
            return self.process.returncode if self._process else 0
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=90)

    def said(self) -> str:
        """Return everything the process wrote to its terminal."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    @property
    def credentials(self) -> dict[str, Any]:
        """Return var/demo/credentials.json."""
        text = (self.var / "demo" / "credentials.json").read_text()
        known: dict[str, Any] = json.loads(text)
        return known

    def memory(self) -> float:
        """Return the resident memory of the process in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024
