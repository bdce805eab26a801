"""An alarm about messages that do not leave stands as soon as it can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from parish import Parish
from shared.bus.watching import Watch
from shared.errors import StorageUnavailableError


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def names(parish: Parish) -> list[str]:
    return [alarm.name for alarm in parish.rows(parish.bell, "alarms")]


def test_an_alarm_that_could_not_be_written_is_written_the_next_time(
    parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(parish.bell)
    with monkeypatch.context() as broken:
        broken.setattr(parish.bell, "begin", gone)
        watch.blocked(now=True)
    assert names(parish) == []

    watch.blocked(now=True)

    assert names(parish) == ["broker_blocked"]


def test_an_alarm_is_taken_down_when_its_cause_is_gone(parish: Parish) -> None:
    watch = Watch(parish.bell)
    watch.refused(2)
    watch.refused(0)

    assert names(parish) == []


def gone(*_: object, **__: object) -> None:
    raise StorageUnavailableError("the disk is full")
