"""When the relay looks, sends and notes: nobody who is told of news waits for its next look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carriers import Ear, Mouth, until
from deploy.broker import Broker
from parish import Parish
from shared.bus import relay
from shared.storage.doorbell import Doorbell

NEVER = 3600.0


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


@pytest.fixture
def mouth(
    broker: Broker, parish: Parish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mouth]:
    """A relay that has carried one message, and never looks unless it is told to."""
    monkeypatch.setattr(relay, "IDLE", NEVER)
    parish.bell.join(Doorbell(tmp_path / "doorbells"))
    mouth = Mouth(parish.bell, broker.url("bell"))
    ear = Ear(parish.listener, broker.url("ear"))
    ear.start()
    parish.ring()
    mouth.start()
    until(lambda: len(parish.heard()) == 1 and bool(mouth._taken))
    yield mouth
    for part in (mouth, ear):
        part.stop()
    assert mouth.gave_up == ear.gave_up == []


def noted(parish: Parish) -> int:
    return sum(row.published_at is not None for row in parish.rows(parish.bell, "outbox"))


@pytest.mark.usefixtures("mouth")
def test_a_relay_that_never_looks_is_told_of_commits_in_its_own_process(parish: Parish) -> None:
    parish.ring()

    until(lambda: len(parish.heard()) == 2)


@pytest.mark.usefixtures("mouth")
def test_a_relay_that_never_looks_is_told_of_commits_in_another_process(
    parish: Parish, tmp_path: Path
) -> None:
    page = Parish(tmp_path)
    page.bell.join(Doorbell(tmp_path / "doorbells"))

    page.ring()

    until(lambda: len(parish.heard()) == 2)
    for store in page.stores:
        store.close()


@pytest.mark.usefixtures("mouth")
def test_verdicts_wait_for_the_next_that_is_sent_and_are_noted_with_it(parish: Parish) -> None:
    parish.ring()
    until(lambda: len(parish.heard()) == 2)
    assert noted(parish) == 1

    def another() -> bool:
        parish.ring()
        return noted(parish) > 1

    until(another)


def test_verdicts_with_nothing_after_them_are_noted_at_the_next_look(
    mouth: Mouth, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "IDLE", 0.05)
    for _ in range(3):
        parish.ring()

    until(lambda: noted(parish) == 4)
    assert mouth.gave_up == []
