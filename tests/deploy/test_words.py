"""A command that is asked what it does tells it, and one that is misspelt begins nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.words import counted

ROOT = Path(__file__).parents[2]
NUMBER = "0192f0c1-0000-7000-8000-000000000000"


def said(tmp_path: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"ONWARD_VAR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin", **more}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_who_asks_the_hub_for_help_is_told_and_nothing_is_started(tmp_path: Path) -> None:
    told = said(tmp_path, "deploy.run", "--help")

    assert told.returncode == 0
    assert "usage: python -m deploy.run" in told.stdout
    assert "the whole hub on this machine" in told.stdout
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    "command", [("deploy.run", "start"), ("deploy.verify", "--all"), ("deploy.code", "--list")]
)
def test_a_word_nobody_knows_is_named_and_nothing_is_started(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    told = said(tmp_path, *command)

    assert told.returncode == 2
    assert f"unrecognized arguments: {command[1]}" in told.stderr
    assert not (tmp_path / "var").exists()


def test_every_command_reads_its_words() -> None:
    commands = [f for f in (ROOT / "deploy").rglob("*.py") if "__main__" in f.read_text("utf-8")]
    deaf = {
        file.name
        for file in commands
        if "(__doc__" not in (text := file.read_text("utf-8")) and "ArgumentParser" not in text
    }

    assert len(commands) > 10
    assert deaf - {"words.py"} == set()


WRONG = {
    "no moment": ("deploy.bus resend intake --since yesterday", "'yesterday' is no moment such as"),
    "no number": ("deploy.bus show intake 17", "'17' is no message's number"),
    "no service": (f"deploy.bus show nobody {NUMBER}", "invalid choice: 'nobody'"),
    "no broker to list": ("deploy.bus parked", "No broker is named; `make up` never ran"),
    "no broker to send by": (
        "deploy.bus resend all --since 2026-11-21",
        "ONWARD_AMQP_URL_INTAKE must name the broker; `make up` never ran",
    ),
    "no broker to hand by": ("deploy.bus replay intake", "ONWARD_AMQP_URL_INTAKE must name"),
    "no number to retry": ("deploy.doctor --retry 17", "'17' is no message's number"),
    "no hub to look at": ("deploy.doctor", "there is no hub in"),
    "no port": ("deploy.served.mail twenty", "'twenty' is no port, from 0 to 65535"),
    "no plan": ("deploy.served.ready nowhere", "`make up` never ran in nowhere"),
    "no folder": ("deploy.served.launch broker nowhere", "there is no folder nowhere"),
    "no server": ("deploy.served.launch kettle nowhere", "name database or epmd"),
    "no step": ("deploy.migration nobody x", "There is no service 'nobody'; choose"),
    "no words for a step": ("deploy.migration intake", "Say what the step does"),
    "no log": ("services.audit.export out", "There is no log in"),
    "no file": ("deploy.guide import /nowhere", "Nothing was taken:"),
    "no owner": ("deploy.announce --state audit", "nobody copies what audit keeps; choose"),
}


@pytest.mark.parametrize(("command", "why"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_is_refused_in_one_sentence_and_nothing_is_made(
    tmp_path: Path, command: str, why: str
) -> None:
    told = said(tmp_path, *command.split())

    assert told.returncode not in {0, 1}
    assert why in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", ["services.audit.export out", "deploy.bus check"])
def test_a_setting_that_is_wrong_is_named_by_every_tool(tmp_path: Path, command: str) -> None:
    told = said(tmp_path, *command.split(), ONWARD_PORT="web")

    assert told.returncode == 2
    assert "ONWARD_PORT must be a number from 1 to 65535, not 'web'" in told.stderr
    assert "Traceback" not in told.stderr


def test_one_thing_is_not_told_as_many() -> None:
    assert [counted(number, "message") for number in (0, 1, 1200)] == [
        *("0 messages", "1 message", "1,200 messages")
    ]
