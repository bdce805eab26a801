"""Keeping the guide and its figures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.matching.errors import (
    CapacityRefusedError,
    GuideRefusedError,
    ServiceNotFoundError,
)
from services.matching.usecases import set_capacity
from shared.errors import ForbiddenError
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, a_client, a_service

if TYPE_CHECKING:
    from tests.matching.drivers import Matching


def test_publishing_the_same_guide_again_announces_nothing_and_changes_nothing(
    matching: Matching,
) -> None:
    entry = a_service(ADVICE)
    matching.publishes(entry)
    before = matching.announced()

    matching.clock.advance(timedelta(days=3))
    matching.publishes(entry)

    assert matching.announced() == before


def test_a_changed_entry_is_a_new_version_and_is_announced_once(matching: Matching) -> None:
    entry = a_service(ADVICE)
    (service,) = matching.publishes(entry)

    matching.publishes({**entry, "minimum_age": 16})

    published = matching.announced("service.published")
    assert [event["minimum_age"] for event in published] == [18, 16]
    with matching.store.read() as tx:
        row = tx.service_row(service)
    assert row is not None
    assert row.version == 2


def test_a_demonstration_figure_never_overrides_what_the_agency_said(matching: Matching) -> None:
    entry = a_service(ADVICE, places=3)
    (service,) = matching.publishes(entry)
    matching.says_places(service, 7)

    matching.publishes({**entry, "description": "New words"})

    assert matching.capacity(service).places == 7


def test_a_figure_below_what_is_promised_is_kept_marked_and_reserves_nothing_new(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=3))
    first = matching.the_referral(matching.asks(ADVICE))
    matching.asks(ADVICE)

    matching.clock.advance(timedelta(minutes=1))
    matching.says_places(service, 1)

    assert matching.capacity(service).over_promised
    assert matching.referrals(matching.asks(ADVICE)) == []
    assert len([r for r in matching.referrals() if r.state == "sent"]) == 2

    matching.declines(first, "AGE_CRITERION")
    assert not matching.capacity(service).over_promised


def test_people_promised_too_much_may_still_be_accepted(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=2))
    referrals = [matching.the_referral(matching.asks(ADVICE)) for _ in range(2)]
    matching.clock.advance(timedelta(minutes=1))
    matching.says_places(service, 1)

    for referral in referrals:
        matching.opens(referral)
        assert matching.accepts(referral).state == "accepted"

    assert matching.capacity(service).accepted == 2


def test_a_new_figure_counts_only_what_was_accepted_since(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=2))
    referral = matching.the_referral(matching.asks(ADVICE))
    matching.opens(referral)
    matching.accepts(referral)
    counted_before = matching.clock.now() - timedelta(minutes=1)
    matching.clock.advance(timedelta(minutes=1))

    # The first publication's figure is as of now, so an older one would be refused.
    matching.says_places(service, 4)

    assert (matching.capacity(service).accepted, counted_before < matching.clock.now()) == (0, True)


def test_a_figure_from_the_future_or_older_than_the_known_one_is_refused(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    for as_of in (
        matching.clock.now() + timedelta(seconds=1),
        matching.clock.now() - timedelta(days=1),
    ):
        with pytest.raises(CapacityRefusedError) as refused:
            matching.says_places(service, 5, as_of=as_of)
        assert refused.value.errors[0].pointer == "/as_of"


def test_only_the_agency_itself_says_how_many_places_it_has(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))

    with matching.store.begin(actor=a_client(MONEY)) as tx:
        with pytest.raises(ForbiddenError):
            set_capacity(service, 9, None, tx, takes_waiting_list=False)
        with pytest.raises(ServiceNotFoundError):
            set_capacity(new_id(), 9, None, tx, takes_waiting_list=False)

    assert matching.capacity(service).places == 3


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"needs": ["gold"]}, "/services/0/needs/0"),
        ({"needs": []}, "/services/0/needs"),
        ({"threshold": [3, 1]}, "/services/0/threshold"),
        ({"minimum_age": 60, "maximum_age": 18}, "/services/0/maximum_age"),
        ({"clock_profile": "soon"}, "/services/0/clock_profile"),
        ({"listed": "secret"}, "/services/0/listed"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_with_its_place(
    matching: Matching, changes: dict[str, object], pointer: str
) -> None:
    with pytest.raises(GuideRefusedError) as refused:
        matching.publishes({**a_service(ADVICE), **changes})

    assert [fault.pointer for fault in refused.value.errors] == [pointer]
    assert matching.announced() == []


def test_an_inactive_agency_is_asked_by_nobody(matching: Matching) -> None:
    entry = a_service(ADVICE)
    matching.publishes(entry)
    matching.agencies[0]["active"] = False
    matching.publishes(entry)

    assert matching.referrals(matching.asks(ADVICE)) == []
    assert isinstance(UUID(entry["id"]), UUID)
