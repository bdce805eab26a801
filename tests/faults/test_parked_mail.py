"""A message that a service could not handle: named to the operator, and handed over again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import parish as village
from deploy import doctor
from driving.census import Census
from driving.running import RunningHub
from parish import UNBEARABLE, Parish
from shared.bus.embedded import EmbeddedBus
from shared.bus.parked import hand_again, parked
from shared.ids import new_id
from tests.faults.enduring import until


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def test_what_was_parked_is_handed_again_and_has_its_effect_once(
    parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = EmbeddedBus([parish.bell, parish.ear], [parish.listener, parish.ringer])
    bus.start()
    ring = parish.ring(UNBEARABLE)
    until(lambda: parked(parish.bell), "parked")
    (one,) = parked(parish.bell)
    assert (one.type, one.announcer, one.subscriber) == ("bell.rang.v1", "bell", "ear")
    assert one.reason == "Permanent: too loud to bear"

    monkeypatch.setattr(village, "UNBEARABLE", -1)
    hand_again(one, parish.bell, parish.ear)

    until(parish.echoed, "heard")
    bus.stop()
    assert (parish.heard(), parish.echoed()) == ([ring], [ring])
    assert parked(parish.bell) == []
    assert parish.rows(parish.ear, "alarms") == []
    assert parish.rows(parish.ear, "inbox_failure") == []


@pytest.mark.faults
def test_a_running_hub_names_what_is_parked_and_works_on(
    own_hub: RunningHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_hub:
        monkeypatch.setenv("ONWARD_VAR", str(own_hub.var))
        Census(own_hub.var).until_settled()
        assert doctor.main([]) == 0
        own_hub.stop()
        message_id = an_unreadable_event(own_hub)
        own_hub.start()
        census = Census(own_hub.var)
        census.until_settled()

        assert doctor.main([]) == 1
        told = " ".join(capsys.readouterr().out.split())  # the screen folds long lines

        assert f"PARKED {message_id} request.submitted.v1 from intake for matching" in told
        assert "docs/runbook.md#parked-mail" in told
        assert own_hub.readiness()[1]["status"] == "degraded"
        assert doctor.main(["--retry", message_id]) == 0
        until(lambda: census.rows("matching", "SELECT 1 FROM inbox_failure"), "parked again")


def an_unreadable_event(hub: RunningHub) -> str:
    """Write, in intake's own name, an event whose fields nobody can read."""
    message_id = new_id()
    with sqlite3.connect(hub.var / "intake.sqlite3") as db:
        db.execute(
            """INSERT INTO outbox (message_id, type, subject, headers, body, created_at,
                                   producer_seq, producer_prev)
               SELECT ?, 'request.submitted.v1', ?, '{"actor": {"kind": "system"}}', ?,
                      datetime('now'), coalesce(max(producer_seq), 0) + 1, '' FROM outbox""",
            (message_id.hex, str(new_id()), b"{}"),
        )
    return str(message_id)
