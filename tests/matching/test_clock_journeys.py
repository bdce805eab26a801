"""Clocks along whole ways through matching: what runs, what is told; nothing ends by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from services.matching import usecases
from services.matching.clocks import Clocks
from services.matching.domain.transitions import Result, State
from services.matching.errors import AnswerRefusedError
from services.matching.handlers import HANDLERS
from services.matching.heard import FeedbackGiven
from services.matching.http.shapes import dues_of
from services.matching.storage import tables as t
from services.matching.storage.clock_columns import read
from services.matching.usecases import Reason, disclose
from services.matching.usecases.content import keeps_by_state
from services.matching.usecases.rebuilding import rebuild
from tests.matching.drivers import ADVICE, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping

if TYPE_CHECKING:
    from collections.abc import Callable

A_DAY = timedelta(days=1)


@pytest.fixture
def helping(matching: Matching) -> Helping:
    return Helping(matching)


def look(helping: Helping, days: int = 0) -> None:
    helping.months_pass(days)
    Clocks(helping.matching.store).look()


def told(helping: Helping, clock: str) -> list[int]:
    """Return the rungs told of one clock, a prompt as 0."""
    events = helping.matching.announced()
    kinds = {"clock.warned.v1", "clock.overdue.v1"}
    mine = [one for one in events if one["type"] in kinds and one["clock"] == clock]
    return [one.get("rung", 0) for one in mine]


def running(helping: Helping, referral: Any) -> set[str]:
    return set(read(helping.now(referral).clocks).clocks)


def check_against_history(helping: Helping, referral: Any) -> None:
    row = helping.now(referral)
    with helping.matching.store.read() as tx:
        anew, kept = tx.clocks_anew(row), read(row.clocks)
    bare = {name: replace(one, told=0, warned=False) for name, one in kept.clocks.items()}
    assert replace(kept, clocks=bare) == anew


def rests_and_starts(helping: Helping) -> Any:
    referral = helping.waiting()
    helping.holds(referral)
    yield referral
    helping.months_pass(9)
    helping.does(usecases.resume_held, referral)
    yield referral
    helping.tries(referral, "DELIVERED")
    yield referral
    helping.matching.says_places(referral.service_id, 1, takes_waiting_list=True)
    helping.does(usecases.start, referral, helping.today)
    yield referral
    helping.does(usecases.complete, referral, ())
    yield referral


def waits_longer(helping: Helping) -> Any:
    referral = helping.waiting()
    helping.months_pass(62)
    until = helping.today + timedelta(days=20)
    helping.reviews(referral, Result.EXTENDED, until=until, agreed_with_referrer=True)
    yield referral
    helping.months_pass(40)
    until = helping.today + timedelta(days=90)
    helping.reviews(referral, Result.RE_REFER_LATER, until=until, agreed_with_referrer=True)
    yield referral


def asked_to_stop(helping: Helping) -> Any:
    referral = helping.active()
    helping.does(usecases.cancel, referral, Reason("PLAN_CHANGED"), by=helping.referrer())
    yield referral
    helping.months_pass(3)
    helping.does(usecases.refuse_cancel, referral, "They want to stay.")
    yield referral


@pytest.mark.parametrize("way", [rests_and_starts, waits_longer, asked_to_stop])
def test_on_every_way_the_clocks_kept_are_those_its_history_tells(
    helping: Helping, way: Callable[[Helping], Any]
) -> None:
    for referral in way(helping):
        check_against_history(helping, referral)
        look(helping)
        row = helping.now(referral)
        assert [at for _, at in dues_of(row)][:1] == [row.due_at] * (row.due_at is not None)


def test_a_wait_that_is_too_long_is_told_to_all_and_forces_a_review_but_ends_nothing(
    helping: Helping,
) -> None:
    referral = helping.waiting()
    look(helping, 31)
    assert "review" in helping.offered(referral)
    look(helping, 200)

    assert helping.now(referral).state == State.WAITING
    assert told(helping, "K6")[:3] == [1, 2, 3]
    assert "review" in helping.offered(referral)
    assert running(helping, referral) == {"K4", "K5", "K6", "K8"}


def test_a_start_is_promised_within_the_wait_as_it_was_promised_and_a_halt_moves_it(
    matching: Matching,
) -> None:
    ear, helping = Ear(matching), Helping(matching)
    matching.publishes(a_service(ADVICE))
    asked = matching.a_request(ADVICE)
    ear.hears(ear.given(asked, grant(ADVICE), consent=asked.consent_id), ear.submitted(asked))
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))
    helping.months_pass(10)
    ear.hears(ear.given(asked, grant(ADVICE)))
    opened = matching.opens(matching.the_referral(asked))

    with pytest.raises(AnswerRefusedError):
        matching.accepts(opened, date(2027, 2, 3))
    assert matching.accepts(opened, date(2027, 2, 2)).state == State.ACCEPTED


def test_an_extension_is_the_new_promise_and_is_late_like_any_other(helping: Helping) -> None:
    referral = helping.waiting()
    look(helping, 62)
    until = helping.today + timedelta(days=14)
    helping.reviews(referral, Result.EXTENDED, until=until, agreed_with_referrer=True)
    before = len(told(helping, "K6"))
    look(helping, 8)
    assert told(helping, "K7") == [0]
    look(helping, 8)

    assert told(helping, "K7") == [0, 1]
    assert len(told(helping, "K6")) == before


def test_whoever_was_reached_while_their_wait_rested_is_checked_on_again(helping: Helping) -> None:
    referral = helping.waiting()
    helping.holds(referral)
    helping.tries(referral, "DELIVERED")
    assert "K8" not in running(helping, referral)

    helping.does(usecases.resume_held, referral)

    assert "K8" in running(helping, referral)
    check_against_history(helping, referral)


def test_who_is_to_be_referred_again_later_is_remembered_on_that_day(helping: Helping) -> None:
    referral = helping.waiting()
    helping.months_pass(62)
    day = helping.today + timedelta(days=60)
    helping.reviews(referral, Result.RE_REFER_LATER, until=day, agreed_with_referrer=True)
    look(helping, 59)
    assert told(helping, "T21") == []
    look(helping, 2)
    look(helping, 60)

    assert told(helping, "T21") == [0]
    assert running(helping, referral) == set()


def test_after_six_weeks_the_person_is_asked_and_the_agency_sees_no_more(
    helping: Helping,
) -> None:
    referral = helping.completed()
    assert keeps_by_state(helping.now(referral), a_client(ADVICE))
    look(helping, 43)

    assert told(helping, "K12") == [0]
    assert not keeps_by_state(helping.now(referral), a_client(ADVICE))
    with helping.matching.store.begin(actor=a_client(ADVICE)) as tx:
        assert disclose(referral.id, tx) is None


def test_who_has_said_how_it_went_is_not_asked_again(helping: Helping) -> None:
    referral = helping.completed()
    with helping.matching.store.begin() as tx:
        HANDLERS[FeedbackGiven](FeedbackGiven(referral.request_id), tx)
    look(helping, 30)
    assert keeps_by_state(helping.now(referral), a_client(ADVICE))
    look(helping, 13)

    assert told(helping, "K12") == []
    assert not keeps_by_state(helping.now(referral), a_client(ADVICE))


def test_a_halt_over_christmas_gives_back_the_working_days_it_took(matching: Matching) -> None:
    matching.clock.advance(datetime(2026, 12, 23, 12, tzinfo=UTC) - matching.clock.now())
    ear, helping = Ear(matching), Helping(matching)
    matching.publishes(a_service(ADVICE))
    asked = matching.a_request(ADVICE)
    ear.hears(ear.given(asked, grant(ADVICE), consent=asked.consent_id), ear.submitted(asked))
    before = matching.the_referral(asked).answer_by.date()
    ear.hears(ear.ended(asked, asked.consent_id, grant(ADVICE)))
    helping.months_pass(7)
    ear.hears(ear.given(asked, grant(ADVICE)))

    # The 24th, 29th and 30th were working days; Christmas and its substitute were none.
    after = matching.the_referral(asked).answer_by.date()
    assert (before, after) == (date(2027, 1, 4), date(2027, 1, 7))


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("where")
def test_only_one_process_looks_and_another_takes_over_when_it_goes(
    helping: Helping,
) -> None:
    referral = helping.sent()
    helping.months_pass(8)
    other = helping.matching.store.database.leader(Clocks.name)
    assert other.held()
    stop = Event()
    chore = Clocks(helping.matching.store, every=timedelta(milliseconds=20))
    looking = Thread(target=chore.run, args=(stop,))
    looking.start()
    with helping.matching.store.read() as tx:
        assert tx.to_look_at(1)

    other.release()
    while not told(helping, "K2"):
        assert looking.is_alive()
    stop.set()
    looking.join()

    assert told(helping, "K2") == [1]
    assert helping.now(referral).state == State.SENT


@pytest.mark.parametrize("lost", [{"clocks": None}, {"due_at": None, "look_at": None}])
def test_clocks_that_are_lost_are_made_anew_and_told_again_only_if_the_telling_is_lost(
    helping: Helping, lost: dict[str, Any]
) -> None:
    referral = helping.waiting()
    look(helping, 70)
    before, rungs = helping.now(referral), told(helping, "K6")
    with helping.matching.store.begin() as tx:
        assert rebuild(tx, None, 100) == (referral.id, [])
        tx.execute(update(t.referral).values(**lost))
        assert rebuild(tx, None, 100) == (referral.id, [referral.id])
        assert rebuild(tx, None, 100) == (referral.id, [])
    look(helping)

    now = helping.now(referral)
    assert [*dues_of(now)] == [*dues_of(before)]
    assert (now.due_at, now.look_at) == (before.due_at, before.look_at)
    assert sorted(set(told(helping, "K6"))) == sorted(set(rungs))
    assert told(helping, "K6") == rungs * (1 + ("clocks" in lost))


def test_a_wait_for_advice_is_extended_by_two_weeks_and_no_other_number(
    matching: Matching,
) -> None:
    helping = Helping(matching)
    matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True, clock_profile="advice"))
    referral = matching.accepts(matching.opens(matching.the_referral(matching.asks(ADVICE))))
    helping.months_pass(40)
    agreed = {"agreed_with_referrer": True}

    with pytest.raises(AnswerRefusedError, match="two weeks"):
        helping.reviews(
            referral, Result.EXTENDED, until=helping.today + timedelta(days=15), **agreed
        )
    helping.reviews(referral, Result.EXTENDED, until=helping.today + timedelta(days=14), **agreed)

    assert "K7" in running(helping, referral)
