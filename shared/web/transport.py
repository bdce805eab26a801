"""How a service reaches identity, and nothing else: its public keys and the code exchange.

Promise: in one process the request goes straight into identity's WSGI app, without a socket;
between processes it is one short HTTP request, which is given up rather than waited for.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import orjson
import urllib3
from urllib3.exceptions import HTTPError
from werkzeug.test import Client

from shared import observe
from shared.identity import IssuerUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIApplication
    from urllib3 import BaseHTTPResponse
    from werkzeug.test import TestResponse

_OK = 200
_SERVER_FAULT = 500
_PATIENCE = urllib3.Timeout(connect=1.0, read=5.0)
_LARGEST = 64 * 1024  # bytes of a key set or a token answer; more is not from identity
_KEPT_OPEN = 4


class Transport(Protocol):
    """Carries the two requests that services may make over HTTP."""

    def get_json(self, path: str) -> Mapping[str, Any]:
        """Return the JSON document at *path* of the issuer."""
        ...

    def post_form(self, path: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Post *form* to *path* of the issuer; return status and JSON answer."""
        ...


class InProcess:
    """Calls identity's WSGI app directly."""

    def __init__(self, wsgi: WSGIApplication, base_url: str) -> None:
        self._client = Client(wsgi, use_cookies=False)
        self._base_url = base_url

    def get_json(self, path: str) -> Mapping[str, Any]:
        """Return the JSON document at *path* of the issuer."""
        answer = self._send("GET", path)
        if answer.status_code != _OK:
            raise IssuerUnreachableError(f"the issuer answered {answer.status_code}")
        return _json(answer)

    def post_form(self, path: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Post *form* to *path* of the issuer; return status and JSON answer."""
        answer = self._send("POST", path, data=dict(form))
        if answer.status_code >= _SERVER_FAULT:
            raise IssuerUnreachableError(f"the issuer answered {answer.status_code}")
        return answer.status_code, _json(answer)

    def _send(self, method: str, path: str, **how: Any) -> TestResponse:  # noqa: ANN401
        # Its own context: the inner request must not touch what the outer one has bound.
        return copy_context().run(
            self._client.open, path, method=method, base_url=self._base_url, **how
        )


def _document(answer: BaseHTTPResponse) -> Mapping[str, Any]:
    try:
        document = orjson.loads(answer.data) if len(answer.data) <= _LARGEST else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise IssuerUnreachableError("the issuer did not answer with JSON")
    return document


def _json(answer: TestResponse) -> Mapping[str, Any]:
    document = answer.get_json(silent=True)
    if not isinstance(document, dict):
        raise IssuerUnreachableError("the issuer did not answer with JSON")
    return document


class OverHttp:
    """Asks the issuer at *base_url* over HTTP; where it runs beside us, that is its own port.

    *public_url* is the address it is known by: it answers to no other name.
    """

    def __init__(self, base_url: str, public_url: str | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Host": urlsplit(public_url or base_url).netloc}
        # Neither redirects nor proxies: nobody else is to see a sign-in code. One new try only
        # where nothing was sent; a code may be used once.
        retries = urllib3.Retry(total=1, connect=1, read=0, redirect=0, status=0, other=0)
        self._pool = urllib3.PoolManager(
            maxsize=_KEPT_OPEN, timeout=_PATIENCE, retries=retries, headers=self._headers
        )

    def get_json(self, path: str) -> Mapping[str, Any]:
        """Return the JSON document at *path* of the issuer."""
        answer = self._send("GET", path)
        if answer.status != _OK:
            raise IssuerUnreachableError(f"the issuer answered {answer.status}")
        return _document(answer)

    def post_form(self, path: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Post *form* to *path* of the issuer; return status and JSON answer."""
        answer = self._send("POST", path, fields=dict(form), encode_multipart=False)
        if answer.status >= _SERVER_FAULT:
            raise IssuerUnreachableError(f"the issuer answered {answer.status}")
        return answer.status, _document(answer)

    def _send(self, method: str, path: str, **how: Any) -> BaseHTTPResponse:  # noqa: ANN401
        headers = {**self._headers, "X-Request-Id": observe.correlation_id()}
        try:
            return self._pool.request(
                method, self._base_url + path, headers=headers, redirect=False, **how
            )
        except HTTPError as error:
            # The kind alone: what the library says quotes the address, and so the query.
            raise IssuerUnreachableError(f"no answer: {type(error).__name__}") from None
