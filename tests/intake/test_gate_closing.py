"""What an agency declined it may no longer read; when intake heard of it late, somebody is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.intake.steps import LATEST_CLOSING
from shared import metrics
from shared.alarms import Alarm, alarms
from shared.bus import Message
from shared.ids import new_id
from tests.intake.desk import ADVICE, DEBT, Desk


def declines(desk: Desk, request: UUID, referral: UUID, late: timedelta) -> None:
    told = {"request_id": request, "referral_id": referral, "reason": "NO_CAPACITY"}
    body = orjson.dumps({**told, "service_id": DEBT, "agency_id": ADVICE})
    message = Message(
        id=new_id(),
        type="referral.declined.v1",
        producer="matching",
        subject=str(referral),
        time=desk.clock.now() - late,
        sequence=4,
        actor={"kind": "system"},
        correlation_id=None,
        causation_id=None,
        expires=None,
        producer_epoch=str(new_id()),
        producer_seq=99,
        producer_prev="",
        body=body,
    )
    assert desk.worker.deliver([message]) == {}


def standing(desk: Desk) -> list[Alarm]:
    with desk.store.read() as tx:
        return alarms(tx)


def closings() -> tuple[float, float]:
    """Return how many closings were counted, and the seconds they took together."""
    text = metrics.exposition([metrics.of("intake")]).decode()
    values = {
        one.name: one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    name = "onward_gate_closing_lag_seconds"
    return values.get(f"{name}_count", 0.0), values.get(f"{name}_sum", 0.0)


@pytest.mark.parametrize(("seconds", "told"), [(0, False), (LATEST_CLOSING, False), (61, True)])
def test_a_gate_that_closed_a_minute_late_raises_an_alarm(
    desk: Desk, seconds: float, *, told: bool
) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "proposed", "sent", "opened")

    declines(desk, submitted.id, referral, timedelta(seconds=seconds))

    raised = [(one.name, one.anchor) for one in standing(desk)]
    assert raised == ([("gate_closed_late", "gate-closed-late")] if told else [])


def test_how_late_each_gate_closed_is_counted(desk: Desk) -> None:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "proposed", "sent", "opened")
    count, seconds = closings()

    declines(desk, submitted.id, referral, timedelta(seconds=7))

    assert closings() == (count + 1, pytest.approx(seconds + 7))
