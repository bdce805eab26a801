"""A wrong URL or password: one sentence that says which and where it came from, and an end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import make_url

from driving.running import ROOT, free_port
from driving.served import ServedHub
from tests.faults.served_apart import program_of

pytestmark = pytest.mark.faults
DATABASE, AMQP = "ONWARD_DATABASE_URL_INTAKE", "ONWARD_AMQP_URL_INTAKE"
SECRET = "mistaken"
Wrong = Callable[[str], str]


def no_url(_url: str) -> str:
    return f"no url, {SECRET}"


def password(url: str) -> str:
    return make_url(url).set(password=SECRET).render_as_string(hide_password=False)


def name(url: str) -> str:
    return make_url(url).set(database="nowhere").render_as_string(hide_password=False)


def port(url: str) -> str:
    parts = make_url(url)
    place = f"{parts.username}:{parts.password}@127.0.0.1:{free_port()}"
    return f"{parts.drivername}://{place}/{parts.database}"


CASES = [
    ("web-intake", DATABASE, no_url, "must be a URL"),
    ("web-intake", DATABASE, password, "password authentication failed"),
    ("web-intake", DATABASE, name, "does not exist"),
    ("work-intake", DATABASE, no_url, "must be a URL"),
    ("work-intake", DATABASE, password, "password authentication failed"),
    ("work-intake", DATABASE, name, "does not exist"),
    ("work-intake", AMQP, no_url, "must be a URL"),
    ("work-intake", AMQP, password, "refuses the user or password"),
    ("work-intake", AMQP, name, "has no such virtual host"),
]
WAITS_A_MINUTE = [  # for what does not answer may be starting
    ("web-intake", DATABASE, port, "refused"),
    ("work-intake", DATABASE, port, "refused"),
    ("work-intake", AMQP, port, "does not answer"),
]


def refused(command: tuple[str, ...], told: Mapping[str, str], within: float) -> list[str]:
    """Run *command* until it ends by itself, unhappily; return what it said to a person."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=dict(told),
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert SECRET not in said
    facts_for_machines = ("{", "web intake is to answer", "Starting Onward")
    return [line for line in said.splitlines() if not line.startswith(facts_for_machines)]


def told_in_one_sentence(hub: ServedHub, case: tuple[str, str, Wrong, str], within: float) -> None:
    program_name, setting, wrong, words = case
    program = program_of(hub, program_name)
    told = {**program.environment, setting: wrong(program.environment[setting])}
    command = [str(free_port()) if word.isdigit() else word for word in program.command]

    (sentence,) = refused(tuple(command), told, within)

    assert setting in sentence
    assert words in sentence


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2].__name__}")
def test_a_process_with_a_wrong_setting_says_which_and_ends(
    beaten_hub: ServedHub, case: tuple[str, str, Wrong, str]
) -> None:
    told_in_one_sentence(beaten_hub, case, within=50)


def test_a_process_whose_server_never_answers_says_so_after_a_minute(
    beaten_hub: ServedHub, *, long: bool
) -> None:
    if not long:
        pytest.skip("it waits a minute for each server, as it should; make faults does")
    for case in WAITS_A_MINUTE:
        told_in_one_sentence(beaten_hub, case, within=100)


@pytest.mark.parametrize("wrong", [no_url, password, port])
@pytest.mark.parametrize(
    ("setting", "server"), [("ONWARD_DATABASE_URL", "database"), ("ONWARD_AMQP_URL", "broker")]
)
def test_make_up_with_a_wrong_server_says_which_and_starts_nothing(
    beaten_hub: ServedHub, tmp_path: Path, setting: str, server: str, wrong: Wrong
) -> None:
    own = {key: text for key, text in os.environ.items() if not key.startswith("ONWARD_")}
    right = beaten_hub.plan.administrators[server]
    told = {**own, "ONWARD_VAR": str(tmp_path / "var"), setting: wrong(right)}

    (sentence,) = refused((sys.executable, "-m", "deploy.served.up"), told, within=50)

    assert setting in sentence
    assert not (tmp_path / "var" / "served" / "supervisord.conf").exists()
