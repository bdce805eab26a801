"""What matching tells again: the newest of everything, and nothing acted on twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.matching.domain.transitions import TABLE
from services.matching.handlers import HANDLERS, RESTATED
from services.matching.heard import RequestSubmitted, RequestWithdrawn
from services.matching.restating import PARTS, STEPS
from services.matching.usecases import Reason, ask, cancel, refuse_cancel
from shared.bus.restating import restate
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant


def told(matching: Matching) -> list[Any]:
    outbox = matching.store.metadata.tables["outbox"]
    with matching.store.read() as tx:
        return tx.all(select(outbox).order_by(outbox.c.id))


def test_every_transition_can_be_told_again() -> None:
    assert {row.event for row in TABLE} == set(STEPS)


def test_each_record_is_told_again_with_the_number_and_the_words_of_its_last_telling(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE), a_service(MONEY, places=1))
    accepted = matching.the_referral(matching.asks(ADVICE))
    matching.accepts(matching.opens(accepted))
    matching.declines(matching.opens(matching.the_referral(matching.asks(MONEY))))
    first = told(matching)

    count = restate(matching.store, PARTS, batch=1)

    again = told(matching)[len(first) :]
    assert len(again) == count
    assert all(row.headers.get("restates") for row in again)
    newest = {(row.type, row.subject): (row.sequence, row.body) for row in first}
    guide = {"service.published.v1", "capacity.changed.v1"}
    for row in again:
        sequence, body = newest[row.type, row.subject]
        if row.type not in guide:  # these two share their count, and tell how it is now
            assert (row.sequence, row.body) == (sequence, body)
    for service in {row.subject for row in first if row.type in guide}:
        numbers = [row.sequence for row in first if row.type in guide and row.subject == service]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {r.sequence for r in again if r.subject == service} == {len(numbers)}


def test_what_was_asked_halted_resumed_and_ended_is_told_again_in_the_same_words(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE))
    ear, request = Ear(matching), matching.asks(ADVICE)
    sent = matching.the_referral(request)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        ask(sent.id, sent.version, "Since when?", tx)
    ear.hears(ear.ended(request, request.consent_id, grant(ADVICE)))
    matching.clock.advance(timedelta(days=1))
    ear.hears(ear.given(request, grant(ADVICE)))
    with matching.store.begin(actor=a_client(SURGERY)) as tx:
        cancel(sent.id, 5, Reason("PLAN_CHANGED"), tx)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        refuse_cancel(sent.id, 6, "We are nearly done.", tx)
    ear.hears(ear.over(request, "withdrawn", reason=None))
    first = {row.sequence: row for row in told(matching) if row.type.startswith("referral.")}

    restate(matching.store, PARTS)

    again = [row for row in told(matching) if row.headers.get("restates")]
    steps = [row for row in again if row.type.startswith("referral.")]
    assert [row.sequence for row in steps] == list(range(len(first), 0, -1))
    later = {"referral.proposed.v1", "referral.sent.v1"}  # these name the consent of today
    for row in steps:
        assert row.type == first[row.sequence].type
        assert row.type in later or row.body == first[row.sequence].body


def test_the_newest_step_of_a_referral_is_told_first(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    matching.opens(matching.the_referral(matching.asks(ADVICE)))
    before = len(told(matching))

    restate(matching.store, PARTS)

    steps = [row.type for row in told(matching)[before:] if row.type.startswith("referral.")]
    assert steps == ["referral.opened.v1", "referral.sent.v1", "referral.proposed.v1"]


def test_a_request_told_again_before_its_first_telling_is_placed_by_that_and_once(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.a_request(ADVICE)
    with matching.store.begin() as tx:
        RESTATED[RequestSubmitted](request, tx)
    assert matching.referrals(request) == []

    for _ in range(2):
        with matching.store.begin() as tx:
            HANDLERS[RequestSubmitted](request, tx)

    assert matching.the_referral(request).state == "sent"


def test_how_a_request_ended_is_kept_from_what_is_told_again_and_not_acted_on(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(ADVICE)
    ended = RequestWithdrawn(request_id=request.request_id, reason=None)

    with matching.store.begin() as tx:
        RESTATED[RequestWithdrawn](ended, tx)

    with matching.store.read() as tx:
        news = tx.news_of(request.request_id)
    assert news is not None
    assert news.ended_by == "withdrawn"
    assert matching.the_referral(request).state == "sent"
