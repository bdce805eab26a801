"""What happens when a request is heard: sent, proposed, or honestly admitted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, a_service

if TYPE_CHECKING:
    from tests.matching.drivers import Matching

pytestmark = pytest.mark.usefixtures("where")


def kinds(matching: Matching) -> list[str]:
    beside = ("agency.", "service.", "capacity.")
    return [e["type"] for e in matching.announced() if not e["type"].startswith(beside)]


def test_a_request_is_sent_to_the_consented_service_and_its_place_is_held(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=3))

    request = matching.asks(ADVICE)

    referral = matching.the_referral(request)
    assert (referral.state, referral.version, referral.way) == ("sent", 2, "place")
    assert matching.capacity(service).reserved == 1
    (sent,) = matching.announced("referral.sent")
    assert sent["request_id"] == str(request.request_id)
    assert sent["consent_id"] == str(request.consent_id)
    assert not sent["enquiry"]
    assert kinds(matching) == ["referral.proposed.v1", "referral.sent.v1"]


def test_a_request_heard_twice_is_placed_once(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = matching.a_request(ADVICE)

    matching.hears(request, request)
    matching.hears(request)

    assert len(matching.referrals()) == 1
    assert matching.capacity(service).reserved == 1
    assert len(matching.announced("referral.sent")) == 1


def test_the_explanation_is_frozen_with_the_versions_that_decided(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=3))

    told = matching.the_referral(matching.asks(ADVICE)).explanation

    assert told["result"] == "met"
    assert told["rules_version"] == "1.1"
    assert told["geography_version"] == "areas-1"
    assert told["capacity"]["places"] == 3
    assert {c["criterion"]: c["fact"] for c in told["criteria"]}["age"] == "45-54"


def test_an_agency_without_a_grant_is_only_proposed_and_holds_no_place(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))

    referral = matching.the_referral(matching.asks(MONEY))

    assert (referral.state, referral.consent_needed, referral.sent_at) == ("proposed", True, None)
    assert matching.capacity(service).reserved == 0
    (proposed,) = matching.announced("referral.proposed")
    assert proposed["consent_needed"] is True
    assert matching.announced("referral.sent") == []


def test_the_last_place_makes_the_next_request_fail_with_its_reason_and_a_gap(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE, places=1))
    matching.asks(ADVICE)

    late = matching.asks(ADVICE)

    assert matching.referrals(late) == []
    (failed,) = matching.announced("match.failed")
    assert failed["reasons"] == ["NO_CAPACITY"]
    assert failed["needs"] == ["debt"]
    (gap,) = matching.gaps()
    assert (gap.request_id, gap.need, gap.reasons) == (late.request_id, "debt", ["NO_CAPACITY"])


def test_filling_the_last_place_tells_the_others_that_the_service_is_full(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE, places=2))

    matching.asks(ADVICE)
    matching.asks(ADVICE)

    statuses = [event["status"] for event in matching.announced("capacity.changed")]
    assert statuses == ["open", "full"]


def test_a_full_service_with_a_waiting_list_is_sent_to_without_a_place(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))

    referral = matching.the_referral(matching.asks(ADVICE))

    assert (referral.state, referral.way) == ("sent", "waiting_list")
    assert matching.capacity(service).reserved == 0


def test_unknown_capacity_is_never_chosen_by_itself_but_a_named_one_gets_an_enquiry(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))

    unnamed = matching.asks(ADVICE)
    named = matching.asks(ADVICE, services=(service,))

    assert matching.referrals(unnamed) == []
    assert matching.the_referral(named).way == "enquiry"
    assert matching.announced("referral.sent")[0]["enquiry"] is True


def test_a_stale_figure_counts_as_unknown(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=3))
    matching.clock.advance(timedelta(days=15))

    assert matching.referrals(matching.asks(ADVICE)) == []


def test_named_services_are_asked_in_parallel_and_a_full_one_is_admitted(
    matching: Matching,
) -> None:
    open_one, full = matching.publishes(a_service(ADVICE), a_service(MONEY, places=0))

    request = matching.asks(ADVICE, MONEY, services=(open_one, full))

    assert [r.service_id for r in matching.referrals(request)] == [open_one]
    (failed,) = matching.announced("match.failed")
    assert (failed["service_id"], failed["reasons"]) == (str(full), ["NO_CAPACITY"])


def test_a_named_service_that_closed_in_between_is_admitted_as_closed(matching: Matching) -> None:
    (shut,) = matching.publishes(a_service(ADVICE, status="closed_to_referrals"))

    matching.asks(ADVICE, services=(shut,))

    assert matching.announced("match.failed")[0]["reasons"] == ["CLOSED_TO_REFERRALS"]
    assert matching.gaps()[0].service_id == shut


def test_an_agency_that_must_not_see_it_is_neither_asked_nor_proposed(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))

    request = matching.asks(ADVICE, hidden_from_agencies=(ADVICE,))

    assert matching.referrals(request) == []


def test_a_team_that_must_not_see_it_is_not_asked_and_the_agencys_other_team_is(
    matching: Matching,
) -> None:
    feared, other = matching.publishes(a_service(ADVICE), a_service(ADVICE))

    request = matching.asks(ADVICE, hidden_from_teams=(feared,))

    assert matching.the_referral(request).service_id == other


def test_someone_asking_for_themselves_is_not_led_to_a_service_only_workers_may_name(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE, listed="by_worker_only"))

    alone = matching.asks(referrer_agency_id=None)
    with_a_worker = matching.asks()

    assert matching.referrals(alone) == []
    assert len(matching.referrals(with_a_worker)) == 1


def test_a_grant_for_another_purpose_lets_nobody_be_asked(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.a_request(ADVICE)
    (grant,) = request.recipients
    other = type(grant)("case_review", grant.recipient, grant.categories)

    matching.asks(recipients=(other,))

    assert matching.announced("referral.sent") == []


def test_several_needs_that_fail_are_told_in_one_message(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=0))

    matching.asks(ADVICE, needs=("debt", "food"))

    (failed,) = matching.announced("match.failed")
    assert failed["needs"] == ["debt", "food"]
    assert failed["reasons"] == ["NO_CAPACITY", "SERVICE_NOT_PROVIDED"]
    assert [gap.need for gap in matching.gaps()] == ["debt", "food"]


def test_equal_services_take_turns(matching: Matching) -> None:
    services = matching.publishes(a_service(ADVICE, places=9), a_service(MONEY, places=9))

    for _ in range(6):
        matching.clock.advance(timedelta(minutes=1))
        matching.asks(ADVICE, MONEY)

    assert [matching.capacity(service).reserved for service in services] == [3, 3]


def test_the_answer_falls_due_by_the_services_own_clock(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, clock_profile="front_door"))

    request = matching.asks(ADVICE)

    assert matching.the_referral(request).answer_by == matching.clock.now() + timedelta(hours=24)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_service_never_promises_more_than_it_has(matching: Matching, count: int) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=count))

    for _ in range(count + 3):
        matching.asks(ADVICE)

    assert matching.capacity(service).reserved == count
    assert len(matching.referrals()) == count


def test_a_person_whose_copy_is_kept_is_known_by_codes_only(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(ADVICE, hidden_from_staff=(new_id(),))

    with matching.store.read() as tx:
        copy = tx.request_copy(request.request_id)

    assert copy is not None
    assert copy.recipients == {str(ADVICE): ["identity", "story"]}
    assert isinstance(copy.id, UUID)
