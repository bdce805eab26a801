"""Agreements, the register both ways and what answers teach, page by page."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.deals import Party, Stage
from services.matching.domain.reciprocity import FEW, HIDDEN, NONE_ANSWERED, Flow, pairs, shown
from services.matching.usecases.keeping_deals import Terms, make_deal
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service, an_agency
from tests.matching.test_portal import Worker

HUB = UUID("019a0000-0000-7000-8000-a9e0000000ff")
LIST = "/agency/agreements/"


@pytest.fixture
def keeper(matching: Matching, app: Flask) -> Worker:
    matching.agencies.append(an_agency(HUB, "The Hub"))
    matching.hub_is(HUB)
    matching.publishes(a_service(ADVICE, places=9), a_service(MONEY, places=9, name="Money talk"))
    return Worker(app, "coordinator", agency_id=HUB)


def manager(app: Flask, agency_id: UUID = ADVICE) -> Worker:
    return Worker(app, "manager", agency_id=agency_id)


def agreed(matching: Matching, *agencies: UUID, name: str = "Refer both ways") -> UUID:
    parties = [Party(agency, Stage.FULL) for agency in agencies]
    with matching.store.begin() as tx:
        return make_deal(Terms(name, date(2026, 1, 5), None, ("identity",)), parties, tx)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Refer both ways",
        "starts-day": "5",
        "starts-month": "1",
        "starts-year": "2026",
        "categories": ["identity", "story"],
        "purposes": ["refer"],
        "parties": [str(ADVICE), str(SURGERY)],
        **changes,
    }


def test_the_coordinator_makes_an_agreement_and_lets_an_agency_in(keeper: Worker) -> None:
    answer = keeper.fills(f"{LIST}new", typed())
    assert answer.status_code == 303
    place = answer.location.split("?")[0]
    page = keeper.sees(answer.location)
    assert "Both sides are invited" in page
    assert "Not in force" in page

    for agency in (ADVICE, SURGERY):
        form = f"{place}/parties/{agency}"
        version = re.search(r'name="version" value="(\d+)"', keeper.sees(form))
        assert version is not None
        ways = {"stage": "trial", "trial_limit": "3", "ways": ["refer", "receive"]}
        assert keeper.fills(form, {"version": version[1], **ways}).status_code == 303

    assert "In force" in keeper.sees(place)
    assert "On trial" in keeper.sees(place)
    assert "In force" in keeper.sees(LIST)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give the agreement a name."),
        ({"starts-day": "31", "starts-month": "2"}, "Enter a day, such as 5 1 2026."),
        ({"ends-day": "4", "ends-month": "1", "ends-year": "2026"}, "lies before the beginning"),
        ({"ends-day": "x"}, "Enter a day"),
        ({"categories": []}, "Choose at least one kind"),
        ({"purposes": []}, "Choose what it is for."),
        ({"parties": [str(ADVICE)]}, "at least two agencies"),
    ],
)
def test_an_agreement_with_a_fault_keeps_what_was_typed(
    keeper: Worker, wrong: dict[str, Any], sentence: str
) -> None:
    answer = keeper.fills(f"{LIST}new", typed(**wrong))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="2026"' in answer.text
    assert f'value="{ADVICE}" checked' in answer.text


def test_the_terms_are_changed_and_an_agency_is_invited_later(
    matching: Matching, keeper: Worker
) -> None:
    place = f"{LIST}{agreed(matching, ADVICE, SURGERY)}"

    change = typed(name="Refer and report", version="1")
    assert keeper.fills(f"{place}/terms", change).status_code == 303
    assert keeper.fills(f"{place}/join", {"version": "2", "agency": str(MONEY)}).status_code == 303
    assert keeper.fills(f"{place}/join", {"version": "3", "agency": ""}).status_code == 422

    page = keeper.sees(place)
    assert "Refer and report" in page
    assert "Money Centre" in page
    assert "Invited" in page
    stale = keeper.fills(f"{place}/terms", change)
    assert stale.status_code == 409


def test_a_manager_sees_the_own_agreements_alone_and_changes_none(
    matching: Matching, app: Flask, keeper: Worker
) -> None:
    mine = agreed(matching, ADVICE, SURGERY, name="With the surgery")
    other = agreed(matching, MONEY, SURGERY, name="Without us")
    who = manager(app)

    page = who.sees(LIST)

    assert "With the surgery" in page
    assert "Without us" not in page
    assert "Change what it says" not in who.sees(f"{LIST}{mine}")
    who.sees(f"{LIST}{other}", 404)
    who.sees(f"{LIST}{mine}/terms", 403)
    who.sees(f"{LIST}new", 403)
    Worker(app, "worker").sees(LIST, 403)


def test_the_register_hides_small_numbers_of_others_and_shows_ones_own(
    matching: Matching, app: Flask, keeper: Worker
) -> None:
    for _ in range(3):
        matching.accepts(matching.opens(matching.the_referral(matching.asks(ADVICE))))
    matching.declines(matching.opens(matching.the_referral(matching.asks(ADVICE))))
    path = f"{LIST}both-ways"

    own, outside = manager(app, SURGERY).sees(path), manager(app, MONEY).sees(path)

    assert "3 of 4, 75%" in own
    assert "One way" in own
    assert FEW in outside
    assert "3 of 4" not in outside
    assert "3 of 4, 75%" in keeper.sees(path)
    deal = agreed(matching, ADVICE, SURGERY, MONEY)
    assert "3 of 4, 75%" in keeper.sees(f"{LIST}{deal}")
    assert "3 of 4, 75%" in manager(app, SURGERY).sees(f"{LIST}{deal}")
    assert "No referral passed yet" in manager(app, MONEY).sees(f"{LIST}{deal}")


FLOWS = st.builds(
    lambda taken, refused, open_: Flow(taken + refused + open_, taken, refused),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 12),
)


@given(FLOWS)
def test_nothing_an_outsider_reads_leads_to_a_number_below_five(flow: Flow) -> None:
    seen = shown(flow, outsider=True)

    if 0 < flow.sent < 5:
        assert seen.sent == FEW
    numbers = (flow.sent, flow.accepted, flow.declined, flow.unanswered)
    small = {n for n in numbers if 0 < n < 5}
    assert (seen.accepted == HIDDEN) is (seen.unanswered == HIDDEN) is bool(small)


@pytest.mark.usefixtures("keeper")
def test_what_is_not_answered_yet_counts_neither_for_nor_against(
    matching: Matching, app: Flask
) -> None:
    matching.accepts(matching.opens(matching.the_referral(matching.asks(ADVICE))))
    matching.declines(matching.opens(matching.the_referral(matching.asks(ADVICE))))
    matching.asks(ADVICE)

    page = manager(app, SURGERY).sees(f"{LIST}both-ways")
    said = Worker(app, "worker", agency_id=SURGERY).sees("/agency/feedback")

    assert "1 of 2, 50%" in page
    assert "Without an answer" in page
    assert "1 was accepted (50% of those answered), 1 was not possible. 1 has no answer." in said
    assert shown(Flow(2), outsider=False).accepted == NONE_ANSWERED


@given(st.lists(st.tuples(st.sampled_from((ADVICE, MONEY, SURGERY)), FLOWS), max_size=1), FLOWS)
def test_a_pair_is_one_line_whoever_of_the_two_asked(
    back: list[tuple[UUID, Flow]], there: Flow
) -> None:
    names = {ADVICE: "A", MONEY: "M", SURGERY: "S"}
    flows = [(SURGERY, ADVICE, there), *((ADVICE, SURGERY, flow) for _, flow in back)]

    (pair,) = pairs(flows, names)

    assert (pair.first, pair.second) == (ADVICE, SURGERY)
    assert pair.back == there


def test_answers_teach_the_referrer_with_what_fits_instead(
    matching: Matching, app: Flask, keeper: Worker
) -> None:
    phone = matching.publishes(a_service(MONEY, name="Early help line"))[0]
    for _ in range(2):
        asked = matching.opens(matching.the_referral(matching.asks(ADVICE)))
        matching.declines(asked, "BELOW_THRESHOLD", comment="Too early.", alternatives=(phone,))
    matching.declines(matching.opens(matching.the_referral(matching.asks(ADVICE))))

    page = Worker(app, "worker", agency_id=SURGERY).sees("/agency/feedback")

    assert (
        "Your agency sent 3 referrals in the last 12 months. 0 were accepted (0% of those answered)"
        in page
    )
    assert page.index("The need is lower") < page.index("Full now")
    assert "Early help line" in page
    assert "Too early." not in page
    assert "Early help line" not in Worker(app, "worker", agency_id=MONEY).sees("/agency/feedback")


@pytest.mark.usefixtures("keeper")
def test_what_a_person_hides_from_the_reader_counts_in_no_number(
    matching: Matching, app: Flask
) -> None:
    feared, trusted = (Worker(app, "worker", "manager", agency_id=SURGERY) for _ in range(2))
    hidden = {"hidden_from_staff": (UUID(str(feared.who.id)),)}
    asked = matching.opens(matching.the_referral(matching.asks(ADVICE, **hidden)))
    matching.declines(asked)

    assert "Your agency sent 1 referral" in trusted.sees("/agency/feedback")
    assert "Full now" in trusted.sees("/agency/feedback")
    assert "sent no referral to another" in feared.sees("/agency/feedback")
    assert "Full now" not in feared.sees("/agency/feedback")
    assert "Wandle Advice" in trusted.sees(f"{LIST}both-ways")
    assert "Wandle Advice" not in feared.sees(f"{LIST}both-ways")


def test_a_service_that_is_no_longer_listed_is_not_named_as_what_fits_instead(
    matching: Matching, app: Flask, keeper: Worker
) -> None:
    house = a_service(MONEY, name="A quiet house")
    named = matching.publishes(house)
    asked = matching.opens(matching.the_referral(matching.asks(ADVICE)))
    matching.declines(asked, "ABOVE_THRESHOLD", comment="More is needed.", alternatives=named)
    matching.publishes({**house, "listed": "by_worker_only"})

    page = Worker(app, "worker", agency_id=SURGERY).sees("/agency/feedback")

    assert "The need is higher" in page
    assert "A quiet house" not in page
