"""A worker chooses whom to ask, and every choice can be made again from what was frozen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import update

from services.matching.errors import (
    AgreementRefusedError,
    AnswerRefusedError,
    NotPossibleError,
    RequestNotFoundError,
    ServiceNotFoundError,
    StaleVersionError,
    TwinError,
)
from services.matching.storage import tables as t
from services.matching.usecases.alternatives import suggested
from services.matching.usecases.proposing import propose, send
from services.matching.usecases.replaying import failed_again, replay
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, a_service
from tests.matching.hearing import Ear, grant

if TYPE_CHECKING:
    from services.matching.heard import RequestSubmitted
    from tests.matching.drivers import Matching

HUB = UUID("019a0000-0000-7000-8000-a9e0000000ff")
WHY = "She knows the adviser there."
pytestmark = pytest.mark.usefixtures("where")


def a_coordinator() -> Principal:
    return Principal("staff", str(new_id()), HUB, roles=frozenset({"coordinator"}))


def a_worker(agency: UUID, *roles: str) -> Principal:
    return Principal("staff", str(new_id()), agency, roles=frozenset(roles or {"worker"}))


def proposes(
    matching: Matching, request: RequestSubmitted, service: UUID, who: Principal, why: str = WHY
) -> Any:
    with matching.store.begin(actor=who) as tx:
        referral_id = propose(request.request_id, service, why, tx)
    return next(row for row in matching.referrals(request) if row.id == referral_id)


def sends(matching: Matching, referral: Any, who: Principal, version: int | None = None) -> Any:
    with matching.store.begin(actor=who) as tx:
        send(referral.id, version or referral.version, tx)
    return next(row for row in matching.referrals() if row.id == referral.id)


def unplaced(matching: Matching, *agreed: UUID, **values: Any) -> RequestSubmitted:
    return matching.asks(*agreed, needs=("food",), **values)


def replayed(matching: Matching, referral: Any) -> Any:
    with matching.store.read() as tx:
        return replay(referral.id, tx)


def test_the_coordinator_chooses_with_a_reason_and_the_person_is_asked_first(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching)

    referral = proposes(matching, request, service, a_coordinator())

    assert (referral.state, referral.consent_needed) == ("proposed", True)
    assert referral.explanation["reasons"][0] == "by_hand"
    assert matching.announced("referral.proposed")[-1]["consent_needed"] is True
    with matching.store.read() as tx:
        (note,) = tx.notes_of(referral.id)
    assert note.kind == "why_this_service"
    assert WHY.encode() not in note.sealed


def test_what_the_person_agreed_to_is_sent_by_hand_and_holds_a_place(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=2))
    request = unplaced(matching, ADVICE)
    referral = proposes(matching, request, service, a_coordinator())

    sent = sends(matching, referral, a_coordinator())

    assert (sent.state, sent.version, sent.way) == ("sent", 2, "place")
    assert matching.capacity(service).reserved == 1
    assert matching.announced("referral.sent")[-1]["referral_id"] == str(referral.id)


def test_nothing_is_sent_by_hand_that_the_person_has_not_agreed_to(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    referral = proposes(matching, unplaced(matching), service, a_coordinator())

    with pytest.raises(NotPossibleError, match="has not agreed"):
        sends(matching, referral, a_coordinator())

    assert matching.announced("referral.sent") == []


def test_the_referrer_chooses_for_its_own_request_only(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching, ADVICE)

    with pytest.raises(RequestNotFoundError):
        proposes(matching, request, service, a_worker(MONEY))
    referral = proposes(matching, request, service, a_worker(SURGERY))

    assert sends(matching, referral, a_worker(SURGERY)).state == "sent"


@pytest.mark.parametrize("role", ["trustee", "officer", "safeguarding"])
def test_roles_that_do_not_refer_choose_nothing(matching: Matching, role: str) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching, ADVICE)

    with pytest.raises(RequestNotFoundError):
        proposes(matching, request, service, a_worker(SURGERY, role))


def test_a_choice_without_a_reason_is_refused(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))

    with pytest.raises(AnswerRefusedError, match="Write why"):
        proposes(matching, unplaced(matching, ADVICE), service, a_coordinator(), why="  ")


def test_an_agency_the_person_hides_it_from_is_not_there_to_choose(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching, hidden_from_agencies=(ADVICE,))

    with pytest.raises(ServiceNotFoundError):
        proposes(matching, request, service, a_coordinator())


def test_a_worker_the_person_hides_it_from_cannot_choose(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    who = a_coordinator()
    request = unplaced(matching, ADVICE, hidden_from_staff=(UUID(str(who.id)),))

    with pytest.raises(RequestNotFoundError):
        proposes(matching, request, service, who)


def test_an_agency_the_person_said_no_to_is_not_chosen(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching)
    ear = Ear(matching)
    ear.hears(ear.refused(request, ADVICE))

    with pytest.raises(AnswerRefusedError, match="said no"):
        proposes(matching, request, service, a_coordinator())


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"status": "closed_to_referrals"}, "CLOSED_TO_REFERRALS"),
        ({"places": 0}, "NO_CAPACITY"),
        (
            {"places": 0, "takes_waiting_list": True, "forecast_wait_days": 200},
            "WAIT_TOO_LONG",
        ),
    ],
)
def test_a_service_that_cannot_be_asked_is_refused_by_its_rule(
    matching: Matching, values: dict[str, Any], rule: str
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, **values))

    with pytest.raises(AnswerRefusedError, match=rule):
        proposes(matching, unplaced(matching, ADVICE), service, a_coordinator())


def test_no_agency_is_chosen_that_no_agreement_lets_be_asked(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching, ADVICE)
    with matching.store.begin() as tx:
        tx.require_agreements("required")

    with pytest.raises(AgreementRefusedError, match="AGREEMENT_MISSING"):
        proposes(matching, request, service, a_coordinator())


def test_one_service_is_chosen_once_at_a_time(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = unplaced(matching, ADVICE)
    proposes(matching, request, service, a_coordinator())

    with pytest.raises(TwinError):
        proposes(matching, request, service, a_coordinator())


def test_the_last_place_taken_meanwhile_is_said_honestly(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1))
    referral = proposes(matching, unplaced(matching, ADVICE), service, a_coordinator())
    matching.asks(ADVICE)

    with pytest.raises(AnswerRefusedError, match="NO_CAPACITY"):
        sends(matching, referral, a_coordinator())


def test_a_send_from_an_older_version_is_refused(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    referral = proposes(matching, unplaced(matching, ADVICE), service, a_coordinator())

    with pytest.raises(StaleVersionError):
        sends(matching, referral, a_coordinator(), version=9)


def test_where_sending_is_left_to_a_worker_the_best_is_proposed_and_waits_for_them(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    with matching.store.begin() as tx:
        tx.keep_nation("england", "coordinator")

    request = matching.asks(ADVICE)
    ear = Ear(matching)
    ear.hears(ear.given(request, grant(ADVICE)))

    referral = matching.the_referral(request)
    assert (referral.state, referral.consent_needed) == ("proposed", False)
    assert matching.capacity(service).reserved == 0
    assert sends(matching, referral, a_coordinator()).state == "sent"


def test_a_choice_is_made_again_to_the_same_answer_though_everything_has_changed(
    matching: Matching,
) -> None:
    offers = [a_service(ADVICE, forecast_wait_days=3), a_service(MONEY, forecast_wait_days=9)]
    ours, theirs = matching.publishes(*offers)
    referral = matching.the_referral(matching.asks(ADVICE, MONEY))

    matching.publishes({**offers[0], "minimum_age": 70}, {**offers[1], "needs": ["food"]})
    matching.clock.advance(timedelta(days=400))
    matching.says_places(ours, 0)
    matching.says_places(theirs, 50)

    assert replayed(matching, referral).same
    assert referral.service_id == ours


@pytest.mark.parametrize("named", [False, True])
def test_a_tie_and_a_named_choice_are_made_again_the_same(matching: Matching, named: bool) -> None:
    agencies = (ADVICE, MONEY, SURGERY)
    services = matching.publishes(*(a_service(agency, places=4) for agency in agencies))
    for _ in range(4):
        matching.clock.advance(timedelta(minutes=1))
        request = matching.asks(ADVICE, MONEY, services=services[:2] if named else ())

        referrals = matching.referrals(request)

        assert referrals
        assert all(replayed(matching, referral).same for referral in referrals)


def test_a_choice_by_hand_is_made_again_too(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    referral = proposes(matching, unplaced(matching, ADVICE), service, a_coordinator())

    assert replayed(matching, referral).same


def test_a_record_that_was_tampered_with_says_in_what_it_differs(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    referral = matching.the_referral(matching.asks(ADVICE))
    other = {**referral.explanation, "way": "enquiry"}
    with matching.store.begin() as tx:
        tx.execute(update(t.referral).values(explanation=other))

    assert replayed(matching, referral).differs == ("way",)


def test_a_failure_is_found_again_from_what_was_frozen_with_its_gap(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=0), a_service(MONEY, area_codes=["E09000024"]))
    matching.asks(ADVICE)

    (gap,) = matching.gaps()
    with matching.store.read() as tx:
        again = failed_again(gap.decision, "debt", tx)

    assert list(again) == gap.reasons == ["NO_CAPACITY", "OUT_OF_AREA"]


def test_what_a_choice_followed_from_goes_when_the_request_is_erased(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(ADVICE, needs=("debt", "food"))
    ear = Ear(matching)

    ear.hears(ear.over(request, "erased"))

    assert not matching.the_referral(request).decision
    assert not any(gap.decision for gap in matching.gaps())
    assert replayed(matching, matching.the_referral(request)) is None


def test_alternatives_are_ranked_public_not_asked_before_and_never_hidden_ones(
    matching: Matching,
) -> None:
    asked, other, _, near = matching.publishes(
        a_service(ADVICE),
        a_service(MONEY, forecast_wait_days=9, name="Money mornings", listed="public"),
        a_service(MONEY, listed="by_worker_only"),
        a_service(SURGERY, forecast_wait_days=2, listed="public"),
    )
    request = matching.asks(ADVICE, services=(asked,))
    referral = matching.the_referral(request)

    with matching.store.read() as tx:
        found = suggested(referral, tx)

    assert found == (near, other)
