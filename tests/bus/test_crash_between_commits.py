"""The embedded carrier dies between the subscriber's commit and the announcer's mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parish import Parish
from shared.bus import embedded
from shared.bus.embedded import Feed

if TYPE_CHECKING:
    from pathlib import Path


class Killed(BaseException):
    """The process is gone."""


def test_handed_again_after_a_crash_before_the_mark_it_still_happens_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parish = Parish(tmp_path)
    rung = parish.ring()
    feed = Feed(parish.listener, [parish.bell], [parish.listener])
    with monkeypatch.context() as crash:

        def die(_store: Any, _subscriber: str, handed: Any, _readers: Any) -> None:
            if handed:
                raise Killed

        crash.setattr(embedded, "mark_handed", die)
        feed.carry()
        with pytest.raises(Killed):
            feed.mark()
    assert parish.heard() == [rung]
    assert parish.rows(parish.bell, "handed") == []

    again = Feed(parish.listener, [parish.bell], [parish.listener])
    again.carry()
    again.mark()

    assert parish.heard() == [rung]
    assert len(parish.rows(parish.ear, "outbox")) == 1
    assert len(parish.rows(parish.bell, "handed")) == 1


def test_a_reader_that_failed_before_its_commit_hears_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parish = Parish(tmp_path)
    rung = parish.ring()
    feed = Feed(parish.listener, [parish.bell], [parish.listener])
    with monkeypatch.context() as crash:

        def die(_messages: Any, _tx: Any) -> None:
            raise Killed

        crash.setattr(parish.listener, "_react", die)
        with pytest.raises(Killed):
            feed.carry()
    assert parish.heard() == []

    Feed(parish.listener, [parish.bell], [parish.listener]).carry()

    assert parish.heard() == [rung]
