"""What is old enough goes, what anybody may still need stays, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import update

from driving.databases import Places
from parish import BellRang, Parish
from shared.bus import announces, pruning
from shared.bus.chain import fingerprint
from shared.bus.pruning import HEARD_FOR, RELEASED_FOR, SAID_FOR, Pruning
from shared.ids import new_id
from shared.testing.clock import FixedClock

A_DAY = timedelta(days=1)


@announces("bell.whispered.v1", subject="ring_id")
@dataclass(frozen=True, slots=True)
class Whispered:
    ring_id: UUID
    sealed: str


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def parish(where: Places, clock: FixedClock) -> Iterator[Parish]:
    parish = Parish(where, clock)
    yield parish
    for store in parish.stores:
        store.close()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 3)


def publish(parish: Parish, clock: FixedClock, *, but: tuple[int, ...] = ()) -> None:
    outbox = parish.bell.metadata.tables["outbox"]
    with parish.bell.begin() as tx:
        these = outbox.c.id.not_in(but) & outbox.c.published_at.is_(None)
        tx.execute(update(outbox).where(these).values(published_at=clock.now()))


def said(parish: Parish) -> list[int]:
    return sorted(row.id for row in parish.rows(parish.bell, "outbox"))


def park(parish: Parish, row_id: int, clock: FixedClock) -> None:
    (row,) = [row for row in parish.rows(parish.bell, "outbox") if row.id == row_id]
    mark = {"message_id": row.message_id, "subscriber": "ear", "at": clock.now()}
    with parish.bell.begin() as tx:
        tx.insert(tx.table("handed"), **mark, parked_reason="too loud")


def test_what_was_published_long_ago_goes_and_the_newest_stays(
    parish: Parish, clock: FixedClock, small_batches: None
) -> None:
    for _ in range(10):
        parish.ring()
    publish(parish, clock)
    last = said(parish)[-1]

    clock.advance(SAID_FOR - A_DAY)
    Pruning(parish.bell).look()
    assert len(said(parish)) == 10
    clock.advance(2 * A_DAY)
    Pruning(parish.bell).look()

    assert said(parish) == [last]


def test_the_next_message_still_names_the_one_before(
    clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parish = Parish(tmp_path_factory.mktemp("parish"), clock)
    parish.ring()
    parish.ring()
    publish(parish, clock)
    clock.advance(SAID_FOR + A_DAY)
    Pruning(parish.bell).look()

    parish.ring()

    before, after = parish.rows(parish.bell, "outbox")
    assert after.producer_seq == before.producer_seq + 1 == 3
    assert after.producer_prev == fingerprint(before.message_id, before.body)


def test_what_waits_and_what_is_set_aside_stays_however_old(
    parish: Parish, clock: FixedClock, small_batches: None
) -> None:
    for _ in range(8):
        parish.ring()
    ids = said(parish)
    publish(parish, clock, but=(ids[1],))
    park(parish, ids[4], clock)

    clock.advance(SAID_FOR + A_DAY)
    Pruning(parish.bell).look()

    assert said(parish) == [ids[1], ids[4], ids[-1]]
    assert len(parish.rows(parish.bell, "handed")) == 1


def test_marks_go_with_their_message(parish: Parish, clock: FixedClock) -> None:
    parish.ring()
    parish.ring()
    (first, _) = parish.rows(parish.bell, "outbox")
    mark = {"message_id": first.message_id, "subscriber": "ear", "at": clock.now()}
    with parish.bell.begin() as tx:
        tx.insert(tx.table("handed"), **mark, parked_reason=None)
    publish(parish, clock)

    clock.advance(SAID_FOR + A_DAY)
    Pruning(parish.bell).look()

    assert parish.rows(parish.bell, "handed") == []


def test_what_was_heard_is_remembered_longer_than_it_can_come_again(
    parish: Parish, clock: FixedClock, small_batches: None
) -> None:
    def hear(message_id: UUID) -> UUID:
        with parish.ear.begin() as tx:
            row = {"consumer": "ear", "message_id": message_id, "at": tx.now}
            tx.insert(tx.table("inbox"), **row)
        return message_id

    for _ in range(7):
        hear(new_id())
    clock.advance(HEARD_FOR - A_DAY)
    Pruning(parish.ear).look()
    assert len(parish.rows(parish.ear, "inbox")) == 7
    late = hear(new_id())

    clock.advance(2 * A_DAY)
    Pruning(parish.ear).look()

    assert [row.message_id for row in parish.rows(parish.ear, "inbox")] == [late]


def test_an_address_is_blanked_once_it_was_carried_and_cannot_be_used_any_more(
    parish: Parish, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "USED_ONCE", frozenset({"bell.whispered.v1"}))
    chore = Pruning(parish.bell)

    def whisper() -> None:
        with parish.bell.begin() as tx:
            tx.announce(Whispered(uuid4(), "a sealed address"))

    def whispered() -> list[str]:
        rows = sorted(parish.rows(parish.bell, "outbox"), key=lambda row: row.id)
        bodies = [orjson.loads(row.body) for row in rows]
        return [told["sealed"] for told in bodies if "sealed" in told]

    whisper()
    whisper()
    publish(parish, clock, but=(said(parish)[1],))
    chore.look()
    assert whispered() == ["a sealed address"] * 2
    clock.advance(RELEASED_FOR + timedelta(seconds=1))
    chore.look()
    assert whispered() == ["", "a sealed address"]

    publish(parish, clock)
    chore.look()
    assert whispered()[1], "the newest is hashed by the next"
    with parish.bell.begin() as tx:
        tx.announce(BellRang(new_id(), 1))
    chore.look()

    assert whispered() == ["", ""]


def test_no_address_is_overlooked_when_there_are_many(
    parish: Parish, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, small_batches: None
) -> None:
    monkeypatch.setattr(pruning, "USED_ONCE", frozenset({"bell.whispered.v1"}))
    with parish.bell.begin() as tx:
        for _ in range(8):
            tx.announce(Whispered(uuid4(), "a sealed address"))
        tx.announce(BellRang(new_id(), 1))
    publish(parish, clock)
    clock.advance(RELEASED_FOR + timedelta(seconds=1))
    chore = Pruning(parish.bell)

    for _ in range(3):
        chore.look()

    assert not any(b"address" in row.body for row in parish.rows(parish.bell, "outbox"))


def test_it_runs_until_told_to_stop(
    parish: Parish, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "EVERY", 0.01)
    parish.ring()
    parish.ring()
    publish(parish, clock)
    clock.advance(SAID_FOR + A_DAY)
    stop = threading.Event()
    chore = threading.Thread(target=Pruning(parish.bell).run, args=(stop,))

    chore.start()
    for _ in range(1000):
        if len(said(parish)) == 1:
            break
        stop.wait(0.01)
    stop.set()
    chore.join(10)

    assert len(said(parish)) == 1
    assert not chore.is_alive()
