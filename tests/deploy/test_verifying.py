"""Verifying a log that was taken away, with nothing else at hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from deploy import verify
from deploy.hub import Hub
from services.audit.verify.report import Exit
from shared.settings import Settings


def test_a_file_that_holds_no_log_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holiday = tmp_path / "holiday.zip"
    with zipfile.ZipFile(holiday, "w") as archive:
        archive.writestr("beach.txt", "sand")

    assert verify.main(str(holiday)) == verify.NOT_READ
    assert "The log could not be read" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main(str(tmp_path / "nowhere.zip")) == verify.NOT_READ
    assert "nowhere.zip" in capsys.readouterr().err


def test_a_checkpoint_that_somebody_kept_is_read_beside_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path))
    Hub(Settings(var=tmp_path))

    assert verify.main("", str(tmp_path / "kept.checkpoint")) == Exit.USAGE
    assert "kept.checkpoint" in capsys.readouterr().err
    assert verify.main() != Exit.USAGE
