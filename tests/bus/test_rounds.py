"""The relay's numbers: on the disk before a message leaves, the same after every crash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from driving.databases import Databases, Places
from parish import BellRang, Parish
from shared.bus import broker_mail
from shared.bus.chain import fingerprint
from shared.bus.rounds import AnotherRelayError, Rounds, rest_of
from shared.ids import new_id


@pytest.fixture
def parish(where: Places) -> Parish:
    return Parish(where)


def a_relay(parish: Parish) -> Rounds:
    rounds = Rounds(parish.bell)
    rounds.resume()
    return rounds


def numbers(rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["producer_seq"], row["producer_prev"]) for row in rows]


def test_a_batch_sent_again_after_a_crash_has_the_same_numbers(parish: Parish) -> None:
    for _ in range(5):
        parish.ring()
    sent = a_relay(parish).next((), (), count=3)

    again = a_relay(parish).next((), ())

    assert numbers(again)[:3] == numbers(sent)
    assert [row["producer_seq"] for row in again] == [1, 2, 3, 4, 5]
    assert [row["producer_prev"] for row in again[1:]] == [
        fingerprint(row["message_id"], row["body"]) for row in again[:-1]
    ]


def test_of_two_batches_in_flight_both_keep_their_numbers_through_a_crash(parish: Parish) -> None:
    for _ in range(7):
        parish.ring()
    relay = a_relay(parish)
    first, second = relay.next((), (), count=2), relay.next((), (), count=2)
    third = relay.next(first, (), count=2)
    assert [row["producer_seq"] for row in (*first, *second, *third)] == [1, 2, 3, 4, 5, 6]

    again = a_relay(parish).next((), ())

    assert numbers(again)[:4] == numbers([*second, *third])
    assert [row["producer_seq"] for row in again] == [3, 4, 5, 6, 7]


def test_a_relay_begins_although_what_it_numbered_last_has_been_pruned(
    databases: Databases, tmp_path: Path
) -> None:
    parish = Parish(Places(tmp_path, databases))
    parish.ring()
    relay = a_relay(parish)
    relay.next(relay.next((), ()), ())
    with parish.bell.begin() as tx:
        tx.execute(delete(tx.table("outbox")))
    parish.ring()

    (row,) = a_relay(parish).next((), ())

    assert row["producer_seq"] == 2
    databases.take_back()


def test_what_the_broker_took_is_not_sent_again_and_counting_goes_on(parish: Parish) -> None:
    for _ in range(4):
        parish.ring()
    relay = a_relay(parish)
    first = relay.next((), (), count=2)

    second = relay.next(first, ())

    assert [row["producer_seq"] for row in second] == [3, 4]
    assert relay.next(second, ()) == []
    assert not relay.due()
    stored = parish.rows(parish.bell, "outbox")
    assert sorted(row.producer_seq for row in stored) == [1, 2, 3, 4]


def test_a_refused_message_keeps_its_number_rests_and_holds_nobody_up(parish: Parish) -> None:
    for _ in range(3):
        parish.ring()
    relay = a_relay(parish)
    rows = relay.next((), ())

    assert relay.next([rows[0], rows[2]], [rows[1]]) == []

    assert relay.refused() == 1
    (resting,) = [row for row in parish.rows(parish.bell, "outbox") if not row.published_at]
    assert resting.producer_seq == 2
    assert resting.not_before > resting.created_at


def test_the_longer_a_message_waits_the_longer_it_rests() -> None:
    then = datetime(2026, 11, 22, tzinfo=UTC)
    waited = [timedelta(0), timedelta(seconds=40), timedelta(hours=2)]

    rests = [rest_of({"created_at": then}, then + wait) for wait in waited]

    assert rests == [timedelta(seconds=1), timedelta(seconds=40), timedelta(minutes=5)]


def test_of_two_relays_only_one_can_number(databases: Databases, tmp_path: Path) -> None:
    parish = Parish(Places(tmp_path, databases))  # SQLite numbers under the file's own lock
    parish.ring()
    parish.ring()
    one, other = a_relay(parish), a_relay(parish)
    one.next((), (), count=1)

    with pytest.raises(AnotherRelayError):
        other.next((), ())
    databases.take_back()


def test_replay_sends_again_with_the_same_numbers_but_no_persons_address(parish: Parish) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    parish.ring()
    with parish.bell.begin() as tx:
        tx.announce(BellRang(new_id(), 1))
        tx.outgoing[-1]["type"] = "contact.released.v1"
    relay = a_relay(parish)
    sent = relay.next((), ())
    assert relay.next(sent, ()) == []

    assert broker_mail.send_again(parish.bell, before) == 1

    (again,) = relay.next((), ())
    assert (again["type"], again["producer_seq"]) == ("bell.rang.v1", sent[0]["producer_seq"])
    assert broker_mail.send_again(parish.bell, datetime.now(UTC) + timedelta(minutes=1)) == 0
