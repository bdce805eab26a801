"""How a service reaches identity, and nothing else: its public keys and the code exchange.

Promise: in one process the request goes straight into identity's WSGI app, without a socket.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.test import Client

from shared.identity import IssuerUnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIApplication
    from werkzeug.test import TestResponse

_OK = 200
_SERVER_FAULT = 500


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


def _json(answer: TestResponse) -> Mapping[str, Any]:
    document = answer.get_json(silent=True)
    if not isinstance(document, dict):
        raise IssuerUnreachableError("the issuer did not answer with JSON")
    return document
