"""What an owner tells again stands in the log as that, and not as done once more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.audit.http import words
from tests.audit.drivers import NOON, Log, Producer

SINCE = NOON - timedelta(days=30)


def test_what_is_told_again_says_since_when_it_is_so_and_creates_nothing(
    log: Log, intake: Producer
) -> None:
    first = intake.says(needs=["debt"], sequence=1)
    again = intake.says(needs=["debt"], sequence=1, subject=first.subject)

    log.hears(first, replace(again, restates=SINCE))

    told, retold = log.leaves()
    assert (told["action"], retold["action"]) == ("C", "E")
    assert "restates" not in told
    assert retold["restates"] == "2026-10-22T12:00:00.000Z"
    assert retold["object"] == told["object"]
    assert words.what(retold) == "Told again: Someone asked for help"
    row = {"key": "Has been so since", "value": "22 Oct 2026, 12:00:00"}
    assert row in words.details(retold, words.Names())
