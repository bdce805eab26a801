"""What a person agreed to and could not be sent goes as soon as it can, and nothing else does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.matching.retrying import Retrying
from services.matching.storage.deals import REQUIRED
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_deals import agreed, full

ON_BOTH = pytest.mark.usefixtures("where")


@pytest.fixture
def ear(matching: Matching) -> Ear:
    return Ear(matching)


def agrees_too_late(matching: Matching, ear: Ear, service: UUID, **about: Any) -> Any:
    """Let a person agree to a service that took its last person while they were asked."""
    request = matching.asks(MONEY, **about)
    matching.says_places(service, 0)
    ear.hears(ear.given(request, grant(ADVICE)))
    return request


def looks(matching: Matching) -> None:
    Retrying(matching.store).look()


@pytest.fixture
def service(matching: Matching) -> UUID:
    return matching.publishes(a_service(ADVICE, places=1))[0]


@ON_BOTH
def test_who_agreed_while_it_was_full_is_put_to_it_once_a_place_is_free(
    matching: Matching, ear: Ear, service: UUID
) -> None:
    request = agrees_too_late(matching, ear, service)
    looks(matching)
    assert matching.the_referral(request).state == "proposed"

    matching.says_places(service, 1)
    looks(matching)
    looks(matching)

    assert matching.the_referral(request).state == "sent"
    assert matching.capacity(service).reserved == 1
    assert len(matching.announced("referral.sent")) == 1
    assert len(matching.announced("match.failed")) == 1


def test_who_has_waited_longest_gets_the_one_place_that_came_back(
    matching: Matching, ear: Ear, service: UUID
) -> None:
    early = agrees_too_late(matching, ear, service)
    matching.says_places(service, 1)
    later = agrees_too_late(matching, ear, service)

    matching.says_places(service, 1)
    looks(matching)

    assert matching.the_referral(early).state == "sent"
    assert matching.the_referral(later).state == "proposed"


@ON_BOTH
def test_the_one_place_that_came_back_goes_to_whom_a_queue_puts_first(
    matching: Matching, ear: Ear, service: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.matching.retrying.AT_ONCE", 1)
    early = agrees_too_late(matching, ear, service)
    matching.says_places(service, 1)
    risky = agrees_too_late(matching, ear, service, urgency="soon", threshold=2)
    matching.says_places(service, 1)
    urgent = agrees_too_late(matching, ear, service, urgency="urgent")

    for first, others in ((urgent, (risky, early)), (risky, (early,)), (early, ())):
        matching.says_places(service, matching.capacity(service).reserved + 1)
        looks(matching)

        assert matching.the_referral(first).state == "sent"
        assert {matching.the_referral(one).state for one in others} <= {"proposed"}


@ON_BOTH
def test_what_no_agreement_let_be_sent_goes_once_there_is_one(
    matching: Matching, ear: Ear, service: UUID
) -> None:
    request = matching.asks(MONEY)
    with matching.store.begin() as tx:
        tx.require_agreements(REQUIRED)
    ear.hears(ear.given(request, grant(ADVICE)))
    looks(matching)
    assert matching.the_referral(request).state == "proposed"

    agreed(matching, full(SURGERY), full(ADVICE))
    looks(matching)

    assert matching.the_referral(request).state == "sent"
    assert matching.the_referral(request).service_id == service


def test_nothing_goes_that_the_person_has_taken_back_or_not_agreed_to(
    matching: Matching, ear: Ear, service: UUID
) -> None:
    request = matching.asks(MONEY)
    matching.says_places(service, 0)
    given = ear.given(request, grant(ADVICE), consent=request.consent_id)
    ear.hears(given, ear.ended(request, request.consent_id, grant(ADVICE)))
    unasked = agrees_too_late(matching, ear, service)
    ear.hears(ear.over(unasked, "withdrawn"))
    matching.says_places(service, 9)
    never = matching.asks(MONEY)
    before = [(row.id, row.state) for row in matching.referrals()]

    looks(matching)

    assert [(row.id, row.state) for row in matching.referrals()] == before
    assert matching.the_referral(never).state == "proposed"


def test_where_a_worker_sends_nothing_is_sent_by_itself(
    matching: Matching, ear: Ear, service: UUID
) -> None:
    with matching.store.begin() as tx:
        tx.keep_nation("england", "coordinator")
    request = agrees_too_late(matching, ear, service)
    matching.says_places(service, 1)

    looks(matching)

    assert matching.the_referral(request).state == "proposed"
