"""What an operator reads when a served process cannot work: one sentence, and no password."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from driving.databases import Databases
from driving.running import ROOT, free_port
from driving.served import Alone

AMQP = "ONWARD_AMQP_URL_INTAKE"
DATABASE = "ONWARD_DATABASE_URL_INTAKE"
WRONG = 78
NO_PART = "work intake stopped: intake has no part of that name"


def ends(*words: str, **environment: str) -> tuple[int, str]:
    """Run one served process until it ends by itself; return exit code and what it said."""
    known = {name: text for name, text in os.environ.items() if not name.startswith("ONWARD_")}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**known, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def sentences(said: str) -> list[str]:
    """Return what was said to a person: neither facts for machines nor the address."""
    return [
        line
        for line in said.splitlines()
        if not line.startswith("{") and "is to answer on" not in line
    ]


@pytest.fixture
def var(tmp_path: Path) -> str:
    return str(tmp_path / "var")


def test_a_worker_without_a_broker_says_which_setting_is_missing(var: str) -> None:
    code, said = ends("deploy.served.work", "intake", ONWARD_VAR=var)

    assert (code, sentences(said)) == (
        WRONG,
        [f"work intake stopped: {AMQP} must name the broker"],
    )


@pytest.mark.parametrize("program", ["web", "work"])
def test_a_database_url_that_is_none_is_named_with_its_setting(program: str, var: str) -> None:
    where = {DATABASE: "no url, s3cret", AMQP: "amqp://a:b@127.0.0.1/x"}

    code, said = ends(f"deploy.served.{program}", "intake", ONWARD_VAR=var, **where)

    assert code == WRONG
    (told,) = sentences(said)
    assert DATABASE in told
    assert "s3cret" not in said


@pytest.mark.parametrize("program", ["web", "work"])
def test_a_wrong_database_password_is_told_at_once(
    program: str, var: str, databases: Databases
) -> None:
    right = databases.fresh("intake")
    wrong = f"postgresql://onward_intake:s3cret@{right.rpartition('@')[2]}"
    where = {DATABASE: wrong, AMQP: "amqp://a:b@127.0.0.1/x"}

    code, said = ends(f"deploy.served.{program}", "intake", ONWARD_VAR=var, **where)

    assert code == WRONG
    (told,) = sentences(said)
    assert DATABASE in told
    assert "Traceback" not in said
    assert "s3cret" not in said


def test_a_service_that_does_not_exist_is_told() -> None:
    for program in ("web", "work"):
        code, said = ends(f"deploy.served.{program}", "billing")
        assert code == WRONG
        assert "there is no service 'billing'" in said


def test_a_part_that_does_not_exist_is_told(var: str) -> None:
    where = {AMQP: "amqp://a:b@127.0.0.1/x"}

    code, said = ends("deploy.served.work", "intake", "--only", "typing", ONWARD_VAR=var, **where)

    assert (code, sentences(said)) == (
        WRONG,
        ["work intake stopped: intake has no part of that name"],
    )


def test_a_taken_port_is_told(var: str) -> None:
    with Alone("web", "audit", var=var) as web:
        code, said = ends(
            "deploy.served.web", "audit", "--port", str(web.port), ONWARD_VAR=f"{var}2"
        )

    assert code == WRONG
    assert f"port {web.port}: address already in use" in said


@pytest.fixture
def web(var: str) -> Iterator[Alone]:
    with Alone("web", "identity", var=var) as web:
        yield web


def test_one_services_pages_answer_for_it_alone(web: Alone) -> None:
    assert web.get("/readyz") == (
        200,
        {"status": "ready", "services": {"identity": {"status": "ready", "alarms": []}}},
    )
    assert web.get("/oauth/jwks.json")[0] == 200
    assert web.get("/intake/readyz")[0] == 404


def test_a_web_process_stops_politely(web: Alone) -> None:
    assert web.signal(signal.SIGTERM) == 0
    assert "Traceback" not in web.said()


def test_who_serves_does_not_outlive_who_watches(web: Alone) -> None:
    serving = web.children()
    assert len(serving) == 1

    web.signal(signal.SIGKILL)

    web.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in serving))


def test_when_who_serves_is_killed_the_watcher_ends_too_to_be_started_again(web: Alone) -> None:
    (serving,) = web.children()

    os.kill(serving, signal.SIGKILL)

    assert web.process.wait(90) not in {0, None}


def test_a_port_may_be_left_to_the_process(var: str) -> None:
    port = free_port()

    with Alone("web", "audit", var=var, port=port) as web:
        assert f"http://127.0.0.1:{port}" in web.said()
