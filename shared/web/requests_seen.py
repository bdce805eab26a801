"""One id and one log line for every request.

Promise: the line names the route's pattern, never the path with what someone put in it;
the id is echoed in X-Request-Id and travels with every message the request causes.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import structlog
from flask import g, request

from shared import metrics, observe, tracing

if TYPE_CHECKING:
    from flask import Flask, Response

HEADER = "X-Request-Id"


def install(app: Flask, service: str) -> None:
    """Bind the correlation id first of all, and write the line last of all."""
    log, counted = observe.logger(service), metrics.of(service)

    @app.before_request
    def begin() -> None:
        g.outer = observe.bound_correlation()  # one service may ask another within a request
        chosen = observe.bind_correlation(request.headers.get(HEADER))
        tracing.begin(request.headers.get(tracing.HEADER), chosen)
        g.began = perf_counter()

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        observe.restore_correlation(g.pop("outer", None))
        structlog.contextvars.clear_contextvars()

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers[HEADER] = observe.correlation_id()
        known = request.url_rule
        method, route = (request.method, known.rule) if known else ("-", "-")
        seconds = perf_counter() - g.began if "began" in g else 0.0
        counted.answered(method, route, response.status_code, seconds)
        if request.endpoint == "static_file":
            return response
        log.info(
            "request",
            method=method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            bytes=response.content_length,
        )
        return response
