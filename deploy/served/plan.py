"""What stays the same from one `make up` to the next: ports, and who reaches which server how.

Promise: the file is readable by its owner alone, for it holds every password; each served
process is told of its own database and broker, and of no other.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from deploy.private import free_ports, write_secret
from deploy.served import SERVICES
from shared.settings import Settings

FILE = "plan.json"
LONGEST_SOCKET = 80  # characters; the kernel takes 107, and supervisor adds a number to it


@dataclass(frozen=True, slots=True)
class Plan:
    """One served deployment on this machine; `folder` is `served` in the data folder."""

    folder: Path
    ports: Mapping[str, int]
    socket: Path
    administrators: Mapping[str, str] = field(default_factory=dict, repr=False)
    databases: Mapping[str, str] = field(default_factory=dict, repr=False)
    brokers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, var: Path) -> Plan | None:
        """Return the plan under *var*; None where `make up` was never run."""
        file = var / "served" / FILE
        if not file.exists():
            return None
        known = json.loads(file.read_text(encoding="utf-8"))
        return cls(var / "served", **{**known, "socket": Path(known["socket"])})

    @classmethod
    def new(cls, var: Path) -> Plan:
        """Return a plan with ports that nobody uses now."""
        folder = var / "served"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        names = ("ready", "mail", *(f"web-{service}" for service in SERVICES))
        return cls(folder, dict(zip(names, free_ports(len(names)), strict=True)), _socket(folder))

    def write(self) -> Plan:
        """Write the plan down and return it."""
        known = {**asdict(self), "socket": str(self.socket)}
        del known["folder"]
        write_secret(self.folder / FILE, json.dumps(known, indent=1))
        return self

    def reaching(
        self, administrators: Mapping[str, str], databases: Mapping[str, str],
        brokers: Mapping[str, str],
    ) -> Plan:  # fmt: skip
        """Return the plan with these URLs in it."""
        return replace(self, administrators=administrators, databases=databases, brokers=brokers)

    def settings(self) -> Settings:
        """Return the settings of an operator's tool: all databases, all brokers."""
        own = Settings.from_environment()
        return replace(own, var=self.folder, databases=self.databases, brokers=self.brokers)

    def web(self, service: str) -> str:
        """Return where the web process of *service* answers."""
        return f"http://127.0.0.1:{self.ports[f'web-{service}']}"


def external() -> dict[str, str]:
    """Return the administrators' URLs that the environment names, of servers not ours."""
    named = {"database": "ONWARD_DATABASE_URL", "broker": "ONWARD_AMQP_URL"}
    return {what: os.environ[name] for what, name in named.items() if os.environ.get(name)}


def _socket(folder: Path) -> Path:
    """Return where the supervisor listens: in the folder, unless its path is too long."""
    here = folder / "supervisor.sock"
    if len(str(here)) <= LONGEST_SOCKET:
        return here
    known = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir(), f"onward-{known}", "supervisor.sock")
