"""A request that is withdrawn, closed, voided, erased or put right, and its referrals."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from services.matching.errors import RequestErasedError
from services.matching.storage import tables as t
from services.matching.usecases import Came, ask, complete, disclose, record_outcome
from services.matching.usecases.content import keeps_by_state
from services.matching.usecases.rebuilding import rebuild
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping
from tests.matching.test_portal import Worker, page_of

ON_BOTH = pytest.mark.usefixtures("where")


@pytest.fixture
def ear(matching: Matching) -> Ear:
    return Ear(matching)


@pytest.fixture
def two(matching: Matching, ear: Ear) -> Any:
    """Return a request with one referral sent and one accepted."""
    services = matching.publishes(a_service(ADVICE, places=2), a_service(MONEY, places=2))
    request = matching.a_request(ADVICE, MONEY, services=tuple(services))
    ear.hears(ear.submitted(request))
    matching.accepts(matching.opens(matching.referrals(request)[1]))
    return request


@ON_BOTH
@pytest.mark.parametrize(
    ("kind", "told", "reason"),
    [
        ("withdrawn", {"reason": None}, "NO_LONGER_WANTED"),
        ("withdrawn", {"reason": "NEEDS_MET_ELSEWHERE"}, "NEEDS_MET_ELSEWHERE"),
        ("closed", {"outcome": "DIED"}, "DIED"),
        ("closed", {"outcome": "NO_SERVICE_AVAILABLE"}, "PLAN_CHANGED"),
        ("erased", {}, "NO_LONGER_WANTED"),
    ],
)
def test_when_a_request_ends_every_referral_of_it_ends_and_gives_its_place_back(
    matching: Matching, ear: Ear, two: Any, kind: str, told: dict[str, Any], reason: str
) -> None:
    ear.hears(ear.over(two, kind, **told))

    assert {r.state for r in matching.referrals(two)} == {"withdrawn"}
    events = matching.announced("referral.withdrawn")
    assert [(e["reason"], e["sent"]) for e in events] == [(reason, True)] * 2
    assert [matching.capacity(r.service_id).reserved for r in matching.referrals(two)] == [0, 0]


def test_a_request_made_in_error_is_hidden_from_both_sides(
    matching: Matching, ear: Ear, two: Any
) -> None:
    ear.hears(ear.over(two, "voided", reason="MADE_IN_ERROR"))

    for referral in matching.referrals(two):
        assert referral.state == "entered_in_error"
        assert not keeps_by_state(referral, a_client(SURGERY))
    assert len(matching.announced("referral.voided")) == 2


@ON_BOTH
def test_erasing_destroys_the_keys_and_what_was_written_and_says_so(
    matching: Matching, ear: Ear, two: Any
) -> None:
    sent = matching.referrals(two)[0]
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        ask(sent.id, sent.version, "Is it the blue house?", tx)

    ear.hears(ear.over(two, "erased"))

    (event,) = matching.announced("request.shredded")
    assert (event["service"], event["keys"]) == ("matching", 1)
    with matching.store.begin(actor=a_client(SURGERY)) as tx:
        assert disclose(sent.id, tx) == ()
        assert tx.request_copy(two.request_id) is None
        for table in (t.note, t.note_key):
            assert tx.all(select(table)) == []


@ON_BOTH
def test_of_whom_was_erased_nobody_reads_an_area_or_an_age_in_why_a_service_was_chosen(
    matching: Matching, app: Flask, ear: Ear, two: Any
) -> None:
    referral = matching.referrals(two)[0]
    who_referred = Worker(app, agency_id=SURGERY)
    assert "45-54" in who_referred.sees(page_of(referral))

    ear.hears(ear.over(two, "erased"))

    assert "45-54" not in who_referred.sees(page_of(referral))
    for kept in matching.referrals(two):
        assert kept.explanation["criteria"] == []


def test_what_was_only_proposed_ends_and_its_agency_hears_nothing(
    matching: Matching, ear: Ear
) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(MONEY)

    ear.hears(ear.over(request, "withdrawn", reason=None))

    assert [e["sent"] for e in matching.announced("referral.withdrawn")] == [False]


def test_a_request_that_ended_before_it_was_heard_is_put_to_nobody(
    matching: Matching, ear: Ear
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    request = matching.a_request(ADVICE)

    ear.hears(ear.over(request, "withdrawn", reason=None), ear.submitted(request))

    assert matching.referrals(request) == []
    assert matching.capacity(service).reserved == 0


def test_an_erased_request_told_again_is_not_copied(matching: Matching, ear: Ear, two: Any) -> None:
    ear.hears(ear.over(two, "erased"))

    ear.hears_again(ear.submitted(two))

    with matching.store.read() as tx:
        assert tx.request_copy(two.request_id) is None


@pytest.mark.parametrize("by", ["consent", "request"])
def test_what_was_taken_back_stays_closed_when_rows_are_made_anew_from_their_events(
    matching: Matching, by: str
) -> None:
    helping, ear = Helping(matching), Ear(matching)
    active = helping.active()
    helping.does(complete, active, ())
    gone = ear.ended(active, active.consent_id, grant(ADVICE))
    ear.hears(gone if by == "consent" else ear.over(active, "withdrawn", reason=None))
    assert not keeps_by_state(helping.now(active), a_client(ADVICE))

    with matching.store.begin() as tx:
        _last, mended = rebuild(tx, None, 10)

    assert mended == []
    assert not keeps_by_state(helping.now(active), a_client(ADVICE))


@pytest.mark.parametrize("by", ["consent", "request"])
def test_what_is_complete_is_read_no_more_once_the_person_takes_it_back(
    matching: Matching, by: str
) -> None:
    helping, ear = Helping(matching), Ear(matching)
    active = helping.active()
    helping.tries(active, note="Agnieszka was out")
    helping.does(complete, active, ())

    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        assert disclose(active.id, tx)
    if by == "consent":
        ear.hears(ear.ended(active, active.consent_id, grant(ADVICE)))
    else:
        ear.hears(ear.over(active, "withdrawn", reason=None))

    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        assert disclose(active.id, tx) is None
        row = tx.referral(active.id, tx.actor)
        assert row
        assert not keeps_by_state(row, tx.actor)
    with matching.store.begin(actor=a_client(SURGERY)) as tx:
        assert disclose(active.id, tx)
    assert matching.announced("access.denied")[-1]["reason"] == "REFERRAL_NOT_OPEN"


def test_nobody_writes_about_a_person_after_their_request_is_erased(matching: Matching) -> None:
    helping, ear = Helping(matching), Ear(matching)
    completed = helping.completed()
    ear.hears(ear.over(completed, "erased"))
    came = (Came("debt", "ACHIEVED", ("GOT_HELP",)),)

    with pytest.raises(RequestErasedError):
        row = helping.now(completed)
        with matching.store.begin(actor=a_client(ADVICE)) as tx:
            record_outcome(row.id, row.version, came, tx, note="Agnieszka is well")

    with matching.store.read() as tx:
        assert tx.all(select(t.note_key)) == []
    helping.does(record_outcome, completed, came)


@ON_BOTH
def test_an_amendment_changes_the_copy_and_what_is_sent_stays(
    matching: Matching, ear: Ear, two: Any
) -> None:
    ear.hears(
        ear.amended(two, sequence=3, age=47, needs=["debt", "housing"]),
        ear.amended(two, sequence=2, age=12, needs=["food"]),
    )

    with matching.store.read() as tx:
        copy = tx.request_copy(two.request_id)
    assert (copy.age, copy.needs, copy.version) == (47, ["debt", "housing"], 3)
    assert [r.state for r in matching.referrals(two)] == ["sent", "accepted"]
    assert [r.needs for r in matching.referrals(two)] == [["debt"], ["debt"]]


def test_an_amendment_that_comes_first_is_not_lost_and_hides_from_the_start(
    matching: Matching, ear: Ear
) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.a_request(ADVICE)

    ear.hears(ear.amended(request, age=50, hidden_from_agencies=[ADVICE]), ear.submitted(request))

    with matching.store.read() as tx:
        assert tx.request_copy(request.request_id).age == 50
    assert matching.referrals(request) == []


def test_agreed_by_phone_it_is_accepted_at_once_and_may_be_taken_back(
    matching: Matching, ear: Ear
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1, forecast_wait_days=4))
    request = matching.a_request(ADVICE, services=(service,), agreed_by_phone=True)

    ear.hears(ear.submitted(request))

    accepted = matching.the_referral(request)
    assert (accepted.state, accepted.version) == ("accepted", 4)
    assert accepted.forecast_start.isoformat() == "2026-11-27"
    steps = [(e.transition, e.version) for e in matching.history(accepted)]
    assert steps == [("T5", 1), ("T7", 2), ("T8", 3), ("T11", 4)]
    assert (matching.capacity(service).reserved, matching.capacity(service).accepted) == (0, 1)
    told = [e["type"] for e in matching.announced() if e["type"].startswith("referral.")]
    assert [kind.split(".")[1] for kind in told] == ["proposed", "sent", "opened", "accepted"]
    assert matching.declines(accepted, "ALREADY_SUPPORTED").state == "declined"


def test_agreed_by_phone_without_a_known_place_waits_for_a_written_yes(
    matching: Matching, ear: Ear
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    request = matching.a_request(ADVICE, services=(service,), agreed_by_phone=True)

    ear.hears(ear.submitted(request))

    assert matching.the_referral(request).state == "sent"
