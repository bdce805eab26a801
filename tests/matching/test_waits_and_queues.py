"""How long people wait by a service's own record, who comes next, and what a change would do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.capacity import longest_wait
from services.matching.domain.forecast import forecast_wait
from services.matching.domain.priority import Waiting, queue
from services.matching.errors import ServiceNotFoundError
from services.matching.usecases import start
from services.matching.usecases.forecasting import learn_wait
from services.matching.usecases.previewing import preview_change
from services.matching.usecases.queueing import waiting_queue
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, a_client, a_service
from tests.matching.test_api import Partner
from tests.matching.test_portal import Worker

if TYPE_CHECKING:
    from flask import Flask

    from services.matching.usecases.previewing import Preview
    from shared.testing.sign_on import PretendIssuer
    from tests.matching.drivers import Matching

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HUB = UUID("019a0000-0000-7000-8000-a9e0000000ff")
BOTH = pytest.mark.usefixtures("where")


def a_coordinator() -> Principal:
    return Principal("staff", str(new_id()), HUB, roles=frozenset({"coordinator"}))


def helped_after(matching: Matching, service: UUID, *days: int) -> None:
    """Let one person after another wait so many days, and be supported."""
    for wait in days:
        matching.says_places(service, 90)
        referral = matching.opens(matching.the_referral(matching.asks(ADVICE)))
        accepted = matching.accepts(referral)
        matching.clock.advance(timedelta(days=wait))
        with matching.store.begin(actor=a_client(ADVICE)) as tx:
            start(accepted.id, accepted.version, matching.clock.now().date(), tx)


@pytest.mark.parametrize(
    ("started", "waiting", "forecast"),
    [
        ([], [], None),
        ([3, 4], [100], None),
        ([3, 4, 30], [], 4),
        ([3, 4, 5], [1, 2], 4),
        ([3, 4, 5], [80, 90, 100, 110], 80),
    ],
)
def test_the_record_of_starts_forecasts_and_a_list_at_a_standstill_shows(
    started: list[int], waiting: list[int], forecast: int | None
) -> None:
    assert forecast_wait(started, waiting) == forecast


@BOTH
def test_three_starts_teach_how_long_people_wait_and_it_takes_the_place_of_what_was_said(
    matching: Matching,
) -> None:
    profile = {"clock_profile": "advice", "forecast_wait_days": 1}
    (service,) = matching.publishes(a_service(ADVICE, **profile))
    helped_after(matching, service, 2)
    early = matching.the_referral(matching.asks(ADVICE))

    helped_after(matching, service, 6, 6)
    matching.says_places(service, 90)

    late = matching.the_referral(matching.asks(ADVICE))
    assert "wait:1" in early.explanation["reasons"]
    assert "wait:6" in late.explanation["reasons"]


@BOTH
def test_a_waiting_list_that_nobody_would_leave_in_time_refuses_with_a_gap(
    matching: Matching,
) -> None:
    full = {"places": 0, "takes_waiting_list": True}
    (service,) = matching.publishes(a_service(ADVICE, **full, forecast_wait_days=80))

    unnamed = matching.asks(ADVICE)
    named = matching.asks(ADVICE, services=(service,))

    assert matching.referrals(unnamed) == matching.referrals(named) == []
    assert [gap.reasons for gap in matching.gaps()] == [["WAIT_TOO_LONG"]] * 2


def test_a_waiting_list_within_the_longest_wait_is_joined(matching: Matching) -> None:
    full = {"places": 0, "takes_waiting_list": True}
    matching.publishes(a_service(ADVICE, **full, forecast_wait_days=59))

    assert matching.the_referral(matching.asks(ADVICE)).way == "waiting_list"


@pytest.mark.parametrize(
    ("profile", "days"), [("default", 61), ("advice", 28), ("front_door", None)]
)
def test_the_longest_wait_follows_the_profile(profile: str, days: int | None) -> None:
    assert longest_wait(profile, NOW.date()) == days


def waits(name: str, weeks: float, urgency: str = "routine", band: int | None = None) -> Any:
    return Waiting(name, urgency, band, NOW - timedelta(weeks=weeks))


def test_the_urgent_come_first_then_risk_and_weeks_weigh_together() -> None:
    people = [
        waits("new and high", 0, band=4),
        waits("seven weeks", 7),
        waits("soon", 1, "soon"),
        waits("urgent", 0, "urgent"),
    ]

    found = queue(people, NOW)

    assert [place.what for place in found] == ["urgent", "seven weeks", "new and high", "soon"]
    assert found[0].reasons == ("urgent", "waited:0")
    assert found[2].reasons == ("routine", "band:4", "waited:0")


@given(st.integers(0, 50), st.sampled_from([None, 1, 2, 3, 4]), st.integers(11, 40))
def test_nobody_but_the_urgent_overtakes_whoever_waits_long_enough(
    weeks: int, band: int | None, longer: int
) -> None:
    late, early = waits("late", weeks, "soon", band), waits("early", weeks + longer)

    assert queue([late, early], NOW)[0].what == "early"


@BOTH
def test_a_waiting_list_says_who_is_next_and_leaves_out_whom_the_reader_must_not_see(
    matching: Matching,
) -> None:
    me = Principal("staff", str(new_id()), ADVICE, roles=frozenset({"worker"}))
    (service,) = matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))
    asked = [
        matching.asks(ADVICE, reference="AAA-AAA"),
        matching.asks(ADVICE, reference="BBB-BBB", threshold=4),
        matching.asks(ADVICE, reference="CCC-CCC", hidden_from_staff=(UUID(str(me.id)),)),
    ]
    for request in asked:
        matching.accepts(matching.opens(matching.the_referral(request)))

    with matching.store.read(actor=me) as tx:
        found = waiting_queue(service, tx)

    assert [place.what.reference for place in found] == ["BBB-BBB", "AAA-AAA"]


def test_who_is_hidden_from_a_reader_is_neither_on_the_board_of_who_waits_nor_counted(
    matching: Matching, app: Flask
) -> None:
    reader, colleague, feared, manager = (
        Worker(app, role) for role in ("worker", "worker", "manager", "manager")
    )
    (service,) = matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))
    hidden_from = tuple(UUID(str(one.who.id)) for one in (reader, feared))
    request = matching.asks(ADVICE, reference="CCC-CCC", hidden_from_staff=hidden_from)
    matching.accepts(matching.opens(matching.the_referral(request)))

    assert "CCC-CCC" in colleague.sees("/agency/waiting")
    assert "CCC-CCC" not in reader.sees("/agency/waiting")
    assert "1 waiting" in colleague.sees("/agency/services")
    assert "0 waiting" in reader.sees("/agency/services")
    assert "1 person is waiting" in manager.sees(f"/agency/services/{service}/closure")
    assert "Nobody is waiting" in feared.sees(f"/agency/services/{service}/closure")


def test_a_system_counts_nobody_it_must_not_know_of_in_its_agencys_list_or_anybodys(
    matching: Matching, app: Flask, issuer: PretendIssuer
) -> None:
    other = new_id()
    full = {"places": 0, "takes_waiting_list": True}
    (service, _) = matching.publishes(
        a_service(ADVICE, **full), a_service(ADVICE, id=str(other), needs=["food"])
    )
    request = matching.asks(ADVICE, hidden_from_teams=(other,))
    matching.accepts(matching.opens(matching.the_referral(request)))

    def waiting(*teams: UUID, agency: UUID = ADVICE) -> tuple[int, int]:
        asks = Partner(app, issuer, agency, *teams)
        one = asks.calls("GET", f"/services/{service}").get_json()["waiting"]
        listed = asks.calls("GET", "/services").get_json()["items"]
        return one, next(row["waiting"] for row in listed if row["id"] == str(service))

    assert waiting() == (1, 1)
    assert waiting(other) == (0, 0)
    assert waiting(other, agency=MONEY) == (0, 0)


@BOTH
def test_what_is_learnt_of_a_wait_is_the_same_whoever_acts(matching: Matching) -> None:
    me = Principal("staff", str(new_id()), ADVICE, roles=frozenset({"worker"}))
    (service,) = matching.publishes(a_service(ADVICE, places=9))
    helped_after(matching, service, 1, 1, 1)
    hidden_from = (UUID(str(me.id)),)
    for _ in range(4):
        asked = matching.asks(ADVICE, hidden_from_staff=hidden_from)
        matching.accepts(matching.opens(matching.the_referral(asked)))
    matching.clock.advance(timedelta(days=60))

    with matching.store.begin(actor=me) as tx:
        mine = learn_wait(service, tx)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        assert learn_wait(service, tx) == mine
    assert mine is not None
    assert mine >= 60


def previews(matching: Matching, service: UUID, who: Principal, **changes: Any) -> Preview:
    with matching.store.read(actor=who) as tx:
        own = tx.own_of(service) or {}
        return preview_change(service, {**own, **changes}, tx)


@BOTH
def test_a_change_shows_the_coordinator_whom_it_would_add_and_remove(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, minimum_age=18))
    matching.asks(ADVICE, age=17, reference="YNG-YNG")
    matching.asks(ADVICE, age=20, reference="MID-MID")
    matching.asks(ADVICE, age=70, reference="OLD-OLD")

    seen = previews(matching, service, a_coordinator(), minimum_age=16, maximum_age=65)

    assert seen.added.references == ("YNG-YNG",)
    assert seen.removed.references == ("OLD-OLD",)
    assert seen.own == ("OLD-OLD",)
    assert matching.announced("service.published")[-1]["minimum_age"] == 18


@BOTH
def test_an_agency_learns_no_number_below_five_and_only_its_own_by_name(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, minimum_age=18))
    worker = Principal("staff", str(new_id()), ADVICE, roles=frozenset({"manager"}))
    for _ in range(5):
        matching.asks(MONEY, age=17, reference="YNG-YNG")
    matching.asks(ADVICE, age=70, reference="OLD-OLD")

    seen = previews(matching, service, worker, minimum_age=16, maximum_age=65)

    assert (seen.added.count, seen.added.references) == (5, ())
    assert (seen.removed.count, seen.removed.references) == (None, ())
    assert seen.own == ("OLD-OLD",)


def test_two_looks_side_by_side_do_not_tell_an_agency_that_one_person_is_there(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, minimum_age=18))
    worker = Principal("staff", str(new_id()), ADVICE, roles=frozenset({"manager"}))
    for age in (17, 17, 17, 17, 17, 17, 16):
        matching.asks(MONEY, age=age)

    with_them = previews(matching, service, worker, minimum_age=16)
    without = previews(matching, service, worker, minimum_age=17)

    assert with_them == without
    assert with_them.added.count == 5


def test_an_agency_does_not_preview_anothers_entry(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    worker = Principal("staff", str(new_id()), MONEY, roles=frozenset({"manager"}))

    with pytest.raises(ServiceNotFoundError):
        previews(matching, service, worker)


def test_what_is_hidden_from_the_agency_is_not_counted(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, minimum_age=18))
    for _ in range(6):
        matching.asks(age=17, hidden_from_agencies=(ADVICE,))

    seen = previews(matching, service, a_coordinator(), minimum_age=16)

    assert seen.added.count == 0
