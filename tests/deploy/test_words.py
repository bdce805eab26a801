"""A command that is asked what it does tells it, and one that is misspelt begins nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_ITS_OWN = {"launch.py", "mail.py", "ready.py"}
"""Started by the supervisor alone, with words it makes itself."""


def said(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"ONWARD_VAR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
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

    assert len(commands) > len(OF_ITS_OWN)
    assert deaf - OF_ITS_OWN - {"words.py"} == set()
