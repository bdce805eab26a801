"""The log tells what happened and never to whom."""

from __future__ import annotations

import io
import json
import logging
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import observe, redaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

Lines = "Callable[[], list[dict[str, Any]]]"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers, root.level, threading.excepthook, logging.raiseExceptions)
    observe.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level, threading.excepthook, logging.raiseExceptions = before


def test_a_safe_fact_is_written(lines: Callable[[], list[dict[str, Any]]]) -> None:
    observe.logger("intake").info("batch.done", count=3, state="sent", request_id=uuid4())

    assert (
        lines()[0].items()
        >= {
            "event": "batch.done",
            "count": 3,
            "state": "sent",
            "service": "intake",
            "level": "info",
        }.items()
    )


@given(key=st.text(min_size=1).filter(lambda k: k not in redaction.SAFE_KEYS), value=st.text())
def test_an_unknown_key_is_redacted_whatever_it_holds(key: str, value: str) -> None:
    assert redaction.redact(None, "", {key: value}) == {key: redaction.REDACTED}


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.org",
        "Ann.O'Neill+x@mail.example",
        "07700 900123",
        "+447700900123",
        "(020) 7946 0958",
        "943 476 5919",
        "SW18 2PU",
        "sw182pu",
        "1980-01-02",
        "2/1/1980",
        "eyJhbGciOi.eyJzdWIi.c2ln",
    ],
)
def test_what_looks_personal_is_masked_anywhere_in_a_text(text: str) -> None:
    masked = observe.mask(f"before {text} after")

    assert text not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_ids_and_times_are_not_mistaken_for_personal_data() -> None:
    text = f"{uuid4()} 2026-11-21T22:31:53.642040Z /requests/<uuid:request_id>"

    assert observe.mask(text) == text


@pytest.mark.parametrize(
    "event",
    [
        {"event": "Told Ann Kowalska"},
        {"reason": "she lives with her mother"},
        {"state": {"name": "Ann"}},
        {"state": b"Ann"},
        {"count": ["Ann Kowalska"]},
    ],
)
def test_sentences_and_structures_under_safe_keys_are_redacted(event: dict[str, Any]) -> None:
    assert "Ann" not in str(redaction.redact(None, "", dict(event)))
    assert "mother" not in str(redaction.redact(None, "", dict(event)))


def test_an_exception_is_told_by_place_and_class_not_in_its_words(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    try:
        int("Ann Kowalska, 07700 900123")
    except ValueError:
        observe.logger("intake").exception("batch.failed")

    assert lines()[0]["exception"][0] == "builtins.ValueError"
    assert any("test_observe.py" in place for place in lines()[0]["exception"])
    assert "Ann" not in json.dumps(lines())


def test_a_thread_that_dies_is_told_without_its_words(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    def fail() -> None:
        raise ValueError("Ann Kowalska")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    assert [line["event"] for line in lines()] == ["thread.died"]
    assert "Ann" not in json.dumps(lines())


def test_a_line_that_cannot_be_written_is_not_printed_raw_instead(
    lines: Callable[[], list[dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    class FullDisk(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    observe.configure(FullDisk())

    observe.logger("intake").info("batch.done", state="Ada Lovelace")

    assert capsys.readouterr().err == ""


def test_before_it_is_configured_a_line_is_redacted_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    observe.logger("intake").warning("early", story="Ann Kowalska")

    assert "early" in caplog.text
    assert "Kowalska" not in caplog.text


def test_of_a_library_only_the_template_is_written(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    logging.getLogger("sqlalchemy").warning("row %s failed", "Ann Kowalska")
    logging.getLogger("somebody").warning("row Ann Kowalska failed")

    assert [line["event"] for line in lines()] == ["row %s failed", redaction.REDACTED]


def test_a_request_is_one_line_with_the_route_not_the_path(
    client: FlaskClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    sent, thing = str(uuid4()), str(uuid4())
    response = client.get(f"/tiny/things/{thing}?name=Kowalska", headers={"X-Request-Id": sent})
    [line] = [line for line in lines() if line["event"] == "request"]

    assert response.headers["X-Request-Id"] == sent
    assert (
        line.items()
        >= {
            "method": "GET",
            "route": "/tiny/things/<uuid:thing_id>",
            "status": 200,
            "service": "tiny",
            "correlation_id": sent,
        }.items()
    )
    assert thing not in json.dumps(lines())
    assert "Kowalska" not in json.dumps(lines())


@pytest.mark.parametrize("given_id", ["07700900123", "ann@example.org", "Kowalska", "a" * 500])
def test_a_request_id_that_is_no_uuid_is_replaced(client: FlaskClient, given_id: str) -> None:
    response = client.get("/tiny/page", headers={"X-Request-Id": given_id})

    assert response.headers["X-Request-Id"] != given_id


def test_the_failure_of_a_view_is_logged_with_its_request(
    client: FlaskClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    response = client.get("/tiny/raise/unforeseen")
    failed = [line for line in lines() if "exception" in line]

    assert [line["correlation_id"] for line in failed] == [response.headers["X-Request-Id"]]
    assert "Kowalska" not in json.dumps(lines())
    assert "900123" not in json.dumps(lines())


def test_each_request_starts_with_an_id_of_its_own(client: FlaskClient) -> None:
    ids = {client.get("/tiny/healthz").headers["X-Request-Id"] for _ in range(5)}

    assert len(ids) == 5


def test_a_request_within_a_request_leaves_the_outer_id_alone(client: FlaskClient) -> None:
    outer = observe.bind_correlation()
    inner = client.get("/tiny/healthz").headers["X-Request-Id"]

    assert observe.correlation_id() == outer
    assert inner != outer
    observe.clear_correlation()
