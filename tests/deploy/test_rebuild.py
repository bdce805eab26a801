"""The command that makes referrals stand as their events say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from deploy import rebuild
from shared.settings import Settings
from tests.matching.drivers import ADVICE, Matching, a_service

if TYPE_CHECKING:
    from pathlib import Path


def test_what_does_not_stand_as_its_events_say_is_mended_and_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rebuild, "AT_ONCE", 1)
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path))
    matching = Matching(tmp_path)
    matching.clock.at = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)  # the command has a real clock
    matching.publishes(a_service(ADVICE))
    right, wrong = (matching.the_referral(matching.asks(ADVICE)) for _ in range(2))
    matching.opens(wrong)
    with matching.store.begin() as tx:
        referral = tx.table("referral")
        lost = referral.update().where(referral.c.id == wrong.id)
        tx.execute(lost.values(state="completed", version=7))

    mended = [rebuild.mend(matching.settings) for _ in range(2)]
    code = rebuild.main([])

    assert mended == [[wrong.id], []]
    assert matching._now(wrong).state == "opened"
    assert matching._now(right) == right
    assert code == 0
    assert "0 referrals did not stand" in capsys.readouterr().out


def test_where_there_is_nothing_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONWARD_VAR", str(tmp_path))

    assert rebuild.main([]) == 2
    assert "Nothing more was mended" in capsys.readouterr().err
    assert Settings.from_environment().var == tmp_path
