"""What is the embedded carrier's own way of keeping the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carriers import until
from parish import Parish
from shared.bus.embedded import EmbeddedBus


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


@pytest.fixture
def bus(parish: Parish) -> Iterator[EmbeddedBus]:
    bus = EmbeddedBus(parish.stores, parish.workers)
    bus.start()
    yield bus
    bus.stop()


def test_a_message_is_published_only_when_every_reader_has_it(
    bus: EmbeddedBus, parish: Parish
) -> None:
    parish.ring()

    until(lambda: all(row.published_at for row in parish.rows(parish.bell, "outbox")))

    assert [mark.subscriber for mark in parish.rows(parish.bell, "handed")] == ["ear"]


def test_a_subscriber_too_far_behind_for_memory_reads_the_tables_and_misses_nothing(
    bus: EmbeddedBus, parish: Parish, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.bus import backlog as carrier

    monkeypatch.setattr(carrier, "KEPT", 3)
    with parish.ear.database.turn():
        rung = [parish.ring() for _ in range(60)]

    until(lambda: len(parish.heard()) >= 60)

    assert parish.heard() == sorted(rung)
