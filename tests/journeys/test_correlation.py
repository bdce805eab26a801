"""One id ties an HTTP request to every message, log entry and log line that follows from it."""

from __future__ import annotations

import json
import uuid

from driving.census import SERVICES, Census
from driving.load import open_wide, partners
from driving.running import RunningHub
from driving.stories import a_story


def test_one_correlation_id_runs_from_the_request_to_the_last_mail_and_log_line(
    own_hub: RunningHub,
) -> None:
    own_hub.start()
    recipient = open_wide(own_hub)
    partner, own_id = partners(own_hub, 1)[0], str(uuid.uuid4())
    body = a_story(partner.notice, [recipient])
    headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Request-Id": own_id}

    answer = partner.call("POST", "/api/v1/requests", body, headers)
    census = Census(own_hub.var)
    census.until_settled()

    assert answer.status == 201
    assert answer.headers["X-Request-Id"] == own_id
    announced = [
        (service, row[0])
        for service in SERVICES
        for row in census.rows(service, "SELECT type, headers FROM outbox")
        if json.loads(row[1])["correlationid"] == own_id
    ]
    assert {"intake", "matching", "notify"} <= {service for service, _ in announced}
    sent = [kind for _, kind in announced if kind == "notification.sent.v1"]
    assert len(sent) >= 3
    leaves = [json.loads(row[0]) for row in census.rows("audit", "SELECT leaf FROM entry")]
    tied = [leaf for leaf in leaves if leaf.get("http_request_id") == own_id]
    assert len(tied) == len(announced)
    lines = [line for line in own_hub.said().splitlines() if own_id in line]
    assert any('"status":201' in line for line in lines), own_hub.said()[-2000:]
