"""Tell whether this service is alive, and whether it can do its work.

Promise: /healthz answers while the process lives; /readyz is 200 only when the store answers
and nothing keeps it from being written; an alarm makes it `degraded`, still 200, and is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared.errors import OnwardError
from shared.web.access import public

if TYPE_CHECKING:
    from flask import Flask, Response


def readiness(app: Flask) -> dict[str, Any]:
    """Return the state of one service: ready, degraded with its alarms, or unready."""
    store = app.extensions["store"]
    if store is None:
        return {"status": "ready", "alarms": []}
    table = store.metadata.tables["alarms"]
    try:
        store.check()
        with store.read() as tx:
            alarms = tx.all(select(table.c.name, table.c.since))
    except (OnwardError, SQLAlchemyError, OSError) as error:
        return {"status": "unready", "alarms": [], "fault": type(error).__name__}
    told = [{"name": row.name, "since": row.since.isoformat()} for row in alarms]
    return {"status": "degraded" if told else "ready", "alarms": told}


def status_of(state: dict[str, Any]) -> int:
    """Return the HTTP status of a readiness."""
    return 503 if state["status"] == "unready" else 200


def install(app: Flask, service: str) -> None:
    """Add /<service>/healthz and /<service>/readyz."""

    @app.get(f"/{service}/healthz", endpoint="healthz")
    @public("tells only that the process lives")
    def healthz() -> Response:
        return jsonify(status="alive", service=service)

    @app.get(f"/{service}/readyz", endpoint="readyz")
    @public("tells states and names of alarms, never data")
    def readyz() -> tuple[Response, int]:
        state = readiness(app)
        return jsonify(service=service, **state), status_of(state)
