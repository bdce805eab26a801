"""Entries by API and by rule: inheritance, who sees what, closing and opening again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain import visibility as v
from services.matching.domain.entries import SHARED, inherited, resolve
from services.matching.usecases.closing import Closure, close_service, review_shared
from services.matching.usecases.editing import change_shared
from shared.errors import ForbiddenError
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.test_api import Partner, pointers, problem

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

CONTACT = {"name": "Priya Nair", "role": "Lead", "phone": "07700 900101", "email": "p@example.org"}
CLOSURE = {
    "decided_by": "The board",
    "reason": "Too few volunteers",
    "until": "2027-01-31",
    "plan_for_waiting": "We ring everyone",
}
AUDIENCES = st.sampled_from(list(v.Audience))
RULES = st.sampled_from([*v.ContactPublic, "of tomorrow"])


@pytest.fixture
def advice(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, ADVICE)


@pytest.fixture
def money(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, MONEY)


def entry(**changes: Any) -> dict[str, Any]:
    return {"name": "Debt advice", "needs": ["debt"], **changes}


def status(matching: Matching, service: UUID) -> str:
    with matching.store.read() as tx:
        row = tx.shown_service(service)
        assert row is not None
        return f"{row.closed} {row.listed}"


@given(st.dictionaries(st.sampled_from(sorted(SHARED)), st.just("said")), st.booleans())
def test_each_value_is_the_services_own_else_its_agencys_else_closed(
    own: dict[str, Any], agency_speaks: bool
) -> None:
    agency = dict.fromkeys(SHARED, "agency") if agency_speaks else {}

    whole = resolve(own, agency)

    for name, nothing in SHARED.items():
        assert whole[name] == own.get(name, "agency" if agency_speaks else nothing)
    assert set(inherited(own, agency)) == (set(SHARED) - set(own) if agency_speaks else set())


@given(AUDIENCES, st.sampled_from(list(v.Listed)), RULES)
def test_no_contact_is_told_to_the_public_that_is_not_open_to_it(
    reader: v.Audience, listed: str, rule: str
) -> None:
    told = {part for part, said in v.contact_for(reader, listed, rule, CONTACT).items() if said}

    if reader in {v.Audience.OWN, v.Audience.HUB}:
        assert told == set(CONTACT)
    if reader is v.Audience.PUBLIC and rule != v.ContactPublic.NAMED:
        assert not told & {"name", "email"}
    if listed == v.Listed.BY_WORKER_ONLY and rule == v.ContactPublic.NONE:
        assert not told or reader in {v.Audience.OWN, v.Audience.HUB}


@given(AUDIENCES, st.sampled_from([*v.Location, "of tomorrow"]))
def test_a_place_that_is_hidden_is_told_to_its_own_agency_alone(
    reader: v.Audience, rule: str
) -> None:
    told = v.location_for(reader, rule)

    hidden = rule not in {v.Location.SHOWN, v.Location.AREA_ONLY}
    assert (told is v.Location.HIDDEN) == (hidden and reader is not v.Audience.OWN)


def test_an_agency_replaces_its_entry_and_only_if_nobody_did_meanwhile(
    matching: Matching, advice: Partner
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    path = f"/services/{service}"

    said = advice.calls("PUT", path, json=entry(who_for="Anyone", listed="partners"), version=1)
    late = advice.calls("PUT", path, json=entry(), version=1)

    assert (said.status_code, said.headers["ETag"]) == (200, '"2"')
    assert (said.get_json()["who_for"], said.get_json()["listed"]) == ("Anyone", "partners")
    assert (late.status_code, late.get_json()["version"]) == (412, 2)
    assert matching.announced("service.published")[-1]["listed"] == "partners"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (entry(needs=["gold"]), "/needs/0"),
        (entry(colour="red"), "/colour"),
        (entry(contact={"shoe": 43}), "/contact/shoe"),
        (entry(postcode="SW18"), "/postcode"),
        (entry(website="javascript:alert(1)"), "/website"),
        (entry(location="everywhere"), "/location"),
        ({"needs": ["debt"]}, "/name"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_with_its_place(
    matching: Matching, advice: Partner, body: dict[str, Any], pointer: str
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))

    answer = advice.calls("PUT", f"/services/{service}", json=body)

    assert (answer.status_code, pointers(answer)) == (422, [pointer])


def test_what_an_agency_says_for_all_reaches_silent_entries_and_is_told_once_for_each(
    matching: Matching, advice: Partner
) -> None:
    own, silent = matching.publishes(
        a_service(ADVICE, contact={"phone": "07700 900102"}),
        {**a_service(ADVICE), "listed": None, "location": None, "contact_public": None},
    )
    before = len(matching.announced("service.published"))
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        change_shared({"contact": CONTACT, "listed": "public"}, tx)

    shown = [advice.calls("GET", f"/services/{one}").get_json() for one in (own, silent)]

    assert [one["contact"]["phone"] for one in shown] == ["07700 900102", "07700 900101"]
    assert [one["inherited"] for one in shown] == [[], ["contact", "listed"]]
    assert len(matching.announced("service.published")) == before + 1


def test_what_was_written_here_outlives_the_same_file_handed_in_again(
    matching: Matching, advice: Partner
) -> None:
    told = a_service(ADVICE)
    (service,) = matching.publishes(told)
    advice.calls("PUT", f"/services/{service}", json=entry(name="New name"))
    advice.calls("POST", f"/services/{service}/closure", json=CLOSURE)

    matching.publishes(told)

    shown = advice.calls("GET", f"/services/{service}").get_json()
    assert (shown["name"], shown["status"]) == ("New name", "closed_to_referrals")


def test_a_closed_service_says_who_why_and_until_when_and_those_who_wait_keep_their_clocks(
    matching: Matching, advice: Partner, money: Partner
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))
    waits = matching.accepts(matching.opens(matching.the_referral(matching.asks(ADVICE))))

    said = advice.calls("POST", f"/services/{service}/closure", json=CLOSURE)

    assert said.get_json()["status"] == "closed_to_referrals"
    told = money.calls("GET", f"/services/{service}").get_json()["closure"]
    assert {name: told[name] for name in CLOSURE} == CLOSURE
    assert matching._now(waits) == waits
    assert matching.referrals(matching.asks(ADVICE)) == []
    (event,) = matching.announced("service.closed")
    assert (event["until"], event["status"]) == ("2027-01-31", "closed_to_referrals")
    assert event["referrers"] == [str(SURGERY)]
    assert "Too few volunteers" not in str(matching.announced())


def test_a_closure_names_the_other_agencies_whose_referrals_are_under_way_there(
    matching: Matching, advice: Partner
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=3))
    matching.the_referral(matching.asks(ADVICE, referrer_agency_id=SURGERY))
    over = matching.the_referral(matching.asks(ADVICE, referrer_agency_id=MONEY))
    matching.declines(over)

    advice.calls("POST", f"/services/{service}/closure", json=CLOSURE)

    (event,) = matching.announced("service.closed")
    assert event["referrers"] == [str(SURGERY)]


def test_a_service_opened_again_is_asked_again_and_not_opened_twice(
    matching: Matching, advice: Partner
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    path = f"/services/{service}/reopening"
    early = advice.calls("POST", path, json={})
    advice.calls("POST", f"/services/{service}/closure", json=CLOSURE)

    assert (early.status_code, problem(early)) == (409, "service-stands")
    assert advice.calls("POST", path, json={}).get_json()["status"] == "open"
    assert advice.calls("POST", path, json={}).status_code == 409
    assert len(matching.announced("service.reopened")) == 1
    assert len(matching.referrals(matching.asks(ADVICE))) == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"decided_by": " "}, "/decided_by"),
        ({"reason": ""}, "/reason"),
        ({"plan_for_waiting": ""}, "/plan_for_waiting"),
        ({"until": None}, "/until"),
        ({"until": "2026-11-23"}, "/until"),
        ({"until": "2036-01-01"}, "/until"),
        ({"until": "soon"}, "/until"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_closure_that_leaves_anyone_in_the_dark_is_refused(
    matching: Matching, advice: Partner, changes: dict[str, Any], pointer: str
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))

    answer = advice.calls("POST", f"/services/{service}/closure", json={**CLOSURE, **changes})

    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert status(matching, service) == "False public"


def test_only_a_manager_or_a_trustee_decides(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    who = Principal("staff", str(new_id()), agency_id=ADVICE, roles=frozenset({"worker"}))
    closure = Closure("Me", "Tired", None, "Nothing")

    with matching.store.begin(actor=who) as tx, pytest.raises(ForbiddenError):
        close_service(service, closure, tx)


def test_a_check_of_what_holds_for_all_counts_for_entries_never_checked_by_themselves(
    matching: Matching, advice: Partner
) -> None:
    matching.agencies[0] |= {"shared": {"contact": CONTACT}, "reviewed_days_ago": 400}
    silent, own = matching.publishes(a_service(ADVICE), a_service(ADVICE, reviewed_days_ago=390))
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        review_shared(tx)

    shown = [advice.calls("GET", f"/services/{one}").get_json() for one in (silent, own)]

    assert [one["status"] for one in shown] == ["open", "unassured"]
    assert shown[0]["reviewed_on"] == str(matching.clock.now().date())
    assert [one["service_id"] for one in matching.announced("service.reviewed")] == [str(silent)]


def test_a_checked_entry_is_assured_again(matching: Matching, advice: Partner) -> None:
    (service,) = matching.publishes(a_service(ADVICE, reviewed_days_ago=400))

    answer = advice.calls("POST", f"/services/{service}/review", json={})

    assert (answer.status_code, answer.get_json()["status"]) == (200, "open")
    assert [e["status"] for e in matching.announced("service.reviewed")] == ["open"]


def test_another_agency_changes_nothing_and_learns_nothing(
    matching: Matching, money: Partner
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))

    for method, what, body in (
        ("PUT", "", entry()),
        ("POST", "/closure", CLOSURE),
        ("POST", "/reopening", {}),
        ("POST", "/review", {}),
    ):
        path = f"/services/{service}{what}"
        assert money.calls(method, path, json=body).status_code == 404
        assert money.calls(method, path, "guide.read", json=body).status_code == 403
    assert status(matching, service) == "False public"
