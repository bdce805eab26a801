"""Errors as answers: RFC 9457 problem+json for programs, a plain page for people.

Promise: every error class has one status and one stable type; a server fault tells no
details; what a caller may not see answers exactly like what does not exist.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, NotFound

from shared import observe
from shared.errors import (
    ClockBehindError,
    ConflictError,
    Fault,
    ForbiddenError,
    InvalidError,
    KeyTakenError,
    NotFoundError,
    OnwardError,
    Permanent,
    StorageUnavailableError,
    Transient,
)
from shared.web import pages
from shared.web.paths import is_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask

STATUSES: dict[type[OnwardError], int] = {
    InvalidError: 422,
    NotFoundError: 404,
    ConflictError: 409,
    KeyTakenError: 409,
    ForbiddenError: 403,
    StorageUnavailableError: 503,
    ClockBehindError: 503,
    Transient: 503,
    Permanent: 400,
    OnwardError: 500,
}
"""The one table. A service adds its own classes through build_app(statuses={...})."""

SLUGS = {status: re.sub(r"[^a-z]+", "-", status.phrase.lower()) for status in HTTPStatus}
SLUGS |= {HTTPStatus(413): "too-large", HTTPStatus(422): "invalid"}  # renamed by Python 3.13
DETAILS = {
    400: "The request could not be read.",
    401: "A valid access token is needed.",
    403: "You may not do this.",
    404: "There is nothing here for you to see.",
    405: "This address does not answer this method.",
    406: "This address cannot answer in that format.",
    412: "The record has changed since you looked.",
    413: "The body is larger than 1,000,000 bytes.",
    415: "The body must be application/json.",
    422: "What was sent breaks a rule; see errors.",
    428: "Send If-Match with the version you have seen.",
    429: "Too many tries. Wait, then try again.",
    500: "Something went wrong on our side.",
    503: "We cannot do this at the moment. Try again soon.",
}
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
URN = "urn:onward:problem:"


def install(app: Flask, statuses: Mapping[type[OnwardError], int]) -> None:
    """Answer every error of *app* from the table, widened by the service's own classes."""
    app.extensions["onward.statuses"] = {**STATUSES, **statuses}
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(CSRFError, answer_csrf)
    app.register_error_handler(OnwardError, answer_onward)


def answer_onward(error: OnwardError) -> Response:
    """Answer one of our own errors."""
    kind, status = type(error), status_of(type(error))
    if status == HTTPStatus.NOT_FOUND:
        return answer_http(NotFound())
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _answer_fault_of_ours(error, status)
    detail = str(error) or title_of(kind)
    if not is_api(request.path):
        return pages.answer(status, detail=detail)
    faults, members = tuple(getattr(error, "errors", ())), getattr(error, "members", {})
    return problem(status, slug_of(kind), title_of(kind), detail, faults, members)


def _answer_fault_of_ours(error: OnwardError, status: int) -> Response:
    """Log where it happened; tell the caller only the kind of trouble and when to return."""
    kind = type(error)
    log = observe.logger(current_app.name)
    log.error("request.failed", fault=slug_of(kind), status=status, exc_info=error)
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if not is_api(request.path):
        return pages.answer(status, headers=headers)
    return problem(status, slug_of(kind), title_of(kind), DETAILS[status], headers=headers)


def answer_http(error: HTTPException) -> Response:
    """Answer an error of the web framework or of a view's abort()."""
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return current_app.make_response(error.get_response())
    given = error.get_response().headers
    headers = {name: given[name] for name in KEPT_HEADERS if name in given}
    headers |= dict((getattr(error, "data", None) or {}).get("headers") or {})
    if not is_api(request.path):
        return pages.answer(error.code, headers=headers)
    status = HTTPStatus(error.code)
    detail = DETAILS.get(status, status.phrase)
    return problem(status, SLUGS[status], status.phrase, detail, _faults(error), {}, headers)


def answer_csrf(error: CSRFError) -> Response:
    """Refuse a form whose token is missing, old or foreign; keep nothing of it."""
    if is_api(request.path):
        return answer_http(error)
    return pages.answer(400, page="form_refused")


def problem(  # noqa: PLR0913, PLR0917 - the members of RFC 9457, in its order
    status: int,
    slug: str,
    title: str,
    detail: str,
    faults: tuple[Any, ...] = (),
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build one problem+json answer."""
    body: dict[str, Any] = {
        **(members or {}),
        "type": URN + slug,
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": f"urn:uuid:{observe.correlation_id()}",
    }
    if faults:
        body["errors"] = [_shown(fault) for fault in faults]
    text = current_app.json.dumps(body)
    answer = Response(text, int(status), mimetype="application/problem+json")
    answer.headers.extend(headers or {})
    return answer


def status_of(kind: type[OnwardError]) -> int:
    """Return the status of the nearest class of the table."""
    table: dict[type, int] = current_app.extensions["onward.statuses"]
    return next(table[ancestor] for ancestor in kind.__mro__ if ancestor in table)


def slug_of(kind: type[OnwardError]) -> str:
    """Return the stable type of an error: its class name, in kebab case."""
    name = kind.__name__.removesuffix("Error") or "Onward"
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def title_of(kind: type[OnwardError]) -> str:
    """Return the first line of the error's docstring."""
    return (kind.__doc__ or "Something went wrong.").strip().splitlines()[0]


def _shown(fault: Fault | dict[str, str]) -> dict[str, str]:
    if isinstance(fault, Fault):
        return {"pointer": fault.pointer, "detail": fault.detail}
    return fault


def _faults(error: HTTPException) -> tuple[dict[str, str], ...]:
    """Translate what webargs and marshmallow found into pointers."""
    data = getattr(error, "data", None) or {}
    found = data.get("errors") or data.get("messages") or {}
    if not isinstance(found, dict):
        return ()
    return tuple(
        {"pointer": pointer, "detail": detail} | ({} if place == "json" else {"in": str(place)})
        for place, messages in found.items()
        for pointer, detail in pointers(messages)
    )


def pointers(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Walk marshmallow's nested messages; yield (RFC 6901 pointer, detail)."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + _escaped(key)
            yield from pointers(inner, path + step)
    elif isinstance(messages, list):
        for inner in messages:
            yield from pointers(inner, path)
    else:
        yield path, str(messages)


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
