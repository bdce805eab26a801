"""What an operator sees of the served profile: one screen, and what its workers count."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy import doctor
from deploy.served import SERVICES
from driving.served import ServedHub
from driving.waiting import looks


@pytest.fixture
def told(
    served_hub: ServedHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    monkeypatch.setenv("ONWARD_VAR", str(served_hub.var))
    code = doctor.main([])
    return code, capsys.readouterr().out


def test_the_doctor_looks_into_databases_queues_and_programs(told: tuple[int, str]) -> None:
    code, said = told

    assert (code, "Nothing stands in the way." in said) == (0, True), said
    assert "10 of 10 queues have a leader" in said
    assert said.count("1 reader") == 5
    assert "?" not in said
    assert "all signed" in said


def test_what_a_worker_counts_is_told_by_its_services_web_process(served_hub: ServedHub) -> None:
    with urllib.request.urlopen(f"{served_hub.base_url}/notify/metrics", timeout=20) as answer:
        text = answer.read().decode()

    heard = [
        one
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == "messaging_client_consumed_messages_total" and one.value
    ]
    assert {one.labels["service"] for one in heard} == {"notify"}
    assert {"staff.changed.v1", "agency.changed.v1"} <= {one.labels["type"] for one in heard}


def test_what_a_relay_sent_is_counted(served_hub: ServedHub) -> None:
    with urllib.request.urlopen(f"{served_hub.base_url}/identity/metrics", timeout=20) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))

    values = {one.name: one.value for family in families for one in family.samples}
    assert values["messaging_client_sent_messages_total"] > 0
    assert values["onward_messages_announced_total"] > 0


def test_no_services_metrics_pass_for_those_of_all(served_hub: ServedHub) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served_hub.base_url}/metrics", timeout=20)

    told = refused.value.read().decode()
    assert refused.value.code == 404
    assert all(f"/{service}/metrics" in told for service in SERVICES)


def answers(doorbell: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.chdir(doorbell.parent)  # its whole path may be too long for a socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as visitor:
        return visitor.connect_ex(doorbell.name) == 0


def test_every_worker_has_a_doorbell_that_answers_and_the_sender_one_of_its_own(
    served_hub: ServedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = served_hub.plan.folder / "doorbells"

    def heard(service: str) -> int:
        return sum(answers(bell, monkeypatch) for bell in (folder / service).iterdir())

    expected = dict.fromkeys(SERVICES, 1) | {"notify": 2}
    assert any({name: heard(name) for name in SERVICES} == expected for _ in looks(30.0))
