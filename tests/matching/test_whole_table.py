"""Every row of the table lived through by real commands, and made anew from what was told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching import usecases as u
from services.matching.domain.transitions import BY_STEP, Result
from services.matching.restating import PARTS
from services.matching.usecases import Came, Reason
from services.matching.usecases.rebuilding import rebuild
from shared.bus.restating import restate
from tests.matching.drivers import ADVICE, MONEY, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping, a_worker

if TYPE_CHECKING:
    from tests.matching.drivers import Matching

CANCEL = Reason("REFERRER_CANCELLED")
DONE = Came("debt", "PARTLY", ("ADVICE_GIVEN",))
GIVEN = grant(ADVICE)


@pytest.fixture
def helping(matching: Matching) -> Helping:
    matching.publishes(a_service(ADVICE, places=30))
    return Helping(matching)


def asked(helping: Helping, ear: Ear) -> tuple[Any, Any]:
    """Return a request with a consent that can be lost, and its referral."""
    for service in helping.matching.referrals()[:1]:
        helping.matching.says_places(service.service_id, 30)
    request = helping.matching.a_request(ADVICE)
    consent = ear.given(request, GIVEN, consent=request.consent_id)
    ear.hears(ear.submitted(request), consent)
    return request, helping.matching.the_referral(request)


def asks_stops_and_goes_on(helping: Helping, ear: Ear) -> None:
    request, first = asked(helping, ear)
    helping.does(u.ask, first, "Which bills?")
    helping.does(u.answer, first, "Gas.", by=helping.referrer())
    others = tuple(helping.matching.publishes(a_service(MONEY)))
    helping.does(u.redirect, first, others, "They know more.")
    again = helping.reopens(first)
    helping.matching.opens(again)
    ear.hears(ear.ended(request, request.consent_id, GIVEN))
    helping.does(u.acknowledge, again, None)
    ear.hears(ear.given(request, GIVEN))
    helping.does(u.decline, again, u.Decline("NO_CAPACITY"))


def is_taken_back(helping: Helping) -> None:
    unread, late, stopped = taken = [helping.sent_again() for _ in range(3)]
    helping.does(u.cancel, unread, CANCEL, by=helping.referrer())
    for referral in taken[1:]:
        helping.matching.accepts(helping.matching.opens(referral))
    helping.does(u.decline, late, u.Decline("CANNOT_MATCH", "Nobody near."))
    helping.does(u.cancel, stopped, CANCEL, by=helping.referrer())
    helping.does(u.refuse_cancel, stopped, "Nearly done.")
    helping.does(u.cancel, stopped, CANCEL, by=helping.referrer())
    helping.does(u.confirm_cancel, stopped)


def is_helped(helping: Helping) -> None:
    to_the_end, asked_to_stop = helped = [helping.sent_again() for _ in range(2)]
    for referral in helped:
        helping.matching.accepts(helping.matching.opens(referral))
        helping.does(u.start, referral, helping.today)
    helping.holds(to_the_end)
    helping.does(u.resume_held, to_the_end)
    helping.tries(to_the_end, "DELIVERED")
    helping.does(u.reassign, to_the_end, None, "East")
    helping.does(u.complete, to_the_end, ())
    helping.does(u.record_outcome, to_the_end, (DONE,))
    helping.does(u.cancel, asked_to_stop, CANCEL, by=helping.referrer())
    helping.does(u.complete, asked_to_stop, (DONE,))


def waits(helping: Helping) -> None:
    started, extended, changed, later = waiting = [helping.sent_again() for _ in range(4)]
    for referral in waiting:
        helping.matching.accepts(helping.matching.opens(referral))
        helping.waits(referral)
    helping.does(u.start, started, helping.today)
    helping.ends(started, "NEEDS_MET_ELSEWHERE")
    helping.months_pass()
    until, agreed = date(2027, 1, 23) + timedelta(weeks=2), {"agreed_with_referrer": True}
    helping.reviews(extended, Result.EXTENDED, until=until, **agreed)
    helping.reviews(extended, Result.RETURNED, comment="No start is likely.")
    helping.reviews(changed, Result.NEEDS_CHANGED, **agreed)
    helping.reviews(later, Result.RE_REFER_LATER, until=until, **agreed)


def ends_with_what_it_rested_on(helping: Helping, ear: Ear) -> None:
    for how in ("withdrawn", "voided"):
        request, _referral = asked(helping, ear)
        ear.hears(ear.over(request, how))
    request, lost = asked(helping, ear)
    ear.hears(ear.ended(request, request.consent_id, GIVEN))
    helping.ends(lost, "")


def live_through_everything(helping: Helping) -> list[Any]:
    ear = Ear(helping.matching)
    asks_stops_and_goes_on(helping, ear)
    is_taken_back(helping)
    is_helped(helping)
    waits(helping)
    ends_with_what_it_rested_on(helping, ear)
    return helping.matching.referrals()


def test_every_row_of_the_table_is_lived_through_by_real_commands(helping: Helping) -> None:
    referrals = live_through_everything(helping)

    walked = {
        (event.transition, event.event)
        for referral in referrals
        for event in helping.matching.history(referral)
    }
    assert set(BY_STEP) - walked == set()


def test_what_is_lost_of_referrals_is_made_anew_from_their_events(helping: Helping) -> None:
    before = live_through_everything(helping)
    wrong = {"state": "declined", "started_on": None, "extended_until": None, "reopens": None}
    with helping.matching.store.begin() as tx:
        tx.execute(tx.table("referral").update().values(**wrong, version=99))

    with helping.matching.store.begin() as tx:
        _last, mended = rebuild(tx, None, 100)
        _last, still_wrong = rebuild(tx, None, 100)

    assert len(mended) == len(before)
    assert still_wrong == []
    assert helping.matching.referrals() == before


def test_who_took_what_was_given_to_nobody_still_has_it_when_it_is_made_anew(
    helping: Helping,
) -> None:
    accepted, worker = helping.accepted(), a_worker(ADVICE, "worker", "manager")
    helping.does(u.reassign, accepted, None, "East", by=worker)
    helping.does(u.start, accepted, helping.today, by=worker)
    assert str(helping.now(accepted).assigned_to) == worker.id

    with helping.matching.store.begin() as tx:
        assert rebuild(tx, None, 100) == (accepted.id, [])

    assert str(helping.now(accepted).assigned_to) == worker.id


def test_everything_that_happened_is_told_again_in_the_same_words(helping: Helping) -> None:
    live_through_everything(helping)
    first = told(helping)

    restate(helping.matching.store, PARTS)

    again = told(helping, again=True)
    assert set(again) == set(first)
    later = {"referral.proposed.v1", "referral.sent.v1"}  # these name the consent of today
    assert {key: body for key, body in again.items() if key[0] not in later} == {
        key: body for key, body in first.items() if key[0] not in later
    }


def told(helping: Helping, *, again: bool = False) -> dict[tuple[str, str, int], bytes]:
    """Return what was told of referrals: by type, subject and number."""
    with helping.matching.store.read() as tx:
        rows = tx.all(tx.table("outbox").select())
    return {
        (row.type, row.subject, row.sequence): row.body
        for row in rows
        if row.type.startswith("referral.") and bool(row.headers.get("restates")) == again
    }
