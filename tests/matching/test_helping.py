"""From a yes to an end: waiting, support, reviews, rests, contacts and outcomes, by example."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from services.matching import usecases
from services.matching.domain.deals import Party, Stage
from services.matching.domain.transitions import Result, State, replay
from services.matching.errors import (
    AgreementRefusedError,
    AnswerRefusedError,
    NoPlaceError,
    NotPossibleError,
    TwinError,
)
from services.matching.usecases import Came, Reason
from services.matching.usecases.keeping_deals import Terms, make_deal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping, a_worker

if TYPE_CHECKING:
    from tests.matching.drivers import Matching

A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)


@pytest.fixture
def helping(matching: Matching) -> Helping:
    return Helping(matching)


def pointers(refused: pytest.ExceptionInfo[AnswerRefusedError]) -> list[str]:
    return [fault.pointer for fault in refused.value.errors]


def test_a_full_service_that_says_yes_puts_the_person_on_its_list_at_once(
    helping: Helping,
) -> None:
    waiting = helping.waiting()

    assert (waiting.state, waiting.version) == (State.WAITING, 5)
    steps = [event.event for event in helping.matching.history(waiting)]
    assert steps[-2:] == ["referral.accepted", "referral.waiting"]
    (told,) = helping.matching.announced("referral.waiting")
    assert told["expected_start"] == str(waiting.forecast_start)
    assert told["review_by"] == "2027-01-23T23:59:59+00:00"
    assert not told["occasional_support"]


def test_a_wait_may_say_that_there_is_some_support_meanwhile(helping: Helping) -> None:
    referral = helping.accepted()

    helping.waits(referral, expected_start=helping.today + A_WEEK, occasional_support=True)

    now = helping.now(referral)
    assert (now.state, now.occasional_support) == (State.WAITING, True)
    assert now.forecast_start == helping.today + A_WEEK


def test_a_wait_past_the_promise_is_refused_with_the_code_to_use(helping: Helping) -> None:
    referral = helping.accepted()

    with pytest.raises(AnswerRefusedError, match="WAIT_TOO_LONG") as refused:
        helping.waits(referral, expected_start=date(2027, 1, 24))

    assert pointers(refused) == ["/expected_start"]


def test_support_starts_from_a_yes_without_taking_a_second_place(helping: Helping) -> None:
    active = helping.active(places=1)

    assert (active.state, active.started_on) == (State.ACTIVE, helping.today)
    assert helping.matching.capacity(active.service_id).accepted == 1
    (told,) = helping.matching.announced("referral.started")
    assert told["started_on"] == str(helping.today)


def test_whoever_waited_starts_only_when_there_is_a_place(helping: Helping) -> None:
    waiting = helping.waiting()

    with pytest.raises(NoPlaceError, match="keeps their place on your waiting list"):
        helping.does(usecases.start, waiting, helping.today)
    assert helping.now(waiting).state == State.WAITING

    helping.matching.says_places(waiting.service_id, 1)
    helping.does(usecases.start, waiting, helping.today)
    assert helping.now(waiting).state == State.ACTIVE
    assert helping.matching.capacity(waiting.service_id).accepted == 1


@pytest.mark.parametrize("days", [1, -2])
def test_support_starts_neither_tomorrow_nor_before_the_referral_came(
    helping: Helping, days: int
) -> None:
    referral = helping.accepted()

    with pytest.raises(AnswerRefusedError) as refused:
        helping.does(usecases.start, referral, helping.today + days * A_DAY)

    assert pointers(refused) == ["/started_on"]


def test_nothing_is_taken_on_by_a_service_that_is_closed(helping: Helping) -> None:
    referral = helping.opened()
    with helping.matching.store.begin() as tx:
        tx.execute(tx.table("service").update().values(closed=True))

    with pytest.raises(AnswerRefusedError, match="closed to new referrals"):
        helping.matching.accepts(referral)


def test_a_review_is_offered_once_the_waiting_target_has_passed(helping: Helping) -> None:
    waiting = helping.waiting()

    assert "review" not in helping.offered(waiting)
    with pytest.raises(NotPossibleError):
        helping.reviews(waiting, Result.RETURNED, comment="No start is likely.")
    helping.months_pass(29)
    assert "review" not in helping.offered(waiting)
    helping.months_pass(3)
    assert "review" in helping.offered(waiting)


def test_a_wait_is_extended_once_as_the_referrer_agreed(helping: Helping) -> None:
    waiting = helping.waiting()
    helping.months_pass()
    until = date(2027, 1, 23) + 4 * A_WEEK

    helping.reviews(waiting, Result.EXTENDED, until=until, agreed_with_referrer=True)

    now = helping.now(waiting)
    assert (now.state, now.extended_until) == (State.WAITING, until)
    (told,) = helping.matching.announced("referral.reviewed")
    assert (told["result"], told["until"]) == ("extended", str(until))
    with pytest.raises(AnswerRefusedError, match="extended once") as refused:
        helping.reviews(waiting, Result.EXTENDED, until=until, agreed_with_referrer=True)
    assert pointers(refused) == ["/result"]
    helping.reviews(waiting, Result.RETURNED, comment="No volunteer near them.")
    assert helping.now(waiting).state == State.RETURNED


@pytest.mark.parametrize(
    ("days", "agreed", "pointer"),
    [
        (35, True, "/until"),
        (13, True, "/until"),
        (None, True, "/until"),
        (28, False, "/agreed_with_referrer"),
    ],
)
def test_five_weeks_or_an_extension_nobody_agreed_to_is_refused(
    helping: Helping, days: int | None, agreed: bool, pointer: str
) -> None:
    waiting = helping.waiting()
    helping.months_pass(70)
    until = helping.today + timedelta(days=days) if days else None

    with pytest.raises(AnswerRefusedError) as refused:
        helping.reviews(waiting, Result.EXTENDED, until=until, agreed_with_referrer=agreed)

    assert pointers(refused) == [pointer]
    assert helping.now(waiting).version == waiting.version


def test_what_is_given_back_says_why_and_who_else_could_help(helping: Helping) -> None:
    waiting = helping.waiting()
    helping.months_pass()
    (other,) = helping.matching.publishes(a_service(MONEY, places=2, listed="public"))
    with pytest.raises(AnswerRefusedError) as refused:
        helping.reviews(waiting, Result.RETURNED)
    assert pointers(refused) == ["/comment"]

    helping.reviews(waiting, Result.RETURNED, comment="No volunteer near them.")

    (told,) = helping.matching.announced("referral.returned")
    assert (told["result"], told["alternatives"]) == ("returned", [str(other)])
    assert [gap.reasons for gap in helping.matching.gaps()] == [["RETURNED_TO_REFERRER"]]
    assert "volunteer" not in str(told)


def test_needs_that_changed_end_the_wait_and_a_later_date_is_kept(helping: Helping) -> None:
    first, second = helping.waiting(), helping.waiting()
    helping.months_pass()
    day = helping.today + 10 * A_WEEK

    helping.reviews(first, Result.NEEDS_CHANGED, agreed_with_referrer=True)
    helping.reviews(second, Result.RE_REFER_LATER, until=day, agreed_with_referrer=True)

    assert helping.now(first).state == State.WITHDRAWN
    (ended,) = helping.matching.announced("referral.withdrawn")
    assert ended["reason"] == "NEEDS_CHANGED"
    assert helping.now(second).state == State.RETURNED
    (told,) = helping.matching.announced("referral.returned")
    assert (told["result"], told["re_refer_on"]) == ("re_refer_later", str(day))


def test_support_rests_and_goes_on_where_it_was(helping: Helping) -> None:
    active = helping.active()

    helping.holds(active, "STAFF_AWAY")
    assert helping.now(active).state == State.ON_HOLD
    assert helping.offered(active)[0] == "resume"
    helping.does(usecases.resume_held, active)

    assert helping.now(active).state == State.ACTIVE
    assert helping.matching.announced("referral.resumed")[0]["state"] == "active"


def test_a_wait_rests_only_as_the_person_wishes_and_for_four_weeks(helping: Helping) -> None:
    waiting = helping.waiting()

    with pytest.raises(AnswerRefusedError) as not_theirs:
        helping.holds(waiting, "STAFF_AWAY")
    with pytest.raises(AnswerRefusedError) as too_long:
        helping.holds(waiting, days=29)
    with pytest.raises(AnswerRefusedError) as no_code:
        helping.holds(waiting, "BORED")
    helping.holds(waiting, days=28)

    assert [pointers(one) for one in (not_theirs, too_long, no_code)] == [
        ["/reason"],
        ["/review_on"],
        ["/reason"],
    ]
    assert helping.now(waiting).state == State.ON_HOLD
    helping.does(usecases.resume_held, waiting)
    assert helping.now(waiting).state == State.WAITING


DONE = Came("debt", "PARTLY", ("ADVICE_GIVEN", "INCOME_MAXIMISED"), pounds_per_year=1240)


def test_what_came_of_each_need_is_told_with_the_end(helping: Helping) -> None:
    completed = helping.completed(DONE)

    assert completed.state == State.COMPLETED
    (told,) = helping.matching.announced("referral.completed")
    (outcome,) = told["outcomes"]
    assert (outcome["need"], outcome["result"], outcome["pounds_per_year"]) == (
        "debt",
        "PARTLY",
        1240,
    )
    assert helping.matching.history(completed)[-1].reason == "PARTLY"


def test_an_outcome_may_come_later_and_is_added_never_written_over(helping: Helping) -> None:
    completed = helping.completed()
    assert helping.offered(completed) == ("record-outcome", "reopen")

    helping.does(usecases.record_outcome, completed, (DONE,))
    helping.does(usecases.record_outcome, completed, (Came("debt", "ACHIEVED"),))

    with helping.matching.store.read() as tx:
        results = [row.result for row in tx.outcomes_of(completed.id)]
    assert results == ["PARTLY", "ACHIEVED"]
    assert helping.now(completed).state == State.COMPLETED


@pytest.mark.parametrize(
    ("came", "pointer"),
    [
        (Came("housing", "PARTLY"), "/outcomes/0/need"),
        (Came("debt", "GOT_HELP"), "/outcomes/0/result"),
        (Came("debt", "PARTLY", ("NONSENSE",)), "/outcomes/0/codes/0"),
        (Came("debt", "PARTLY", (), weeks=26), "/outcomes/0/weeks"),
        (Came("debt", "PARTLY", ("DEBT_REDUCED",), pounds_once=-1), "/outcomes/0/pounds_once"),
        (Came("debt", "PARTLY", ("LESS_ISOLATED",), scale_after=11), "/outcomes/0/scale_after"),
        (Came("debt", "PARTLY", ("ONWARD_REFERRED",)), "/outcomes/0/onward_referral_id"),
    ],
)
def test_an_outcome_that_makes_no_sense_is_refused_where_it_stands(
    helping: Helping, came: Came, pointer: str
) -> None:
    active = helping.active()

    with pytest.raises(AnswerRefusedError) as refused:
        helping.does(usecases.complete, active, (came,))

    assert pointers(refused) == [pointer]


def test_an_outcome_names_every_need_once(helping: Helping) -> None:
    helping.matching.publishes(a_service(ADVICE, needs=["debt", "benefits"]))
    request = helping.matching.asks(ADVICE, needs=("debt", "benefits"))
    referral = helping.matching.accepts(
        helping.matching.opens(helping.matching.the_referral(request))
    )
    helping.does(usecases.start, referral, helping.today)

    with pytest.raises(AnswerRefusedError, match="benefits"):
        helping.does(usecases.complete, referral, (DONE,))
    with pytest.raises(AnswerRefusedError, match="once"):
        helping.does(usecases.complete, referral, (DONE, DONE))


def test_who_was_asked_to_stop_may_say_that_the_help_was_finished(helping: Helping) -> None:
    active, accepted = helping.active(), helping.accepted()
    for referral in (active, accepted):
        helping.does(usecases.cancel, referral, Reason("REFERRER_CANCELLED"), by=helping.referrer())

    assert "complete" not in helping.offered(accepted)
    helping.does(usecases.complete, active, (DONE,))

    assert helping.now(active).state == State.COMPLETED
    assert helping.matching.history(active)[-1].transition == "T25"


def test_attempts_are_written_down_and_the_first_that_reached_is_said(helping: Helping) -> None:
    active = helping.active()

    helping.tries(active)
    helping.tries(active, "DELIVERED", channel="visit", attended="NO", why_absent="ILL")
    helping.tries(active, "DELIVERED", channel="visit", attended="YES")
    helping.tries(active, "DELIVERED")

    told = helping.matching.announced("referral.contacted")
    assert [one["first"] for one in told] == [False, False, True, False]
    assert helping.now(active).first_contact_on == helping.today
    assert helping.now(active).state == State.ACTIVE


def test_nobody_is_called_unreachable_before_three_attempts_that_were_allowed(
    helping: Helping,
) -> None:
    active = helping.active()
    helping.tries(active)
    helping.tries(active, "MESSAGE_LEFT")
    helping.tries(active, "NO_ANSWER", as_agreed=False)
    helping.tries(active, "DELIVERED")

    with pytest.raises(AnswerRefusedError, match=r"3 times first.*Written down: 2") as refused:
        helping.ends(active, "COULD_NOT_CONTACT")
    assert pointers(refused) == ["/reason"]

    helping.tries(active)
    helping.ends(active, "COULD_NOT_CONTACT")
    assert helping.now(active).state == State.WITHDRAWN


@pytest.mark.parametrize(
    ("code", "pointer"),
    [
        ("REFERRER_CANCELLED", "/reason"),
        ("RETURNED_TO_REFERRER", "/reason"),
        ("NONSENSE", "/reason"),
        ("OTHER", "/comment"),
    ],
)
def test_a_receiver_ends_for_a_reason_of_its_own(helping: Helping, code: str, pointer: str) -> None:
    active = helping.active()

    with pytest.raises(AnswerRefusedError) as refused:
        helping.ends(active, code)

    assert pointers(refused) == [pointer]


def test_only_a_manager_gives_a_referral_to_another_worker_of_the_agency(
    helping: Helping,
) -> None:
    active, ear = helping.active(), Ear(helping.matching)
    mine, theirs = new_id(), new_id()
    for staff_id, agency in ((mine, ADVICE), (theirs, MONEY)):
        told = {"staff_id": staff_id, "agency_id": agency, "roles": ["worker"], "active": True}
        ear.hears(ear.message("staff.changed", **told))

    assert "reassign" not in helping.offered(active, a_worker())
    with pytest.raises(AnswerRefusedError):
        helping.does(usecases.reassign, active, theirs, None)
    manager = a_worker(ADVICE, "manager")
    helping.does(usecases.reassign, active, mine, " East team ", by=manager)

    assert (helping.now(active).assigned_to, helping.now(active).team) == (mine, "East team")
    (told_of,) = helping.matching.announced("referral.reassigned")
    assert told_of["staff_id"] == str(mine)


def test_the_worker_who_opens_a_referral_has_it(helping: Helping) -> None:
    sent, worker = helping.sent(), a_worker()

    helping.does(usecases.open_referral, sent, by=worker)

    assert str(helping.now(sent).assigned_to) == worker.id


def test_a_better_service_is_only_suggested(helping: Helping) -> None:
    (other,) = helping.matching.publishes(a_service(MONEY, needs=["housing"]))
    opened = helping.opened()

    for alternatives, comment in (((), "They know more"), ((new_id(),), "So"), ((other,), " ")):
        with pytest.raises(AnswerRefusedError):
            helping.does(usecases.redirect, opened, alternatives, comment)
    helping.does(usecases.redirect, opened, (other,), "They know more")

    assert helping.now(opened).state == State.REDIRECTED
    assert helping.matching.announced("referral.redirected")[0]["alternatives"] == [str(other)]
    assert helping.matching.capacity(opened.service_id).reserved == 0
    assert len(helping.matching.referrals()) == 1


def test_what_was_over_is_taken_up_again_as_a_new_referral(helping: Helping) -> None:
    old = helping.matching.declines(helping.sent(places=1), "NO_CAPACITY")

    new = helping.reopens(old)

    assert (new.state, new.reopens) == (State.SENT, old.id)
    assert helping.now(old).state == State.DECLINED
    events = helping.matching.history(new)
    assert [event.transition for event in events] == ["T5", "T30", "T7"]
    assert replay((event.transition, event.event) for event in events) is State.SENT
    (told,) = helping.matching.announced("referral.reopened")
    assert (told["referral_id"], told["reopens"]) == (str(new.id), str(old.id))
    with pytest.raises(TwinError):
        helping.reopens(old)


def test_nothing_is_taken_up_after_a_year_or_once_the_request_is_over(helping: Helping) -> None:
    late = helping.matching.declines(helping.sent(), "NO_CAPACITY")
    helping.months_pass(367)
    assert "reopen" not in helping.offered(late)

    request = helping.matching.a_request(ADVICE)
    helping.matching.says_places(late.service_id, 3)
    helping.matching.hears(request)
    over = helping.matching.declines(helping.matching.the_referral(request), "NO_CAPACITY")
    ear = Ear(helping.matching)
    ear.hears(ear.over(request, "withdrawn", reason="NO_LONGER_WANTED"))
    assert "reopen" not in helping.offered(over)
    with pytest.raises(NotPossibleError, match="Make a new request"):
        helping.reopens(over)


def test_a_referral_taken_up_again_waits_for_the_persons_agreement(helping: Helping) -> None:
    request = helping.matching.a_request(ADVICE)
    helping.matching.publishes(a_service(ADVICE))
    ear, consent = Ear(helping.matching), request.consent_id
    given = {"purpose": "refer", "recipient": ADVICE, "categories": ("identity", "story")}
    ear.hears(ear.submitted(request), ear.given(request, given, consent=consent))
    old = helping.matching.declines(helping.matching.the_referral(request), "NO_CAPACITY")
    ear.hears(ear.ended(request, consent, given))

    with pytest.raises(AnswerRefusedError, match="only if they ask for it"):
        helping.reopens(old, "PLACE_FREE_NOW")
    new = helping.reopens(old, "NEEDS_HELP_AGAIN")

    assert (new.state, new.consent_needed) == (State.PROPOSED, True)
    ear.hears(ear.given(request, given))
    assert helping.now(new).state == State.SENT


def test_nothing_is_taken_up_with_whom_the_person_refused_or_hides_from(helping: Helping) -> None:
    ear, refused = Ear(helping.matching), helping.matching.declines(helping.sent(), "NO_CAPACITY")
    ear.hears(
        ear.ended(refused, refused.consent_id, grant(ADVICE)),
        ear.refused(refused, ADVICE),
    )
    request = helping.matching.asks(ADVICE)
    hidden = helping.matching.declines(helping.matching.the_referral(request), "NO_CAPACITY")
    ear.hears(ear.amended(request, sequence=5, hidden_from_agencies=[ADVICE]))

    for old in (refused, hidden):
        assert "reopen" not in helping.offered(old, by=helping.referrer())
        with pytest.raises(NotPossibleError, match="does not agree"):
            helping.reopens(old, by=helping.referrer())

    assert helping.matching.announced("referral.reopened") == []


def test_strangers_may_do_nothing_and_learn_nothing(helping: Helping) -> None:
    active = helping.active()

    assert helping.offered(active, a_client(MONEY)) == ()
    assert helping.offered(active, a_worker(ADVICE, "trustee")) == ()


def test_a_no_about_a_threshold_says_what_would_have_been_right(helping: Helping) -> None:
    sent = helping.sent()

    with pytest.raises(AnswerRefusedError) as refused:
        helping.matching.declines(
            sent, "BELOW_THRESHOLD", comment="Early help fits.", would_have_been_right_if=" "
        )

    assert pointers(refused) == ["/would_have_been_right_if"]


def test_a_no_passes_on_who_else_the_guide_has_that_everybody_may_see(helping: Helping) -> None:
    sent = helping.sent()
    seen, _hidden = helping.matching.publishes(
        a_service(MONEY, listed="public"), a_service(MONEY, listed="by_worker_only")
    )

    helping.matching.declines(sent, "NO_CAPACITY")

    (told,) = helping.matching.announced("referral.declined")
    assert told["alternatives"] == [str(seen)]


def test_a_no_that_sends_somebody_back_names_no_other_service(helping: Helping) -> None:
    sent = helping.sent()
    helping.matching.publishes(a_service(MONEY, listed="public"))

    helping.matching.declines(sent, "DUPLICATE")

    assert helping.matching.announced("referral.declined")[0]["alternatives"] == []


def test_the_hubs_desk_takes_back_what_nobody_opened_and_an_officer_ends_what_was_halted(
    helping: Helping,
) -> None:
    ear, request = Ear(helping.matching), helping.matching.a_request(ADVICE)
    unread = helping.sent()
    given = {"purpose": "refer", "recipient": ADVICE, "categories": ("identity", "story")}
    ear.hears(ear.submitted(request), ear.given(request, given, consent=request.consent_id))
    halted = helping.matching.the_referral(request)
    ear.hears(ear.ended(request, request.consent_id, given))

    desk, officer = a_worker(new_id(), "coordinator"), a_worker(new_id(), "officer")
    helping.does(usecases.cancel, unread, Reason("REFERRER_CANCELLED"), by=desk)
    with pytest.raises(NotPossibleError):
        helping.does(usecases.withdraw, halted, Reason(""), by=desk)
    helping.does(usecases.withdraw, halted, Reason(""), by=officer)

    assert helping.now(unread).state == State.CANCELLED
    assert helping.now(halted).state == State.WITHDRAWN
    assert helping.matching.announced("referral.withdrawn")[0]["reason"] == "CONSENT_WITHDRAWN"


def test_nothing_is_taken_up_again_under_an_agreement_that_has_expired(helping: Helping) -> None:
    old = helping.matching.declines(helping.sent(), "NO_CAPACITY")
    sides = [Party(agency, Stage.FULL) for agency in (SURGERY, ADVICE)]
    kinds = ("identity", "contact", "story")
    with helping.matching.store.begin() as tx:
        make_deal(Terms("Ours", date(2026, 1, 1), date(2026, 12, 1), kinds), sides, tx)
    helping.months_pass()

    with pytest.raises(AgreementRefusedError):
        helping.reopens(old)

    assert len(helping.matching.referrals()) == 1
