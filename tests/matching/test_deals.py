"""Agreements between agencies: the guard G2, from the rule to the request that is heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.deals import NEXT, Between, Deal, Party, Rule, Stage, between
from services.matching.errors import AgreementRefusedError, DealRefusedError
from services.matching.usecases.dealing import agreement_between, hold_to_agreement
from services.matching.usecases.keeping_deals import Terms, admit, change_deal, make_deal
from shared.errors import ConflictError
from shared.ids import new_id
from shared.testing.sign_on import PretendIssuer
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear, grant

TODAY = date(2026, 11, 22)
ALL = ("identity", "contact", "story")


def a_deal(*parties: Party, starts: date = date(2026, 1, 1), ends: date | None = None) -> Deal:
    return Deal(new_id(), starts, ends, frozenset(ALL), parties)


def full(agency: UUID, **how: Any) -> Party:
    return Party(agency, Stage.FULL, **how)


def ruled(*deals: Deal, required: bool = False, **how: Any) -> Between:
    return between(deals, (SURGERY, ADVICE), TODAY, required=required, **how)


def agreed(matching: Matching, *parties: Party, **how: Any) -> UUID:
    starts, ends = how.get("starts", date(2026, 1, 1)), how.get("ends")
    terms = Terms("The deal", starts, ends, how.get("categories", ALL))
    with matching.store.begin() as tx:
        return make_deal(terms, parties, tx)


def reasons(matching: Matching) -> list[list[str]]:
    return [told["reasons"] for told in matching.announced("match.failed")]


def test_an_open_partnership_lets_a_pair_without_an_agreement_refer() -> None:
    assert ruled() == Between()
    assert ruled(required=True).rule is Rule.MISSING


@pytest.mark.parametrize(
    ("deal", "rule"),
    [
        (a_deal(full(SURGERY), full(ADVICE)), None),
        (a_deal(full(SURGERY), full(ADVICE), ends=TODAY), None),
        (a_deal(full(SURGERY), full(ADVICE), ends=TODAY - timedelta(1)), Rule.EXPIRED),
        (a_deal(full(SURGERY), Party(ADVICE, Stage.SUSPENDED)), Rule.SUSPENDED),
        (a_deal(full(SURGERY), Party(ADVICE, Stage.ENDED)), Rule.ENDED),
        (a_deal(full(SURGERY, may_refer=False), full(ADVICE)), Rule.ONE_WAY),
        (a_deal(full(SURGERY), full(ADVICE, may_receive=False)), Rule.ONE_WAY),
        (a_deal(Party(SURGERY, Stage.TRIAL), full(ADVICE)), None),
    ],
)
def test_an_agreement_that_does_not_hold_today_says_why(deal: Deal, rule: Rule | None) -> None:
    assert ruled(deal).rule is rule
    assert (ruled(deal).deal is None) is (rule is not None)


def test_what_is_only_being_prepared_binds_nobody_unless_agreements_are_required() -> None:
    invited = a_deal(full(SURGERY), Party(ADVICE, Stage.INVITED))
    coming = a_deal(full(SURGERY), full(ADVICE), starts=TODAY + timedelta(1))

    assert ruled(invited, coming) == Between()
    assert ruled(invited, required=True).rule is Rule.NOT_BEGUN
    assert ruled(coming, required=True).rule is Rule.NOT_BEGUN


def test_an_agreement_for_case_reviews_alone_lets_nobody_refer() -> None:
    talk = Deal(new_id(), TODAY, None, frozenset(ALL), (full(SURGERY), full(ADVICE)))
    talk = replace(talk, purposes=frozenset({"case_review"}))

    assert ruled(talk) == Between()
    assert ruled(talk, required=True).rule is Rule.MISSING


def test_one_agreement_that_holds_is_enough() -> None:
    over = a_deal(full(SURGERY), full(ADVICE), ends=TODAY - timedelta(1))
    holds = a_deal(full(SURGERY), full(ADVICE))

    assert ruled(over, holds).deal is holds


def test_a_trial_ends_where_its_limit_is_reached() -> None:
    trial = a_deal(Party(SURGERY, Stage.TRIAL, trial_limit=2), full(ADVICE))

    assert ruled(trial, open_now=1).rule is None
    assert ruled(trial, open_now=2).rule is Rule.TRIAL_FULL


def test_a_service_that_needs_more_than_the_agreement_covers_is_not_asked() -> None:
    assert ruled(a_deal(full(SURGERY), full(ADVICE)), needed=["health"]).rule is Rule.DATA


PARTIES = st.builds(
    Party, st.sampled_from([SURGERY, ADVICE, MONEY]), st.sampled_from(list(Stage)), st.booleans()
)
DEALS = st.lists(
    st.builds(a_deal, PARTIES, PARTIES, PARTIES, starts=st.dates(), ends=st.none() | st.dates())
)


@given(DEALS, st.booleans())
def test_a_rule_and_a_deal_are_never_told_together_and_required_only_takes_away(
    deals: list[Deal], required: bool
) -> None:
    strict, lenient = ruled(*deals, required=True), ruled(*deals)

    assert strict.deal == lenient.deal
    assert strict.deal is None or (strict.rule is None and strict.deal.runs(TODAY))
    assert strict.deal is not None or strict.rule is not None
    assert lenient.rule in {strict.rule, None} or strict.rule is Rule.NOT_BEGUN or required


def test_a_request_of_an_agency_without_an_agreement_in_force_is_sent_nowhere_and_says_why(
    matching: Matching,
) -> None:
    service = matching.publishes(a_service(ADVICE))[0]
    agreed(matching, full(SURGERY), full(ADVICE), ends=matching.clock.now().date() - timedelta(1))

    matching.asks(ADVICE, services=(service,))
    matching.asks(ADVICE)

    assert matching.referrals() == []
    assert reasons(matching) == [["AGREEMENT_EXPIRED"], ["AGREEMENT_EXPIRED"]]
    assert {reason for gap in matching.gaps() for reason in gap.reasons} == {"AGREEMENT_EXPIRED"}


def test_who_asks_for_themselves_is_held_to_no_agreement(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    with matching.store.begin() as tx:
        tx.require_agreements("required")

    assert matching.the_referral(matching.asks(ADVICE, referrer_agency_id=None)).sent_at
    assert matching.the_referral(matching.asks(ADVICE, referrer_agency_id=ADVICE)).sent_at
    matching.asks(ADVICE)
    assert reasons(matching) == [["AGREEMENT_MISSING"]]


def test_another_service_is_asked_where_an_agreement_forbids_the_best(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=9), a_service(MONEY, takes_waiting_list=True))
    agreed(matching, full(SURGERY), Party(ADVICE, Stage.SUSPENDED))

    referral = matching.the_referral(matching.asks(ADVICE, MONEY))

    assert referral.agency_id == MONEY


def test_consent_that_comes_later_sends_nothing_an_agreement_forbids(matching: Matching) -> None:
    ear = Ear(matching)
    service = matching.publishes(a_service(ADVICE))[0]
    request = matching.a_request(MONEY, services=(service,))
    ear.hears(ear.submitted(request))
    agreed(matching, full(SURGERY), Party(ADVICE, Stage.SUSPENDED))

    ear.hears(ear.given(request, grant(ADVICE)))

    assert matching.the_referral(request).state == "proposed"
    assert reasons(matching) == [["AGREEMENT_SUSPENDED"]]


def test_a_trial_lets_so_many_referrals_be_open_and_no_more(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=9))
    agreed(matching, Party(SURGERY, Stage.TRIAL, trial_limit=2), full(ADVICE))

    matching.hears(*(matching.a_request(ADVICE) for _ in range(3)))

    assert len(matching.referrals()) == 2
    assert reasons(matching) == [["AGREEMENT_TRIAL_FULL"]]
    matching.declines(matching.opens(matching.referrals()[0]))
    assert matching.the_referral(matching.asks(ADVICE)).sent_at


def test_an_eligibility_check_says_that_no_agreement_lets_the_caller_ask(
    matching: Matching, app: Flask, issuer: PretendIssuer
) -> None:
    matching.publishes(a_service(ADVICE))
    agreed(matching, full(SURGERY), Party(ADVICE, Stage.SUSPENDED))
    ask = {"needs": ["debt"], "age": 46, "postcode": "SW18 2PU", "language": "en", "threshold": 2}

    def checked(agency: UUID) -> Any:
        headers = issuer.bearer("guide.read", agency_id=str(agency))
        answer = app.test_client().post("/api/v1/eligibility-checks", json=ask, headers=headers)
        (item,) = answer.get_json()["items"]
        return item["rank"], item["why_this_rank"]

    assert checked(SURGERY) == (None, "The agreement between these two agencies is paused.")
    assert checked(MONEY)[0] == 1


def test_a_command_no_agreement_allows_is_refused_and_names_the_rule(matching: Matching) -> None:
    matching.publishes()
    agreed(matching, full(SURGERY), full(ADVICE, may_receive=False))

    with matching.store.begin() as tx, pytest.raises(AgreementRefusedError) as refused:
        hold_to_agreement(SURGERY, ADVICE, tx)

    assert "AGREEMENT_ONE_WAY" in str(refused.value.errors[0].detail)


def test_the_agreement_between_two_agencies_is_found_for_a_day(matching: Matching) -> None:
    matching.publishes()
    deal_id = agreed(matching, full(SURGERY), full(ADVICE), ends=date(2026, 12, 31))

    with matching.store.read() as tx:
        held = agreement_between(SURGERY, ADVICE, date(2026, 12, 31), tx)
        over = agreement_between(SURGERY, ADVICE, date(2027, 1, 1), tx)

    assert held.deal is not None
    assert held.deal.id == deal_id
    assert over.rule is Rule.EXPIRED


def test_an_agency_is_admitted_in_stages_and_each_is_told(matching: Matching) -> None:
    matching.publishes()
    deal_id = agreed(matching, full(ADVICE), Party(SURGERY, Stage.INVITED))

    for version, stage in enumerate((Stage.TRIAL, Stage.FULL, Stage.SUSPENDED, Stage.FULL), 1):
        with matching.store.begin() as tx:
            admit(deal_id, version, Party(SURGERY, stage), tx)

    told = matching.announced("agreement.changed")
    assert [
        next(p["stage"] for p in event["parties"] if p["agency_id"] == str(SURGERY))
        for event in told
    ] == ["invited", "trial", "full", "suspended", "full"]
    both = sorted([str(ADVICE), str(SURGERY)])
    assert [sorted(event["moved"]) for event in told] == [both, *[[str(SURGERY)]] * 4]


def test_no_stage_is_skipped_and_no_older_page_is_believed(matching: Matching) -> None:
    matching.publishes()
    deal_id = agreed(matching, full(ADVICE), Party(SURGERY, Stage.INVITED))

    with matching.store.begin() as tx:
        with pytest.raises(DealRefusedError):
            admit(deal_id, 1, Party(SURGERY, Stage.SUSPENDED), tx)
        with pytest.raises(DealRefusedError):
            admit(deal_id, 1, Party(MONEY, Stage.FULL), tx)
        admit(deal_id, 1, Party(MONEY, Stage.INVITED), tx)
        with pytest.raises(ConflictError):
            admit(deal_id, 1, Party(SURGERY, Stage.TRIAL), tx)
    assert set(NEXT) == set(Stage)


def test_changing_an_agreement_to_what_it_says_already_tells_nobody(matching: Matching) -> None:
    matching.publishes()
    deal_id = agreed(matching, full(ADVICE), full(SURGERY))
    same = Terms("The deal", date(2026, 1, 1), None, ALL)

    with matching.store.begin() as tx:
        change_deal(deal_id, 1, same, tx)
        change_deal(deal_id, 1, Terms("Another name", date(2026, 1, 1), None, ALL), tx)

    told = matching.announced("agreement.changed")
    assert [len(event["moved"]) for event in told] == [2, 0]


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        (Terms("", TODAY, None, ALL), "/name"),
        (Terms("A deal", TODAY, TODAY - timedelta(1), ALL), "/ends_on"),
        (Terms("A deal", TODAY, None, ()), "/categories"),
        (Terms("A deal", TODAY, None, ("gossip",)), "/categories"),
    ],
)
def test_an_agreement_that_says_too_little_is_refused_with_the_place(
    matching: Matching, terms: Terms, pointer: str
) -> None:
    matching.publishes()
    with matching.store.begin() as tx, pytest.raises(DealRefusedError) as refused:
        make_deal(terms, (full(ADVICE), full(SURGERY)), tx)

    assert [fault.pointer for fault in refused.value.errors] == [pointer]


def test_a_partnership_hands_in_its_rule_and_agreements_as_data(matching: Matching) -> None:
    told = {
        "partnership": {"agreements": "required"},
        "agencies": matching.agencies,
        "agreements": [
            {
                "id": str(new_id()),
                "name": "Refer both ways",
                "starts_on": "2026-01-05",
                "parties": [{"agency_id": str(ADVICE)}, {"agency_id": str(SURGERY)}],
            }
        ],
    }
    from services.matching.usecases import publish_guide

    for _ in range(2):
        with matching.store.begin() as tx:
            publish_guide(told, tx)

    (event,) = matching.announced("agreement.changed")
    assert event["required"]
    assert event["categories"]
    assert event["moved"] == []
