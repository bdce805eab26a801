"""A question and its answer, and a referrer that takes back what it asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.matching.errors import AnswerRefusedError, NotPossibleError
from services.matching.usecases import (
    Reason,
    answer,
    ask,
    cancel,
    confirm_cancel,
    decline,
    disclose,
    refuse_cancel,
)
from services.matching.usecases.declining import Decline
from shared.identity import Principal
from tests.matching.drivers import ADVICE, SURGERY, Matching, a_client, a_service

A_DAY = timedelta(days=1)
A_SECRET = "Ask for Agnieszka at the blue house"


@pytest.fixture
def sent(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE, places=2))
    return matching.the_referral(matching.asks(ADVICE))


def does(matching: Matching, agency: Any, command: Any, *told: Any) -> Any:
    with matching.store.begin(actor=a_client(agency)) as tx:
        command(*told, tx)
    return matching.referrals()[0]


def test_a_question_stops_the_clock_and_its_answer_lets_it_run_on(
    matching: Matching, sent: Any
) -> None:
    asked = does(matching, ADVICE, ask, sent.id, 2, A_SECRET)
    assert (asked.state, asked.question_by.date()) == ("info_requested", date(2026, 11, 30))
    matching.clock.advance(3 * A_DAY)

    given = does(matching, SURGERY, answer, sent.id, 3, "Since May")

    assert given.state == "opened"
    assert given.answer_by.date() == date(2026, 12, 3)
    (question,) = matching.announced("referral.information_requested")
    assert question["answer_by"] == "2026-11-30T23:59:59+00:00"
    assert A_SECRET not in str(matching.announced())
    for agency in (ADVICE, SURGERY):
        with matching.store.begin(actor=a_client(agency)) as tx:
            notes = disclose(sent.id, tx) or ()
        kinds = [(note.kind, note.text) for note in notes]
        assert kinds == [("question", A_SECRET), ("answer", "Since May")]


def test_a_late_answer_gives_the_receiver_no_more_time_than_a_question_may_take(
    matching: Matching, sent: Any
) -> None:
    does(matching, ADVICE, ask, sent.id, 2, "Since when?")
    matching.clock.advance(20 * A_DAY)

    given = does(matching, SURGERY, answer, sent.id, 3, "Since May")

    assert given.answer_by.date() == date(2026, 12, 7)


@pytest.mark.parametrize("words", ["", "   "])
def test_a_question_and_an_answer_say_something(matching: Matching, sent: Any, words: str) -> None:
    with pytest.raises(AnswerRefusedError):
        does(matching, ADVICE, ask, sent.id, 2, words)
    does(matching, ADVICE, ask, sent.id, 2, "Since when?")
    with pytest.raises(AnswerRefusedError):
        does(matching, SURGERY, answer, sent.id, 3, words)


def test_what_a_person_asked_for_themselves_the_receiver_answers_for_them(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE))
    own = matching.the_referral(matching.asks(ADVICE, referrer_agency_id=None))
    does(matching, ADVICE, ask, own.id, 2, "Since when?")

    assert does(matching, ADVICE, answer, own.id, 3, "They said: since May").state == "opened"
    with pytest.raises(NotPossibleError):
        does(matching, ADVICE, cancel, own.id, 4, Reason("PLAN_CHANGED"))


def test_unopened_it_is_taken_back_at_once_and_its_place_is_free(
    matching: Matching, sent: Any
) -> None:
    gone = does(matching, SURGERY, cancel, sent.id, 2, Reason("PLAN_CHANGED"))

    assert gone.state == "cancelled"
    assert matching.capacity(sent.service_id).reserved == 0
    (event,) = matching.announced("referral.cancelled")
    assert (event["reason"], event["sent"]) == ("PLAN_CHANGED", True)


@pytest.mark.parametrize("code", ["DIED", "CONSENT_WITHDRAWN", "NO_CAPACITY", "NOT_ENGAGED"])
def test_only_a_reason_of_the_referrers_own_is_taken(
    matching: Matching, sent: Any, code: str
) -> None:
    with pytest.raises(AnswerRefusedError) as refused:
        does(matching, SURGERY, cancel, sent.id, 2, Reason(code))

    assert refused.value.errors[0].pointer == "/reason"


def test_what_is_under_way_stops_only_when_the_receiver_says_so(
    matching: Matching, sent: Any
) -> None:
    matching.accepts(matching.opens(sent))

    asked = does(matching, SURGERY, cancel, sent.id, 4, Reason("OTHER", "A new plan"))
    assert (asked.state, asked.settle_by.date()) == ("cancel_requested", date(2026, 11, 24))
    on = does(matching, ADVICE, refuse_cancel, sent.id, 5, "They want to stay with us.")
    assert (on.state, on.settle_by) == ("accepted", None)
    assert matching.announced("referral.cancel_refused")[0]["state"] == "accepted"
    does(matching, SURGERY, cancel, sent.id, 6, Reason("NO_LONGER_WANTED"))
    over = does(matching, ADVICE, confirm_cancel, sent.id, 7)

    assert over.state == "withdrawn"
    assert matching.announced("referral.withdrawn")[0]["reason"] == "NO_LONGER_WANTED"


def test_going_on_needs_a_word_and_other_reasons_do_too(matching: Matching, sent: Any) -> None:
    matching.opens(sent)
    with pytest.raises(AnswerRefusedError):
        does(matching, SURGERY, cancel, sent.id, 3, Reason("OTHER"))
    does(matching, SURGERY, cancel, sent.id, 3, Reason("PLAN_CHANGED"))
    with pytest.raises(AnswerRefusedError):
        does(matching, ADVICE, refuse_cancel, sent.id, 4, " ")


def test_a_yes_is_taken_back_by_a_worker_for_five_days_and_then_by_a_manager(
    matching: Matching, sent: Any
) -> None:
    matching.accepts(matching.opens(sent))
    matching.clock.advance(8 * A_DAY)

    def by(role: str) -> None:
        who = Principal(kind="staff", id="s", agency_id=ADVICE, roles=frozenset({role}))
        with matching.store.begin(actor=who) as tx:
            decline(sent.id, 4, Decline("WAIT_TOO_LONG"), tx)

    with pytest.raises(NotPossibleError, match="Ask a manager"):
        by("worker")
    by("manager")

    assert matching.referrals()[0].state == "declined"
