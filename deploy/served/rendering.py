"""The configuration of supervisor and nginx, from templates, for one machine.

Promise: nginx sends each path where the embedded dispatcher would: both read one table.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from deploy.private import HOST, write_secret
from deploy.served import SERVICES
from deploy.served.programs import ROOT, programs
from shared.errors import InvalidError
from shared.web.paths import API_PREFIXES, HEALTH_ENDINGS, OWNERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deploy.served.plan import Plan
    from shared.settings import Settings

LARGEST = (
    3_300_000  # bytes of a body; a service refuses what its route does not take, and says so better
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_CHILDREN = ("database", "broker", "nginx")  # which end their own children, in order
PROGRAM, PERSON = "application/problem+json", "text/html"


@dataclass(frozen=True, slots=True)
class Answer:
    """What nginx says itself, when no service can."""

    name: str
    status: int
    type: str
    body: str


def write(plan: Plan, settings: Settings) -> None:
    """Write the configuration files and make the folders they name."""
    for name in ("log", "nginx"):
        (plan.folder / name).mkdir(exist_ok=True, mode=0o700)
    _make_private(plan.socket.parent)
    write_secret(plan.folder / "supervisord.conf", supervisord(plan, settings))
    write_secret(plan.folder / "nginx.conf", nginx(plan, settings))


def supervisord(plan: Plan, settings: Settings) -> str:
    """Return supervisor's configuration: every program, and what it is told."""
    return _template("supervisord.conf.jinja").render(
        folder=_plain(plan.folder),
        root=_plain(ROOT),
        socket=_plain(plan.socket),
        user="root" if os.geteuid() == 0 else "",
        programs=programs(plan, settings),
        with_children=WITH_CHILDREN,
    )


def nginx(plan: Plan, settings: Settings) -> str:
    """Return nginx's configuration: one origin, each prefix to its owner."""
    return _template("nginx.conf.jinja").render(
        folder=_plain(plan.folder),
        user=_worker_of_nginx(),
        listen=f"{os.environ.get('ONWARD_LISTEN') or HOST}:{settings.port}",
        largest=LARGEST,
        methods=METHODS,
        read_by_programs=read_by_programs(),
        answers=ANSWERS,
        services={service: plan.ports[f"web-{service}"] for service in SERVICES},
        ready=plan.ports["ready"],
        owners=OWNERS,
        own_metrics=", ".join(f"/{service}/metrics" for service in SERVICES),
    )


def read_by_programs() -> list[str]:
    """Return the patterns of paths whose readers get problem+json."""
    prefixes = [f"^{re.escape(prefix)}(/|$)" for prefix in API_PREFIXES]
    return [*prefixes, *(f"^(/[a-z]+)?{re.escape(ending)}$" for ending in HEALTH_ENDINGS)]


def variables(environment: Mapping[str, str]) -> str:
    """Return *environment* as supervisor reads it; its quotes have no escapes."""
    for name, value in environment.items():
        if '"' in value or "\n" in value:
            raise InvalidError(f"{name} may not hold a quotation mark or a line break")
    pairs = (f'{name}="{_percent(value)}"' for name, value in environment.items())
    return ",".join(pairs)


def words(command: Sequence[str]) -> str:
    """Return *command* as supervisor reads it."""
    return _percent(shlex.join(command))


def _make_private(folder: Path) -> None:
    """Make *folder*, or refuse one that somebody else has made in its place."""
    folder.mkdir(exist_ok=True, mode=0o700)
    state = folder.lstat()
    if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise InvalidError(f"the folder {folder} must belong to this user alone (mode 0700)")


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _plain(path: Path) -> str:
    """Return *path*, refusing what neither supervisor nor nginx could read in its file."""
    text = str(path)
    if not re.fullmatch(r"[\w./+@=-]+", text):
        raise InvalidError(f"the folder {text!r} holds characters that cannot be configured")
    return text


def _worker_of_nginx() -> str:
    """Return whom nginx's workers run as, where we are root and they need not be."""
    if os.geteuid() != 0:
        return ""
    known = {user.pw_name for user in pwd.getpwall()}
    return "www-data" if "www-data" in known else "nobody nogroup"


def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - neither file is HTML
    )
    environment.filters |= {"variables": variables, "words": words}
    return environment.get_template(name)


def _page(title: str, sentence: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head><body><main><h1>{title}</h1><p>{sentence}</p></main></body></html>"
    )


def _problem(slug: str, title: str, status: int, detail: str) -> str:
    return (
        f'{{"type":"urn:onward:problem:{slug}","title":"{title}","status":{status},'
        f'"detail":"{detail}"}}'
    )


ANSWERS = (
    Answer(
        "unavailable_for_a_person",
        503,
        PERSON,
        _page(
            "We cannot show this page at the moment",
            "Nothing you sent before is lost. Please try again in a few seconds.",
        ),
    ),
    Answer(
        "unavailable_for_a_program",
        503,
        PROGRAM,
        _problem(
            "unavailable",
            "Service Unavailable",
            503,
            "We cannot do this at the moment. Try again soon.",
        ),
    ),
    Answer(
        "too_large_for_a_person",
        413,
        PERSON,
        _page("That is too long for us", "Please go back and shorten what you wrote."),
    ),
    Answer(
        "too_large_for_a_program",
        413,
        PROGRAM,
        _problem(
            "content-too-large",
            "Request Entity Too Large",
            413,
            "The body is larger than 1,000,000 bytes.",
        ),
    ),
)
