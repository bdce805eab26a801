"""All services behind one address, in one process (the embedded profile).

Promise: a path reaches exactly the service that owns it; /readyz at the origin is 200
only when every service is ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from shared import metrics
from shared.web.access import is_local
from shared.web.health import collectors, readiness, status_of
from shared.web.paths import OWNERS, owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

REASONS = {200: "200 OK", 503: "503 Service Unavailable"}


class Dispatcher:
    """One WSGI application that hands each request to the service owning its path."""

    def __init__(self, apps: Mapping[str, Flask]) -> None:
        self.apps = apps
        self.front = apps.get(OWNERS["/"]) or next(iter(apps.values()))

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO") or "/"
        if path == "/healthz":
            return self._tell(start, 200, {"status": "alive"})
        if path == "/readyz":
            return self._tell(start, *self.readiness())
        if path == "/metrics" and is_local(environ):
            return self._answer(start, 200, metrics.CONTENT_TYPE, self.metrics())
        return self.apps.get(owner(path), self.front)(environ, start)

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Return the state of the whole: as bad as its worst service."""
        states = {name: readiness(app) for name, app in self.apps.items()}
        found = {state["status"] for state in states.values()}
        worst = next((s for s in ("unready", "degraded") if s in found), "ready")
        return max(map(status_of, states.values())), {"status": worst, "services": states}

    def metrics(self) -> bytes:
        """Return what all services count, for Prometheus."""
        return metrics.exposition(one for app in self.apps.values() for one in collectors(app))

    @classmethod
    def _tell(cls, start: StartResponse, status: int, body: dict[str, Any]) -> list[bytes]:
        return cls._answer(start, status, "application/json", orjson.dumps(body))

    @staticmethod
    def _answer(start: StartResponse, status: int, kind: str, text: bytes) -> list[bytes]:
        start(
            REASONS[status],
            [
                ("Content-Type", kind),
                ("Content-Length", str(len(text))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [text]
