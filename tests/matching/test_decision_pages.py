"""How a service was chosen, as the two agencies and the coordinator read it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import update

from services.matching.domain.criteria import Criteria, Situation, evaluate
from services.matching.domain.rules import rules_of
from services.matching.http.decision_words import GONE, SAME
from services.matching.http.words import fact_words
from services.matching.storage import tables as t
from services.matching.usecases.replaying import replay
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear
from tests.matching.test_api import Partner
from tests.matching.test_desk import HUB, coordinator, ear, lines, tells_own, the_line
from tests.matching.test_portal import Worker, page_of
from tests.matching.test_rule_pages import EITHER, EVERY

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

__all__ = ["ear"]


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def sent(matching: Matching) -> Any:
    matching.publishes(
        a_service(ADVICE, forecast_wait_days=3, threshold=[1, 3]),
        a_service(MONEY, forecast_wait_days=3, threshold=[1, 3], name="Money by phone"),
    )
    request = matching.asks(ADVICE, MONEY, age=46, threshold=2, referrer_agency_id=SURGERY)
    return matching.the_referral(request)


def test_each_side_reads_what_fitted_with_its_fact_and_that_it_follows_again(
    matching: Matching, app: Flask, sent: Any
) -> None:
    now = a_service(sent.agency_id, minimum_age=70, needs=["food"])
    matching.publishes({**now, "id": str(sent.service_id)})
    receiver, referrer = Worker(app, agency_id=sent.agency_id), Worker(app, agency_id=SURGERY)
    other = "Money by phone" if sent.agency_id == ADVICE else "Debt advice"

    seen = words_of(receiver.sees(page_of(sent, "decision")))
    told = words_of(referrer.sees(page_of(sent, "decision")))

    assert SAME in seen
    for fact in ("45-54", "Wandsworth", "Early help: some extra support", "English", "Debt"):
        assert fact in seen
    assert "It had a place." in seen
    assert (other in seen, other in told) == (False, True)
    assert "See how it was chosen" in receiver.sees(page_of(sent))


def test_a_partners_system_is_told_the_same_in_codes(
    matching: Matching, app: Flask, issuer: PretendIssuer, sent: Any
) -> None:
    path = f"/referrals/{sent.id}/decision"
    receiver = Partner(app, issuer, sent.agency_id).calls("GET", path).get_json()
    referrer = Partner(app, issuer, SURGERY).calls("GET", path).get_json()

    assert (receiver["same"], receiver["differs"]) == (True, [])
    (own,) = receiver["services"]
    assert (own["service"], own["chosen"], own["way"]) == (str(sent.service_id), True, "place")
    assert {"criterion": "age", "result": "met", "fact": "45-54", "ask": None} in own["criteria"]
    assert [one["chosen"] for one in referrer["services"]] == [True, False]
    matching.declines(matching.opens(sent), "NO_CAPACITY")
    assert Partner(app, issuer, sent.agency_id).calls("GET", path).status_code == 404
    assert Partner(app, issuer, HUB).calls("GET", path).status_code == 404


def test_a_receiver_reads_of_no_need_that_somebody_else_was_asked_for(
    matching: Matching, app: Flask, issuer: PretendIssuer
) -> None:
    matching.publishes(
        a_service(ADVICE, needs=["debt", "food"], forecast_wait_days=9),
        a_service(MONEY, needs=["food", "housing"], name="Food and housing", forecast_wait_days=1),
        a_service(ADVICE, needs=["food", "housing"], name="Our parcels", forecast_wait_days=1),
    )
    request = matching.asks(ADVICE, MONEY, needs=("debt", "food", "housing"))
    ours = next(row for row in matching.referrals(request) if row.needs == ["debt"])
    assert ours.agency_id == ADVICE
    worker, partner = Worker(app, agency_id=ADVICE), Partner(app, issuer, ADVICE)

    pages = [worker.sees(page_of(ours, page)) for page in ("", "decision")]
    shapes = [partner.calls("GET", f"/referrals/{ours.id}{way}").text for way in ("", "/decision")]

    for page in pages:
        assert "Debt" in page
        assert "Food" not in page
        assert "Our parcels" not in page
        assert "It covers one need." in page
        assert "It covers 2 needs." not in page
    for shape in shapes:
        assert '"debt"' in shape
        assert "food" not in shape
        assert "covers:2" not in shape
    assert replay_is_the_same(matching, ours)


def replay_is_the_same(matching: Matching, referral: Any) -> bool:
    with matching.store.read() as tx:
        found = replay(referral.id, tx)
    return found is not None and found.same


def test_a_decision_is_not_there_for_others_nor_when_its_content_is_closed(
    matching: Matching, app: Flask, sent: Any
) -> None:
    receiver = Worker(app, agency_id=sent.agency_id)
    Worker(app, agency_id=HUB).sees(page_of(sent, "decision"), status=404)

    matching.declines(matching.opens(sent), "NO_CAPACITY")

    receiver.sees(page_of(sent, "decision"), status=404)
    Worker(app, agency_id=SURGERY).sees(page_of(sent, "decision"))


def test_a_record_that_was_tampered_with_says_in_plain_words_what_differs(
    matching: Matching, app: Flask, sent: Any
) -> None:
    with matching.store.begin() as tx:
        other = {**sent.explanation, "way": "enquiry", "result": "unknown"}
        tx.execute(update(t.referral).values(explanation=other))

    page = words_of(Worker(app, agency_id=sent.agency_id).sees(page_of(sent, "decision")))

    assert "The answer differs: how well it fits, on what terms it could be asked." in page


def test_a_coordinator_reads_every_choice_of_a_request_and_why_the_rest_failed(
    matching: Matching,
    ear: Ear,
    app: Flask,
) -> None:
    request = matching.asks(ADVICE, needs=("debt", "housing"))
    tells_own(matching, ear, "match.failed")
    path = f"/agency/desk/{the_line(matching).id}/decisions"
    at_desk = Worker(app, "coordinator", agency_id=HUB)

    page = words_of(at_desk.sees(path))

    assert "Debt advice" in page
    assert "Nobody could be asked. Not offered here." in page
    assert page.count(SAME) == 2
    assert "See how each service was chosen" in at_desk.sees(path.removesuffix("/decisions"))
    Worker(app, "coordinator", agency_id=ADVICE).sees(path, status=403)
    ear.hears(ear.over(request, "erased"))
    said = words_of(at_desk.sees(path))
    assert said.count(GONE) == 2
    assert "Debt" not in said.replace("Debt advice", "")


def test_a_coordinator_from_whom_a_person_hides_reads_no_choice(
    matching: Matching,
    ear: Ear,
    app: Flask,
) -> None:
    at_desk = Worker(app, "coordinator", agency_id=HUB)
    hidden = (UUID(str(at_desk.who.id)), UUID(str(coordinator().id)))
    matching.asks(ADVICE, needs=("debt", "housing"), hidden_from_staff=hidden)
    tells_own(matching, ear, "match.failed")

    at_desk.sees(f"/agency/desk/{lines(matching)[0].id}/decisions", status=404)


def test_no_fact_is_shown_as_a_code(app: Flask) -> None:
    known = Situation(
        needs=("debt", "food"),
        area_codes=("E09000032", "E05014012"),
        age=25,
        language="pl",
        threshold=2,
        groups=("carers",),
        lists=("listed:doorstep_round", "unlisted:doorstep_postcodes"),
        referrer="outreach",
    )
    criteria = Criteria(needs=("debt",), further=rules_of([*EVERY, EITHER]))

    with app.app_context():
        told = [fact_words(one.criterion, one.fact) for one in evaluate(criteria, known)]

    assert not [text for text in told if re.search(r"E0\d+|_|\bpl\b|\boutreach$", text)], told
    assert "On a list of streets" in told


def test_looking_at_a_decision_later_changes_nothing(
    matching: Matching, app: Flask, sent: Any
) -> None:
    matching.clock.advance(timedelta(days=200))
    before = len(matching.announced())

    Worker(app, agency_id=SURGERY).sees(page_of(sent, "decision"))

    assert len(matching.announced()) == before
