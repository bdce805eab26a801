"""The look at what is late: each rung told once, however long it slept and whoever looks beside."""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import datetime, timedelta
from multiprocessing import get_context
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from services.matching import clocks as chore
from services.matching import create_chores, create_store
from services.matching.clocks import Clocks
from services.matching.storage import tables as t
from services.matching.usecases import ask
from services.matching.usecases.climbing import tell_of_referrals
from tests.matching.drivers import ADVICE, SURGERY, Matching, a_client, a_service

if TYPE_CHECKING:
    from pathlib import Path

ON_BOTH = pytest.mark.usefixtures("where")
A_DAY = timedelta(days=1)


@pytest.fixture
def many(matching: Matching) -> list[Any]:
    """Twelve referrals sent on one Monday; their answers are due on the next."""
    matching.publishes(a_service(ADVICE, places=20))
    matching.hears(*(matching.a_request(ADVICE) for _ in range(12)))
    return matching.referrals()


def late(matching: Matching, clock: str = "K2") -> list[tuple[str, int]]:
    told = matching.announced("clock.overdue")
    return [(event["object_id"], event["rung"]) for event in told if event["clock"] == clock]


def look(matching: Matching) -> int:
    return Clocks(matching.store).look()


@ON_BOTH
def test_each_rung_is_told_in_its_time_and_only_once(matching: Matching, many: list[Any]) -> None:
    assert look(matching) == 1  # the service itself, which nobody has looked at yet
    rungs = []
    for days in (8, 3, 2, 1, 7, 7):
        matching.clock.advance(days * A_DAY)
        look(matching)
        look(matching)
        rungs.append(sorted({rung for _, rung in late(matching)}))

    # Late on Monday night; half of five working days later on Thursday, the whole on Monday.
    assert rungs == [[1], [1, 2], [1, 2], [1, 2], [1, 2, 3], [1, 2, 3, 4]]
    assert set(Counter(late(matching)).values()) == {1}
    assert all(row.state == "sent" for row in matching.referrals())
    assert matching.referrals()[0].version == many[0].version


@ON_BOTH
def test_a_hub_that_slept_for_weeks_tells_every_rung_once(
    matching: Matching, many: list[Any]
) -> None:
    matching.clock.advance(40 * A_DAY)

    look(matching)
    look(matching)

    expected = Counter((str(row.id), rung) for row in many for rung in (1, 2, 3, 6))
    assert Counter(late(matching)) == expected
    assert {event["agency_id"] for event in matching.announced("clock.overdue")} == {str(ADVICE)}


@ON_BOTH
def test_two_that_look_side_by_side_tell_nothing_twice(
    matching: Matching, many: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chore, "AT_ONCE", 2)
    matching.clock.advance(20 * A_DAY)
    another = create_store(matching.settings, matching.clock)
    lookers = [Thread(target=Clocks(store).look) for store in (matching.store, another)]

    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    another.close()

    assert Counter(late(matching)) == Counter((str(r.id), rung) for r in many for rung in (1, 2, 3))


def _die_in_the_middle(where: Path, now: datetime) -> None:
    matching = Matching(where)
    matching.clock.advance(now - matching.clock.now())
    with matching.store.begin() as tx:
        tell_of_referrals(tx, 5)
    with matching.store.begin() as tx:
        tell_of_referrals(tx, 5)
        os.kill(os.getpid(), signal.SIGKILL)


def test_whoever_is_killed_in_the_middle_leaves_the_rest_to_the_next(
    matching: Matching, many: list[Any], tmp_path: Path
) -> None:
    matching.clock.advance(8 * A_DAY)
    dies = get_context("spawn").Process(
        target=_die_in_the_middle, args=(tmp_path, matching.clock.now())
    )
    dies.start()
    dies.join()

    assert dies.exitcode == -signal.SIGKILL
    assert len(late(matching)) == 5
    look(matching)
    assert Counter(late(matching)) == Counter((str(row.id), 1) for row in many)


@ON_BOTH
def test_the_chore_looks_at_the_start_and_stops_when_told(
    matching: Matching, many: list[Any]
) -> None:
    matching.clock.advance(8 * A_DAY)
    stop = Event()
    chores = create_chores(matching.settings, matching.store)
    keeper = next(one for one in chores if isinstance(one, Clocks))
    running = Thread(target=keeper.run, args=(stop,))

    running.start()
    while len(late(matching)) < len(many):
        assert running.is_alive()
    stop.set()
    running.join()


@ON_BOTH
def test_one_from_before_there_were_clocks_gets_them_from_its_history(
    matching: Matching, many: list[Any]
) -> None:
    asked, *_, untouched = many
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        ask(asked.id, asked.version, "Since when?", tx)
    before = {row.id: row.clocks for row in matching.referrals()}
    with matching.store.begin() as tx:
        old = {"clocks": None, "due_at": None, "look_at": t.referral.c.created_at}
        tx.execute(update(t.referral).values(**old))

    opened = matching.opens(untouched)
    look(matching)

    assert opened.clocks == before[untouched.id]
    assert {row.id: row.clocks for row in matching.referrals()} == before
    assert all(row.due_at is not None for row in matching.referrals())


def test_a_question_nobody_answers_is_told_to_whoever_referred(
    matching: Matching, many: list[Any]
) -> None:
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        ask(many[0].id, many[0].version, "Since when?", tx)
    matching.clock.advance(8 * A_DAY)

    look(matching)

    (event,) = (e for e in matching.announced("clock.overdue") if e["clock"] == "K3")
    assert (event["agency_id"], event["reference"]) == (str(SURGERY), many[0].reference)


@ON_BOTH
def test_a_figure_that_grows_old_is_told_and_shown_as_unknown_until_a_new_one(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    look(matching)
    matching.clock.advance(14 * A_DAY)
    look(matching)
    assert late(matching, "K16") == []
    matching.clock.advance(timedelta(minutes=1))
    look(matching)
    assert late(matching, "K16") == [(str(service), 1)]
    assert matching.announced("capacity.changed")[-1]["status"] == "unknown"

    matching.says_places(service, 2)
    look(matching)
    matching.clock.advance(13 * A_DAY)
    look(matching)
    assert len(late(matching, "K16")) == 1
    matching.clock.advance(30 * A_DAY)
    look(matching)
    assert [rung for _, rung in late(matching, "K16")] == [1, 1, 2, 3, 5]


def test_an_entry_is_warned_of_before_its_review_and_told_when_it_leaves_matching(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    told = []
    for days in (0, 336, 31, 93, 93):
        matching.clock.advance(days * A_DAY)
        look(matching)
        warned = [e["clock"] for e in matching.announced("clock.warned")]
        told.append((warned, [rung for _, rung in late(matching, "K15")]))

    assert told == [
        ([], []),
        (["K15"], []),
        (["K15"], [1]),
        (["K15"], [1, 2]),
        (["K15"], [1, 2, 3]),
    ]
    assert matching.announced("service.published")[-1]["status"] == "unassured"
    with matching.store.begin() as tx:
        today = {"reviewed_on": tx.now.date()}
        tx.execute(update(t.service).where(t.service.c.id == service).values(**today))
    matching.clock.advance(30 * A_DAY)
    look(matching)
    assert len(late(matching, "K15")) == 3


def test_a_closed_service_is_asked_for_no_figure(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    with matching.store.begin() as tx:
        tx.execute(update(t.service).where(t.service.c.id == service).values(closed=True))
    matching.clock.advance(40 * A_DAY)
    look(matching)
    assert late(matching, "K16") == []

    with matching.store.begin() as tx:
        tx.execute(update(t.service).where(t.service.c.id == service).values(closed=False))
    matching.clock.advance(A_DAY)
    look(matching)
    assert late(matching, "K16") != []
