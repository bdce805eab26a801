"""Parts of a service's worker as processes of their own, started as `make up` starts the whole."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from deploy.served.programs import ROOT, Program, programs
from driving.served import ServedHub


def program_of(hub: ServedHub, name: str) -> Program:
    """Return what *hub* runs under *name*, and what it tells it."""
    settings = hub.plan.settings()
    (found,) = [one for one in programs(hub.plan, settings) if one.name == name]
    return found


class Apart:
    """`python -m deploy.served.work SERVICE` with further words, beside the hub's programs."""

    def __init__(
        self,
        hub: ServedHub,
        service: str,
        *words: str,
        module: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        program = program_of(hub, f"work-{service}")
        python, _, served, *rest = program.command
        self._command = [python, "-m", module or served, *rest, *words]
        self._environment = {**program.environment, **(environment or {})}
        self.output = hub.var / f"apart-{service}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _failed: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        self.process.wait(30)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Start it; it waits itself for what it needs."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        """Return everything that it wrote."""
        return self.output.read_text(errors="replace")
