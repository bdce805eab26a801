"""A restricted request is kept and used for nothing: not sent on, and not talked about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching import usecases as u
from services.matching.clocks import Clocks
from services.matching.errors import AnswerRefusedError, DealRefusedError, NotPossibleError
from services.matching.retrying import Retrying
from services.matching.usecases.noting import write_note
from services.matching.usecases.proposing import propose, send
from services.matching.usecases.rebuilding import rebuild
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping
from tests.matching.test_case_review import HUB, Panel
from tests.matching.test_portal import Worker, page_of

if TYPE_CHECKING:
    from flask import Flask


def restricts(ear: Ear, request: Any, *, restricted: bool = True, sequence: int = 3) -> None:
    """Let intake say that a request is kept and used for nothing, or that this is over."""
    about = {"request_id": request.request_id, "restricted": restricted}
    ear.hears(ear.message("request.restricted", sequence=sequence, **about))


@pytest.fixture
def panel(matching: Matching) -> Panel:
    return Panel(matching)


def test_a_restricted_request_is_on_no_agenda_and_its_case_stays_closed(panel: Panel) -> None:
    request = panel.asks(HUB)
    case = panel.lists(panel.hub)
    restricts(panel.ear, request)

    assert panel.agenda(panel.hub) == []
    assert panel.suggested(panel.hub) == []
    assert panel.opens(panel.hub, case) is None
    with pytest.raises(DealRefusedError):
        panel.lists(panel.advice)
    assert [one["object_type"] for one in panel.matching.announced("access.denied")] == ["case"]

    restricts(panel.ear, request, restricted=False, sequence=4)
    assert panel.agenda(panel.hub) == ["HDJ-2RF"]
    assert panel.opens(panel.hub, case) is not None


def test_nothing_is_sent_of_a_restricted_request_until_that_is_over(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    ear, request = Ear(matching), matching.asks(MONEY)
    restricts(ear, request)

    ear.hears(ear.given(request, grant(ADVICE)))
    Retrying(matching.store).look()
    assert matching.the_referral(request).state == "proposed"
    assert matching.announced("match.failed") == []

    restricts(ear, request, restricted=False, sequence=4)
    assert matching.the_referral(request).state == "sent"


def test_no_worker_sends_or_proposes_what_is_restricted(matching: Matching) -> None:
    (_, other) = matching.publishes(a_service(ADVICE), a_service(MONEY, needs=["food"]))
    ear, request = Ear(matching), matching.asks(MONEY)
    restricts(ear, request)
    ear.hears(ear.given(request, grant(ADVICE)))
    referral = matching.the_referral(request)

    with (
        matching.store.begin(actor=a_client(SURGERY)) as tx,
        pytest.raises(NotPossibleError, match="restricted"),
    ):
        send(referral.id, referral.version, tx)
    with (
        matching.store.begin(actor=a_client(SURGERY)) as tx,
        pytest.raises(AnswerRefusedError, match="restricted"),
    ):
        propose(request.request_id, other, "They speak her language.", tx)


STOPS = {
    "sent": ("decline", "reassign"),
    "opened": ("decline", "reassign"),
    "waiting": ("decline", "hold", "withdraw", "reassign"),
    "active": ("hold", "complete", "withdraw", "reassign"),
}


@pytest.mark.parametrize("stands", list(STOPS))
def test_who_was_asked_may_only_stop_while_it_is_restricted(
    matching: Matching, stands: str
) -> None:
    helping = Helping(matching)
    referral = getattr(helping, stands)()
    before = helping.offered(referral)

    restricts(Ear(matching), referral)

    assert helping.offered(referral) == STOPS[stands]
    assert set(STOPS[stands]) < set(before)
    restricts(Ear(matching), referral, restricted=False, sequence=4)
    assert helping.offered(referral) == before


def test_who_tries_all_the_same_is_told_in_plain_words_and_nothing_is_done(
    matching: Matching, app: Flask
) -> None:
    helping = Helping(matching)
    referral = helping.opened()
    restricts(Ear(matching), referral)

    for command, *how in ((u.ask, "Which bills?"), (u.redirect, (), ""), (u.accept, None)):
        with pytest.raises(NotPossibleError, match="you can only stop") as refused:
            helping.does(command, referral, *how)
        assert refused.value.members["actions"] == ["decline", "reassign"]

    assert helping.now(referral).version == referral.version
    page = Worker(app).sees(page_of(referral))
    assert "you can only stop" in page
    assert ">Accept<" not in page
    assert "Decline" in page


def test_nobody_writes_of_a_restricted_request_to_the_other_agency(
    matching: Matching, app: Flask
) -> None:
    helping = Helping(matching)
    referral = helping.opened()
    restricts(Ear(matching), referral)

    for agency in (ADVICE, SURGERY):
        with (
            matching.store.begin(actor=a_client(agency)) as tx,
            pytest.raises(NotPossibleError, match="restricted"),
        ):
            write_note(referral.id, "He still owes rent.", tx)
    assert "Write to the other agency" not in Worker(app).sees(page_of(referral))


def test_how_urgent_a_restricted_request_is_neither_counts_nor_leads(
    matching: Matching, app: Flask
) -> None:
    helping = Helping(matching)
    first = helping.waiting()
    matching.clock.advance(timedelta(days=1))
    asked = matching.asks(ADVICE, urgency="urgent", threshold=4)
    urgent = matching.accepts(matching.opens(matching.the_referral(asked)))
    worker = Worker(app)
    page = worker.sees("/agency/waiting")
    assert page.index(str(urgent.id)) < page.index(str(first.id))
    assert str(urgent.id) in worker.sees("/agency/?show=urgent")

    restricts(Ear(matching), urgent)

    page = worker.sees("/agency/waiting")
    assert page.index(str(first.id)) < page.index(str(urgent.id))
    assert str(urgent.id) not in worker.sees("/agency/?show=urgent")


def test_nobody_is_reminded_of_the_dates_of_what_they_may_not_go_on_with(
    matching: Matching,
) -> None:
    helping = Helping(matching)
    referral = helping.opened()
    restricts(Ear(matching), referral)
    helping.months_pass()

    Clocks(matching.store).look()
    assert late_of(matching, referral) == set()
    assert helping.now(referral).due_at is None

    restricts(Ear(matching), referral, restricted=False, sequence=4)
    Clocks(matching.store).look()
    assert late_of(matching, referral) == set()


def test_after_a_restriction_everybody_has_as_long_as_before_and_hears_step_by_step(
    matching: Matching,
) -> None:
    helping = Helping(matching)
    referral = helping.opened()
    before = helping.now(referral).due_at
    restricts(Ear(matching), referral)
    helping.months_pass(35)
    restricts(Ear(matching), referral, restricted=False, sequence=4)

    due = helping.now(referral).due_at
    assert before + timedelta(days=33) <= due <= before + timedelta(days=38)
    matching.clock.advance(due - matching.clock.now() + timedelta(minutes=1))
    Clocks(matching.store).look()
    told = matching.announced("clock.overdue")
    mine = [one for one in told if one["object_id"] == str(referral.id)]
    assert [(one["clock"], one["rung"]) for one in mine] == [("K2", 1)]


def test_what_was_late_before_a_restriction_climbs_on_from_its_rung(matching: Matching) -> None:
    helping = Helping(matching)
    referral = helping.opened()
    matching.clock.advance(timedelta(days=8))
    Clocks(matching.store).look()
    restricts(Ear(matching), referral)
    matching.clock.advance(timedelta(days=70))
    restricts(Ear(matching), referral, restricted=False, sequence=4)
    Clocks(matching.store).look()
    told = matching.announced("clock.overdue")
    assert [one["rung"] for one in told if one["object_id"] == str(referral.id)] == [1]

    matching.clock.advance(timedelta(days=5))
    Clocks(matching.store).look()
    told = matching.announced("clock.overdue")
    assert [one["rung"] for one in told if one["object_id"] == str(referral.id)] == [1, 2]


def test_a_restricted_referral_stands_behind_whoever_can_be_answered(
    matching: Matching, app: Flask
) -> None:
    helping = Helping(matching)
    first = helping.opened()
    matching.clock.advance(timedelta(days=1))
    second = helping.sent_again()
    worker = Worker(app)
    page = worker.sees("/agency/")
    assert page.index(str(first.id)) < page.index(str(second.id))

    restricts(Ear(matching), first)
    page = worker.sees("/agency/")
    assert page.index(str(second.id)) < page.index(str(first.id))

    restricts(Ear(matching), first, restricted=False, sequence=4)
    page = worker.sees("/agency/")
    assert page.index(str(first.id)) < page.index(str(second.id))


def test_putting_records_right_leaves_the_rest_of_clocks_as_it_was(matching: Matching) -> None:
    helping = Helping(matching)
    referral = helping.opened()
    restricts(Ear(matching), referral)
    helping.months_pass()
    assert rebuilt_of(matching) == []

    restricts(Ear(matching), referral, restricted=False, sequence=4)
    due = helping.now(referral).due_at
    assert rebuilt_of(matching) == []
    assert helping.now(referral).due_at == due


def rebuilt_of(matching: Matching) -> list[Any]:
    with matching.store.begin() as tx:
        return rebuild(tx, None, 10)[1]


def late_of(matching: Matching, referral: Any) -> set[str]:
    told = matching.announced("clock.overdue") + matching.announced("clock.warned")
    return {one["clock"] for one in told if one["object_id"] == str(referral.id)}
