"""Tell whether this service is alive, whether it can do its work, and what it counts.

Promise: /healthz answers while the process lives; /readyz is 200 only when the store answers
and nothing keeps it from being written; an alarm makes it `degraded`, still 200, and is named.
/metrics is for programs on this machine and names nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared import metrics
from shared.errors import OnwardError
from shared.metrics_tables import TableMetrics, backlog
from shared.observe_lag import ALARM, is_late
from shared.web.access import machine, public

if TYPE_CHECKING:
    from flask import Flask

    from shared.metrics import Collector
    from shared.storage import Store, Transaction


def readiness(app: Flask) -> dict[str, Any]:
    """Return the state of one service: ready, degraded with its alarms, or unready."""
    store = app.extensions["store"]
    if store is None:
        return {"status": "ready", "alarms": []}
    try:
        store.check()
        with store.read() as tx:
            alarms = standing(tx)
    except (OnwardError, SQLAlchemyError, OSError) as error:
        return {"status": "unready", "alarms": [], "fault": type(error).__name__}
    paused = {"paused": True} if app.extensions["paused"]() else {}
    return {"status": "degraded" if alarms or paused else "ready", "alarms": alarms, **paused}


def standing(tx: Transaction) -> list[dict[str, str]]:
    """Return the alarms of one service, and that of a carrier too dead to raise its own."""
    table = tx.table("alarms")
    rows = tx.all(select(table.c.name, table.c.since).order_by(table.c.since))
    known, waiting = {row.name: row.since for row in rows}, backlog(tx)
    if is_late(waiting) and waiting.since is not None:
        known.setdefault(ALARM, waiting.since)
    return [{"name": name, "since": since.isoformat()} for name, since in known.items()]


def status_of(state: dict[str, Any]) -> int:
    """Return the HTTP status of a readiness."""
    return 503 if state["status"] == "unready" else 200


def install(app: Flask, service: str) -> None:
    """Add /<service>/healthz, /<service>/readyz and /<service>/metrics."""
    app.extensions["paused"] = lambda: False
    app.extensions["collectors"] = _collectors(service, app.extensions["store"])

    @app.get(f"/{service}/healthz", endpoint="healthz")
    @public("tells only that the process lives")
    def healthz() -> Response:
        return jsonify(status="alive", service=service)

    @app.get(f"/{service}/readyz", endpoint="readyz")
    @public("tells states and names of alarms, never data")
    def readyz() -> tuple[Response, int]:
        state = readiness(app)
        return jsonify(service=service, **state), status_of(state)

    @app.get(f"/{service}/metrics", endpoint="metrics")
    @machine("counts are for whoever watches this machine")
    def told() -> Response:
        text = metrics.exposition(collectors(app))
        return Response(text, content_type=metrics.CONTENT_TYPE)


def _collectors(service: str, store: Store[Any] | None) -> list[Collector]:
    counted: list[Collector] = [metrics.of(service)]
    return counted if store is None else [*counted, TableMetrics(store)]


def collectors(app: Flask) -> list[Collector]:
    """Return what tells the metrics of one service; a service may add its own."""
    known: list[Collector] = app.extensions["collectors"]
    return known
