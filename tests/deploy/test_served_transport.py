"""Asking identity over HTTP: briefly, under its public name, and without saying too much."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from driving.running import free_port
from shared.identity import IssuerUnreachableError
from shared.web.transport import OverHttp

PUBLIC = "https://hub.example"
Answer = tuple[int, bytes, dict[str, str]]


class Issuer:
    """An issuer that answers as it is told and notes how it was asked."""

    def __init__(self) -> None:
        self.answer: Answer = (200, b"{}", {})
        self.asked: list[dict[str, Any]] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                issuer.asked.append({"path": self.path, "body": body, **dict(self.headers)})
                status, text, headers = issuer.answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _any  # noqa: N815 - the names the library calls

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()


def fetch(url: str) -> Any:
    return OverHttp(url, PUBLIC).get_json("/oauth/jwks.json")


def exchange(url: str) -> Any:
    return OverHttp(url, PUBLIC).post_form("/oauth/token", {"code": "c0de &=", "x": "y"})


def test_keys_are_fetched_from_the_issuers_own_port_under_its_public_name(issuer: Issuer) -> None:
    issuer.answer = (200, json.dumps({"keys": []}).encode(), {})

    assert fetch(issuer.url) == {"keys": []}
    assert issuer.asked[0]["path"] == "/oauth/jwks.json"
    assert issuer.asked[0]["Host"] == "hub.example"


def test_a_code_is_exchanged_as_a_form_and_a_refusal_is_an_answer(issuer: Issuer) -> None:
    issuer.answer = (400, b'{"error": "invalid_grant"}', {})

    assert exchange(issuer.url) == (400, {"error": "invalid_grant"})
    assert issuer.asked[0]["body"] == "code=c0de+%26%3D&x=y"


@pytest.mark.parametrize("ask", [fetch, exchange])
@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}", {}),
        (200, b"<html>", {}),
        (200, b"[]", {}),
        (200, b'{"a": "' + b"x" * 70_000 + b'"}', {}),
    ],
    ids=["fault", "page", "list", "flood"],
)
def test_an_issuer_that_answers_strangely_counts_as_unreachable(
    issuer: Issuer, answer: Answer, ask: Callable[[str], Any]
) -> None:
    issuer.answer = answer

    with pytest.raises(IssuerUnreachableError):
        ask(issuer.url)


def test_a_code_is_sent_nowhere_else(issuer: Issuer) -> None:
    issuer.answer = (302, b"{}", {"Location": f"{issuer.url}/elsewhere"})

    exchange(issuer.url)

    assert len(issuer.asked) == 1


@pytest.mark.parametrize("ask", [fetch, exchange])
def test_an_issuer_that_is_down_is_told_without_what_was_asked(ask: Callable[[str], Any]) -> None:
    with pytest.raises(IssuerUnreachableError) as told:
        ask(f"http://127.0.0.1:{free_port()}")

    assert "c0de" not in str(told.value)
    assert told.value.__cause__ is None
