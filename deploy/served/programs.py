"""The programs of the served profile, as data: what runs, in which order, and what it is told.

Promise: no program is told the database or the broker of another service.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.served import SERVICES
from deploy.served.plan import external

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.served.plan import Plan
    from shared.settings import Settings

ROOT = Path(__file__).parent.parent.parent
SERVERS = ("epmd", "broker", "database")
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "ONWARD_ACCEPT_CLOCK",
    "ONWARD_KEY_COMMAND",
)
FIRST, SECOND, THEN, LAST = 10, 20, 30, 40  # started in this order, stopped in the other


@dataclass(frozen=True, slots=True)
class Program:
    """One process that is kept running."""

    name: str
    command: tuple[str, ...]
    order: int = THEN
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    stop_signal: str = "TERM"
    stop_within: int = 30


def programs(plan: Plan, settings: Settings) -> list[Program]:
    """Return every program of *plan*; the servers alone while no service knows its database."""
    return [*_servers(plan), *(_services(plan, settings) if plan.databases else ())]


def has_sink(settings: Settings) -> bool:
    """Tell whether mails stay in the demonstration's own mail server."""
    return not settings.smtp_port


def _services(plan: Plan, settings: Settings) -> Iterator[Program]:
    """Yield all that is ours, and the proxy in front of it."""
    if has_sink(settings):
        yield _mail(plan, settings)
    for service in SERVICES:
        yield _web(service, plan, settings)
    yield from _workers(plan, settings)
    told, var = _told(plan, settings), str(plan.folder.parent)
    yield _python("ready", "deploy.served.ready", told, var, order=LAST)
    yield _server("nginx", plan.folder, LAST, "QUIT")


def _servers(plan: Plan) -> Iterator[Program]:
    """Yield the private servers: those that no administrator's URL replaces."""
    named = external()
    if "database" not in named:
        yield _server("database", plan.folder / "database", FIRST, "INT")
    if "broker" not in named:
        yield _server("epmd", plan.folder / "broker", FIRST, "TERM")
        yield _server("broker", plan.folder / "broker", SECOND, "TERM")


def _web(service: str, plan: Plan, settings: Settings) -> Program:
    port, identity = str(plan.ports[f"web-{service}"]), plan.web("identity")
    words = (service, "--port", port, "--identity", identity)
    told = {**_told(plan, settings), **_database(plan, service)}
    return _python(f"web-{service}", "deploy.served.web", told, *words)


def _workers(plan: Plan, settings: Settings) -> Iterator[Program]:
    """Yield a worker with its relay for each service; who sends mail does nothing else."""
    for service in SERVICES:
        told = {**_told(plan, settings), **_database(plan, service), **_broker(plan, service)}
        own = ("--without", "sender") if service == "notify" else ()
        yield _python(f"work-{service}", "deploy.served.work", told, service, *own)
        if own:
            yield _python("sender", "deploy.served.work", told, service, "--only", "sender")


def _mail(plan: Plan, settings: Settings) -> Program:
    port = str(plan.ports["mail"])
    return _python("mail", "deploy.served.mail", _told(plan, settings), port, order=SECOND)


def _told(plan: Plan, settings: Settings) -> dict[str, str]:
    """Return what every process of ours is told: nothing secret."""
    told = {
        "PYTHONUNBUFFERED": "1",
        "ONWARD_VAR": str(plan.folder),
        "ONWARD_PORT": str(settings.port),
        "ONWARD_BASE_URL": settings.base_url,
        "ONWARD_SMTP_HOST": settings.smtp_host,
        "ONWARD_SMTP_PORT": str(settings.smtp_port or plan.ports["mail"]),
        "ONWARD_MAIL_FROM": settings.mail_from,
        "DEMO": settings.demo,
    }
    return {**told, **{name: os.environ[name] for name in PASSED_ON if name in os.environ}}


def _database(plan: Plan, service: str) -> dict[str, str]:
    return {f"ONWARD_DATABASE_URL_{service.upper()}": plan.databases[service]}


def _broker(plan: Plan, service: str) -> dict[str, str]:
    return {f"ONWARD_AMQP_URL_{service.upper()}": plan.brokers[service]}


def _python(
    name: str, module: str, told: Mapping[str, str], *words: str, order: int = THEN
) -> Program:
    return Program(name, (sys.executable, "-m", module, *words), order, told)


def _server(name: str, folder: Path, order: int, stop_signal: str) -> Program:
    plain = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    command = (sys.executable, "-m", "deploy.served.launch", name, str(folder))
    return Program(name, command, order, plain, stop_signal)
