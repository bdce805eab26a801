"""From a yes to an outcome in the portal: each form does what it says, and keeps what was typed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching.domain.transitions import TABLE, Result
from services.matching.http.helping_words import ACTIONS
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear
from tests.matching.helping import Helping
from tests.matching.test_portal import SECRET, Worker, page_of

if TYPE_CHECKING:
    from datetime import date

    from flask import Flask
    from werkzeug.test import TestResponse

WITH_PAGES_OF_THEIR_OWN = {"open", "accept", "decline", "propose"}


@pytest.fixture
def helping(matching: Matching) -> Helping:
    return Helping(matching)


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app, "worker", "manager")


def a_day(name: str, day: date) -> dict[str, str]:
    return {
        f"{name}-day": str(day.day),
        f"{name}-month": str(day.month),
        f"{name}-year": str(day.year),
    }


def does(
    worker: Worker, helping: Helping, referral: Any, action: str, **typed: Any
) -> TestResponse:
    version = {"version": str(helping.now(referral).version)}
    return worker.fills(page_of(referral, action), {**version, **typed})


def says(worker: Worker, answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    banner = re.search(
        r"notification-banner__heading\">(.*?)<", worker.sees(answer.location), re.DOTALL
    )
    assert banner is not None
    return banner[1].strip()


def test_every_action_of_the_table_has_its_page() -> None:
    assert {row.action for row in TABLE if row.action} - WITH_PAGES_OF_THEIR_OWN == set(ACTIONS)


def test_somebody_is_put_on_the_list_and_starts_when_there_is_a_place(
    worker: Worker, helping: Helping
) -> None:
    waiting = helping.accepted(places=1)
    expected = helping.today + timedelta(days=9)

    told = says(worker, does(worker, helping, waiting, "wait", **a_day("expected", expected)))
    assert "support has not begun" in told
    assert (helping.now(waiting).state, helping.now(waiting).forecast_start) == (
        "waiting",
        expected,
    )
    started = does(worker, helping, waiting, "start", **a_day("started", helping.today))
    assert "support has started" in says(worker, started)
    assert helping.now(waiting).state == "active"


def test_a_start_without_a_place_is_not_offered_and_refused_with_an_honest_sentence(
    worker: Worker, helping: Helping
) -> None:
    waiting = helping.waiting()
    page = worker.sees(page_of(waiting))
    assert "keeps their place on your waiting list" in page
    assert page_of(waiting, "start") not in page
    assert "keeps their place" in worker.sees(page_of(waiting, "start"), status=409)
    typed = {"version": str(helping.now(waiting).version), **a_day("started", helping.today)}

    answer = worker.fills(page_of(waiting, "start"), typed, worker.sees(page_of(waiting, "hold")))

    assert answer.status_code == 409
    assert "keeps their place on your waiting list" in answer.text
    assert f'value="{helping.today.year}"' in answer.text
    assert helping.now(waiting).state == "waiting"


def test_a_review_offers_the_four_results_and_says_which_day_is_wrong(
    app: Flask, helping: Helping
) -> None:
    waiting = helping.waiting()
    assert page_of(waiting, "review") not in Worker(app).sees(page_of(waiting))
    helping.months_pass()
    worker = Worker(app)
    form = worker.sees(page_of(waiting, "review"))
    assert all(f'value="{result}"' in form for result in Result)
    until = a_day("until", helping.today + timedelta(weeks=20))

    refused = does(
        worker, helping, waiting, "review", result="extended", agreed="yes", words=SECRET, **until
    )

    assert refused.status_code == 422
    assert "two to four weeks" in refused.text
    assert "Agnieszka" in refused.text
    assert re.search(r'value="extended"[^>]*checked', refused.text)


def test_an_extension_is_saved_once_and_then_no_longer_offered(
    app: Flask, helping: Helping
) -> None:
    waiting = helping.waiting()
    helping.months_pass(61)
    worker = Worker(app)
    until = a_day("until", helping.today + timedelta(weeks=4))

    told = does(worker, helping, waiting, "review", result="extended", agreed="yes", **until)

    assert "everybody in writing" in says(worker, told)
    assert helping.now(waiting).extended_until is not None
    helping.months_pass(28)
    assert 'value="extended"' not in Worker(app).sees(page_of(waiting, "review"))


def test_attempts_are_written_down_and_let_a_referral_end_that_reached_nobody(
    worker: Worker, helping: Helping
) -> None:
    active = helping.active()
    attempt = {"code": "NO_ANSWER", "channel": "phone", **a_day("on", helping.today)}
    too_soon = does(worker, helping, active, "withdraw", reason="COULD_NOT_CONTACT")
    assert (too_soon.status_code, "Try 3 times first" in too_soon.text) == (422, True)

    for _ in range(3):
        answer = does(worker, helping, active, "record-contact", **attempt)
        assert "written down" in says(worker, answer)
    ended = does(worker, helping, active, "withdraw", reason="COULD_NOT_CONTACT")

    assert "has ended" in says(worker, ended)
    assert helping.now(active).state == "withdrawn"


def test_an_attempt_without_its_parts_is_explained_and_stays(
    worker: Worker, helping: Helping
) -> None:
    active = helping.active()

    answer = does(worker, helping, active, "record-contact", code="NO_ANSWER", words=SECRET)

    assert answer.status_code == 422
    for said in ("Enter a day", "Choose one", "Agnieszka"):
        assert said in answer.text
    assert 'href="#on-day"' in answer.text


def test_a_rest_ends_where_it_began(worker: Worker, helping: Helping) -> None:
    active = helping.active()
    again = a_day("again", helping.today + timedelta(days=7))

    assert "It is paused" in says(
        worker, does(worker, helping, active, "hold", reason="PERSON_WISH", **again)
    )
    assert helping.now(active).state == "on_hold"
    assert "It goes on" in says(worker, does(worker, helping, active, "resume"))
    assert helping.now(active).state == "active"


def test_a_referral_finishes_with_what_came_of_each_need(worker: Worker, helping: Helping) -> None:
    active = helping.active()
    typed = {
        "result-debt": "ACHIEVED",
        "codes-debt": ["DEBT_REDUCED", "INCOME_MAXIMISED"],
        "pounds_per_year-debt": "1240",
    }

    assert "is finished" in says(worker, does(worker, helping, active, "complete", **typed))
    (told,) = helping.matching.announced("referral.completed")
    (outcome,) = told["outcomes"]
    assert (outcome["result"], outcome["pounds_per_year"]) == ("ACHIEVED", 1240)
    assert "£1,240 more each year" in worker.sees(page_of(active))


def test_an_outcome_may_follow_later(worker: Worker, helping: Helping) -> None:
    active = helping.active()
    says(worker, does(worker, helping, active, "complete"))

    empty = does(worker, helping, active, "record-outcome")
    assert (empty.status_code, "Say what came of each need" in empty.text) == (422, True)
    answer = does(worker, helping, active, "record-outcome", **{"result-debt": "PARTLY"})

    assert "what came of it is saved" in says(worker, answer).lower()
    pressing = f'class="govuk-button" draggable="false" href="{page_of(active, "record-outcome")}"'
    assert pressing not in worker.sees(page_of(active))
    more = does(worker, helping, active, "record-outcome", **{"result-debt": "ACHIEVED"})
    assert "what came of it is saved" in says(worker, more).lower()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pounds_once-debt": "much"}, "Write a whole number"),
        ({"pounds_once-debt": "5"}, "Choose what was achieved"),
        ({"result-debt": "ACHIEVED", "calls-debt": "5"}, "Choose the outcome this figure"),
        ({"result-debt": "ACHIEVED", "onward-debt": "AAAA"}, "is called that"),
    ],
)
def test_a_wrong_outcome_is_explained_at_its_need_and_stays(
    worker: Worker, helping: Helping, typed: dict[str, str], said: str
) -> None:
    active = helping.active()

    answer = does(worker, helping, active, "complete", words=SECRET, **typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#result-debt"' in answer.text
    assert all(f'value="{value}"' in answer.text for value in typed.values())
    assert helping.now(active).state == "active"


def test_a_better_service_is_suggested_from_what_everyone_may_see(
    matching: Matching, worker: Worker, helping: Helping
) -> None:
    (better, _) = matching.publishes(
        a_service(MONEY, name="Money Centre"),
        a_service(MONEY, name="Quiet house", listed="by_worker_only"),
    )
    opened = helping.opened()
    form = worker.sees(page_of(opened, "redirect"))
    assert "Money Centre" in form
    assert "Quiet house" not in form

    typed = {"alternatives": [str(better)], "words": "They speak Polish"}
    assert "what you suggest" in says(worker, does(worker, helping, opened, "redirect", **typed))
    assert helping.now(opened).alternatives == [str(better)]


def test_a_manager_chooses_who_looks_after_it_and_a_worker_does_not(
    matching: Matching, app: Flask, worker: Worker, helping: Helping
) -> None:
    active, ear = helping.active(), Ear(matching)
    colleague = "019a0000-0000-7000-8000-00000000c011"
    about = {"agency_id": ADVICE, "name": "Ines Duarte", "roles": ["worker"], "active": True}
    ear.hears(ear.message("staff.changed", sequence=1, staff_id=colleague, **about))
    assert "Choose who looks after it" not in Worker(app).sees(page_of(active))

    answer = does(worker, helping, active, "reassign", staff=colleague, team="East")

    assert "Saved" in says(worker, answer)
    assert str(helping.now(active).assigned_to) == colleague
    assert "Ines Duarte" in worker.sees("/agency/")
    assert "Ines Duarte" in worker.sees(page_of(active))


def test_a_team_named_once_is_offered_by_name_to_that_agency_alone(
    worker: Worker, helping: Helping
) -> None:
    first, second = helping.active(), helping.active()
    assert "East team" not in worker.sees(page_of(second, "reassign"))
    does(worker, helping, first, "reassign", staff="nobody", team=" East team ")

    form = worker.sees(page_of(second, "reassign"))
    assert 'value="East team"' in form
    does(worker, helping, second, "reassign", staff="nobody", known="East team", team="")

    assert helping.now(second).team == "East team"
    again = worker.sees(page_of(second, "reassign"))
    assert re.search(r'value="East team"[^>]*checked', again)
    does(worker, helping, second, "reassign", staff="nobody", known="East team", team="West")
    assert helping.now(second).team == "West"
    does(worker, helping, second, "reassign", staff="nobody", known="", team="")
    assert helping.now(second).team is None
    with helping.matching.store.read() as tx:
        assert tx.teams_of(SURGERY) == []


def test_what_was_over_is_taken_up_again_and_each_names_the_other(
    worker: Worker, helping: Helping
) -> None:
    over = helping.completed()

    answer = does(worker, helping, over, "reopen", reason="NEEDS_HELP_AGAIN")

    assert "as a new referral" in says(worker, answer)
    (new,) = [row for row in helping.matching.referrals() if row.reopens == over.id]
    assert page_of(new) in worker.sees(page_of(over))
    assert page_of(over) in worker.sees(page_of(new))


def test_pressing_twice_writes_one_attempt(worker: Worker, helping: Helping) -> None:
    active = helping.active()
    form = worker.sees(page_of(active, "record-contact"))
    typed = {
        "version": str(helping.now(active).version),
        "code": "DELIVERED",
        "channel": "visit",
        **a_day("on", helping.today),
    }

    answers = [worker.fills(page_of(active, "record-contact"), typed, form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(helping.matching.announced("referral.contacted")) == 1


def test_another_attempt_from_an_old_page_is_not_said_to_be_written_down(
    worker: Worker, helping: Helping
) -> None:
    active = helping.active()
    path, form = page_of(active, "record-contact"), worker.sees(page_of(active, "record-contact"))
    old = {"version": str(helping.now(active).version), "channel": "phone"}
    old |= a_day("on", helping.today)

    first = worker.fills(path, {**old, "code": "NO_ANSWER"}, form)
    second = worker.fills(path, {**old, "code": "DELIVERED"}, form)
    other = worker.fills(page_of(active, "reassign"), {"version": "4", "staff": "nobody"}, form)

    assert [first.status_code, second.status_code, other.status_code] == [303, 409, 409]
    assert "Nothing was saved" in second.text
    assert len(helping.matching.announced("referral.contacted")) == 1


def test_the_referrer_sees_that_support_has_not_begun_and_none_of_the_receivers_forms(
    app: Flask, helping: Helping
) -> None:
    waiting = helping.waiting()

    page = Worker(app, agency_id=SURGERY).sees(page_of(waiting))

    assert "not yet supported" in page
    assert "Say that support has started" not in page
    assert "Take this referral back" in page


def test_somebody_taken_on_is_referred_on_by_codes_alone(app: Flask, helping: Helping) -> None:
    opened = helping.opened()
    link = f"/requests/{opened.request_id}/onward?referral={opened.id}&amp;need=debt"
    assert link not in Worker(app).sees(page_of(opened))

    helping.matching.accepts(opened)

    assert link in Worker(app).sees(page_of(opened))
    assert "/onward?" not in Worker(app, agency_id=SURGERY).sees(page_of(opened))
