"""Whoever left, or whose key was stolen, is shut out by one command, beside the running hub."""

from __future__ import annotations

from datetime import timedelta

import pytest
from identity.front import FrontDesk

from deploy import shut_out

MARTA = "marta.quinn@wandle.example.org"


def command(desk: FrontDesk, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setenv("ONWARD_VAR", str(desk.settings.var))
    monkeypatch.setattr(shut_out, "SystemClock", lambda: desk.clock)
    return shut_out.main(words)


def test_a_client_whose_key_was_stolen_gets_no_token_and_everybody_hears(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(desk, monkeypatch, "advice") == 0

    assert desk.token(desk.assertion()).status_code == 401
    assert desk.announced()[-1] == "client.revoked.v1"


def test_who_left_is_signed_out_everywhere_and_does_not_sign_in_again(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = desk.browser()
    browser.sign_in()

    assert command(desk, monkeypatch, MARTA.upper()) == 0

    told = dict(desk.messages()[-2:])
    assert told["session.ended.v1"]["reason"] == "staff_changed"
    assert told["staff.changed.v1"]["active"] is False
    desk.clock.advance(timedelta(minutes=6))
    assert "Check your e-mail" in browser.give_password(browser.open("/agency/")).text


def test_a_directory_that_is_loaded_again_brings_nobody_back(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(desk, monkeypatch, MARTA)
    desk.load()
    browser = desk.browser()

    assert "Check your e-mail" in browser.give_password(browser.open("/agency/")).text


def test_who_was_shut_out_by_mistake_is_let_in_again(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(desk, monkeypatch, MARTA)

    assert command(desk, monkeypatch, MARTA, "--undo") == 0

    assert "inbox of Marta Quinn" in desk.browser().sign_in().text


def test_whom_nobody_knows_or_who_is_out_already_is_named_and_nothing_is_announced(
    desk: FrontDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desk.announced()

    assert command(desk, monkeypatch, "nobody@wandle.example.org") == 2
    assert command(desk, monkeypatch, "nothing") == 2
    assert command(desk, monkeypatch, "advice", "--undo") == 2

    assert capsys.readouterr().err.count("Nothing was changed") == 3
    assert desk.announced() == before
