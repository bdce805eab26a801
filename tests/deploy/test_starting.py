"""What a newcomer reads when Onward cannot start, and when it knows no such sign-in."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import code, run


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    assert run.main() == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("port", ["abc", "80000", "-1", "8o8o"])
def test_a_port_that_is_none_is_named_before_anything_is_made(
    port: str,
    own_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ONWARD_PORT", port)

    assert f"ONWARD_PORT must be a number from 1 to 65535, not {port!r}" in refusal(capsys)
    assert not own_folder.exists()


def test_a_taken_port_is_named_before_any_database_is_opened(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("ONWARD_PORT", str(port))

        assert f"port {port}: address already in use" in refusal(capsys)

    assert list(own_folder.glob("*.sqlite3")) == []


def test_a_data_folder_that_cannot_be_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter").write_text("not a folder")
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path / "letter"))

    said = refusal(capsys)

    assert "letter" in said
    assert "ONWARD_VAR" in said


@pytest.fixture
def sign_ins(own_folder: Path) -> None:
    who = {
        "email": "ada@agency.example.org",
        "password": "a long word",
        "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "agency": "Agency",
        "roles": ["worker"],
    }
    (own_folder / "demo").mkdir(parents=True)
    (own_folder / "demo" / "credentials.json").write_text(json.dumps({"staff": [who]}))


@pytest.mark.usefixtures("sign_ins")
def test_a_code_is_printed_however_the_address_is_typed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code.main("ADA@agency.example.org ") == 0
    assert len(capsys.readouterr().out.strip()) == 6
    assert code.main("ada") == 0, "the beginning is enough where one begins so"
    assert len(capsys.readouterr().out.strip()) == 6


@pytest.mark.usefixtures("sign_ins")
def test_a_mistyped_address_brings_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code.main("ada@agency.org") == 1
    assert "Did you mean ada@agency.example.org?" in capsys.readouterr().err


@pytest.mark.usefixtures("sign_ins")
def test_asked_for_nobody_it_lists_everyone_with_their_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code.main("") == 0
    listed = capsys.readouterr().out
    for told in ("Agency", "ada@agency.example.org", "a long word", "Worker"):
        assert told in listed


def test_before_the_first_start_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert code.main("") == 1
    assert "make run" in capsys.readouterr().err


def test_the_hub_in_one_process_keeps_all_its_threads_on_one_processor() -> None:
    asked = (
        "import os, threading; from deploy.run import stay_on_one_processor;"
        "tell = lambda: print(*os.sched_getaffinity(0));"
        "go = threading.Event(); before = threading.Thread(target=lambda: (go.wait(), tell()));"
        "before.start(); stay_on_one_processor(); go.set(); before.join();"
        "after = threading.Thread(target=tell); after.start(); after.join(); tell()"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    first, *others = told.stdout.splitlines()
    assert others == [first, first]
    assert first.isdigit()
