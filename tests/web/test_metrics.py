"""What is counted: by route pattern and type, never by what somebody sent; told here only."""

from __future__ import annotations

import io
import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from shared import observe
from shared.alarms import raise_alarm
from shared.observe_lag import ALARM, LIMIT, LagWatch
from shared.storage import Store, metadata_for
from shared.testing.clock import FixedClock
from shared.web.dispatcher import Dispatcher
from tests.web.conftest import make_tiny

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

OUTSIDE = {"REMOTE_ADDR": "192.0.2.7"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def told(client: FlaskClient | Client, path: str = "/tiny/metrics") -> Samples:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return read(answer.get_data(as_text=True))


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset({"service": "tiny", **labels}.items())), 0.0)


def answered(samples: Samples, route: str, status: str = "200", method: str = "GET") -> float:
    return value(
        samples,
        "http_server_request_duration_seconds_count",
        http_route=route,
        http_request_method=method,
        http_response_status_code=status,
    )


def test_requests_are_counted_by_pattern_never_by_path(client: FlaskClient) -> None:
    thing, before = uuid4(), told(client)
    client.get(f"/tiny/things/{thing}")
    client.get(f"/tiny/things/{thing}")

    text = client.get("/tiny/metrics").get_data(as_text=True)

    pattern = "/tiny/things/<uuid:thing_id>"
    assert answered(read(text), pattern) == answered(before, pattern) + 2
    assert str(thing) not in text


def test_a_path_or_method_that_nobody_has_leaves_no_word_of_itself(client: FlaskClient) -> None:
    client.get("/AnnOther/KR7-Q2M-88X")
    client.open("/tiny/page", method="ANNOTHER")

    text = client.get("/tiny/metrics").get_data(as_text=True)

    assert "AnnOther" not in text
    assert "ANNOTHER" not in text
    assert answered(read(text), "-", "404", "-") >= 1


@pytest.mark.parametrize(
    "environ",
    [
        OUTSIDE,
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "nonsense"},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.7"},
    ],
)
@pytest.mark.parametrize("path", ["/tiny/metrics", "/metrics"])
def test_whoever_is_not_on_this_machine_finds_nothing(
    app: Flask, environ: dict[str, str], path: str
) -> None:
    browser = Client(Dispatcher({"tiny": app}))

    refused = browser.get(path, environ_overrides={"REMOTE_ADDR": "127.0.0.1", **environ})
    absent = browser.get("/nowhere", environ_overrides=OUTSIDE)

    assert refused.status_code == absent.status_code == 404
    assert b"http_server_request" not in refused.data


def test_a_program_on_this_machine_is_answered_through_a_proxy_as_well(app: Flask) -> None:
    here = {"REMOTE_ADDR": "::1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}

    answer = Client(app).get("/tiny/metrics", environ_overrides=here)

    assert answer.status_code == 200


def test_the_origin_tells_every_service_and_names_each_family_once(tmp_path: Path) -> None:
    apps = {name: make_tiny(tmp_path, name) for name in ("intake", "audit")}
    browser = Client(Dispatcher(apps))
    here = {"REMOTE_ADDR": "127.0.0.1"}

    text = browser.get("/metrics", environ_overrides=here).get_data(as_text=True)

    services = {dict(labels)["service"] for _, labels in read(text)}
    helps = [line for line in text.splitlines() if line.startswith("# HELP")]
    assert services == {"intake", "audit"}
    assert len(helps) == len(set(helps)) > 10


def test_backlog_alarms_and_size_are_read_from_the_tables(app: Flask, client: FlaskClient) -> None:
    store = app.extensions["store"]
    with store.begin() as tx:
        raise_alarm(tx, "parked_mail", "one", "parked-mail")
        tx.insert(tx.table("inbox_failure"), message_id=uuid4(), error="no", at=tx.now)

    samples = told(client)

    assert value(samples, "onward_alarm_standing", alarm="parked_mail") == 1
    assert value(samples, "onward_parked_messages") == 1
    assert value(samples, "onward_outbox_unpublished") == 0
    assert value(samples, "onward_outbox_lag_seconds") == 0
    assert value(samples, "onward_database_bytes") > 4096
    assert value(samples, "onward_database_up") == 1


def test_a_database_that_cannot_be_read_is_told_and_counts_are_told_still(
    app: Flask, client: FlaskClient
) -> None:
    client.get("/tiny/page")
    store = app.extensions["store"]
    store.close()
    store.database.path.write_bytes(b"this is no database" * 100)

    samples = told(client)

    assert value(samples, "onward_database_up") == 0
    assert answered(samples, "/tiny/page") >= 1


def test_every_metric_is_told_in_the_runbook(app: Flask, client: FlaskClient) -> None:
    runbook = (Path(__file__).parents[2] / "docs/runbook.md").read_text("utf-8")

    families = list(text_string_to_metric_families(client.get("/tiny/metrics").text))

    totals = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    assert len(totals) > 10
    assert {name for name in totals if f"`{name}`" not in runbook} == set()


def a_waiting_message(store: Store) -> None:
    with store.begin() as tx:
        row = {"message_id": uuid4(), "type": "bell.rang.v1", "subject": "s", "body": b"{}"}
        tx.insert(
            tx.table("outbox"), **row, headers={"actor": {}}, created_at=tx.now, producer_seq=1
        )


def publish_all(store: Store) -> None:
    outbox = store.metadata.tables["outbox"]
    with store.begin() as tx:
        tx.execute(outbox.update().values(published_at=tx.now))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def slow(tmp_path: Path, clock: FixedClock) -> Store:
    return Store(tmp_path / "slow.sqlite3", metadata_for("slow"), clock=clock)


def names_of_alarms(store: Store) -> list[str]:
    with store.read() as tx:
        return [row.name for row in tx.all(store.metadata.tables["alarms"].select())]


def test_messages_that_wait_too_long_raise_an_alarm_that_goes_when_they_are_gone(
    slow: Store, clock: FixedClock
) -> None:
    watch = LagWatch(slow)
    a_waiting_message(slow)
    watch.look()
    early = names_of_alarms(slow)
    clock.advance(timedelta(seconds=LIMIT + 1))
    watch.look()
    watch.look()
    late = names_of_alarms(slow)
    publish_all(slow)
    watch.look()

    assert (early, late, names_of_alarms(slow)) == ([], ["messages_waiting"], [])


def test_a_carrier_too_dead_to_raise_its_alarm_degrades_all_the_same(
    app: Flask, client: FlaskClient, clock: FixedClock
) -> None:
    store = app.extensions["store"]
    store.clock = clock
    a_waiting_message(store)
    fresh = client.get("/tiny/readyz").json
    clock.advance(timedelta(seconds=LIMIT + 1))

    late, samples = client.get("/tiny/readyz"), told(client)

    assert fresh["status"] == "ready"
    assert (late.status_code, late.json["status"]) == (200, "degraded")
    assert [alarm["name"] for alarm in late.json["alarms"]] == [ALARM]
    assert value(samples, "onward_outbox_unpublished") == 1
    assert value(samples, "onward_outbox_lag_seconds") == LIMIT + 1


def test_a_subscriber_that_waits_for_its_database_degrades(app: Flask, client: FlaskClient) -> None:
    app.extensions["paused"] = lambda: True

    answer = client.get("/tiny/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["paused"] is True


def test_the_line_of_a_request_names_the_trace_that_was_sent(client: FlaskClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers, root.level, threading.excepthook, logging.raiseExceptions)
    observe.configure(stream)

    client.get("/tiny/page", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    client.get("/tiny/page", headers={"traceparent": "nonsense"})

    root.handlers, root.level, threading.excepthook, logging.raiseExceptions = before
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["trace_id"] == trace
    assert second["trace_id"] == second["correlation_id"].replace("-", "")
