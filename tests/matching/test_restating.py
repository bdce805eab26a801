"""What matching tells again: the newest of everything, and nothing acted on twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.matching.domain.transitions import TABLE
from services.matching.handlers import HANDLERS, RESTATED
from services.matching.heard import RequestSubmitted
from services.matching.restating import PARTS, STEPS
from shared.bus.restating import restate
from tests.matching.drivers import ADVICE, MONEY, Matching, a_service


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
