"""`python -m deploy.served.ready FOLDER`: /readyz of the whole, for the proxy in front.

Promise: 200 only when every service is ready to be written to. A program that is down, or a
worker that hears nothing, makes it `degraded` and is named; what is accepted meanwhile waits.
"""

from __future__ import annotations

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from deploy.served import SERVICES
from deploy.served.ending import ended
from deploy.served.parent import die_with_parent
from deploy.served.plan import Plan
from deploy.served.pulse import Pulse
from deploy.served.supervising import LOST, RUNNING, Supervisor
from deploy.words import words
from shared.errors import InvalidError

if TYPE_CHECKING:
    from deploy.served.plan import Plan as Known

PATIENCE = urllib3.Timeout(connect=1.0, read=4.0)
State = dict[str, Any]


class Readiness:
    """Asks each service, the supervisor for what runs beside them, and workers for their pulse."""

    def __init__(self, plan: Known) -> None:
        place = urlsplit(plan.brokers[SERVICES[0]])
        self._broker = (place.hostname or "", place.port or 5672)
        self._pulses = {service: Pulse(plan.folder, service) for service in SERVICES}
        self._plan, self._supervisor = plan, Supervisor(plan)
        self._http = urllib3.PoolManager(timeout=PATIENCE, retries=False)
        self._askers = ThreadPoolExecutor(len(SERVICES))

    def state(self) -> State:
        """Return the state of the whole: as bad as its worst part."""
        services = dict(zip(SERVICES, self._askers.map(self._service, SERVICES), strict=True))
        down = self._down()
        found = {state["status"] for state in services.values()} | ({"degraded"} if down else set())
        worst = next((one for one in ("unready", "degraded") if one in found), "ready")
        return {"status": worst, "services": services, "down": down}

    def _service(self, service: str) -> State:
        try:
            answer = self._http.request("GET", f"{self._plan.web(service)}/readyz")
            state: State = json.loads(answer.data)["services"][service]
        except (HTTPError, ValueError, KeyError) as error:
            return {"status": "unready", "alarms": [], "fault": type(error).__name__}
        return state

    def _down(self) -> list[str]:
        """Return the programs that do not run at the moment."""
        try:
            states = self._supervisor.states()
        except LOST:
            return ["supervisor"]
        down = {name for name, state in states.items() if state not in {RUNNING, "STARTING"}}
        down |= {f"work-{name}" for name, pulse in self._pulses.items() if not pulse.lively()}
        return sorted(down | (set() if self._broker_answers() else {"broker"}))

    def _broker_answers(self) -> bool:
        try:
            socket.create_connection(self._broker, timeout=1).close()
        except OSError:
            return False
        return True


class Handler(BaseHTTPRequestHandler):
    """Answers every GET with the state; nothing is read from the request."""

    readiness: Readiness
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "onward", ""

    def do_GET(self) -> None:
        """Answer with the state of the whole."""
        state = self.readiness.state()
        text = json.dumps(state).encode()
        self.send_response(503 if state["status"] == "unready" else 200)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(text))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing: the proxy has a line for each request."""


def main(var: Path) -> int:
    """Answer until stopped."""
    die_with_parent()
    plan = Plan.read(var)
    if plan is None:
        raise InvalidError(f"`make up` never ran in {var}")
    Handler.readiness = Readiness(plan)
    ThreadingHTTPServer(("127.0.0.1", plan.ports["ready"]), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    folder = Path(*words(__doc__, "FOLDER"))
    sys.exit(ended("ready", lambda: main(folder)))
