"""From a yes to an end: what intake keeps, what people read of it, and when a request closes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.desk import Desk, pointers
from intake.own_page import OwnPage
from intake.telling import ADVICE, DEBT, HOMES, NOW, RENT, a_body, a_submission
from joserfc.jwk import ECKey
from sqlalchemy import select

from services.intake.storage import tables as t
from services.intake.usecases import find_request, stages
from services.intake.usecases.watching import dues_of
from shared.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

GOLDEN = Path(__file__).parent.parent / "contracts"
ON_BOTH = pytest.mark.usefixtures("where")
SOON = "2026-12-10"
Told = tuple[str, "UUID", int, dict[str, Any]]


def told(desk: Desk, kind: str, request: UUID, referral: UUID, number: int, **more: Any) -> None:
    """Let matching tell of a step as its golden example does, with what this test changes."""
    file = GOLDEN / f"referral.{kind}.v1" / "example.json"
    facts = json.loads(file.read_text())
    if "reason" in facts and kind not in {"declined", "withdrawn"}:
        facts.pop("reason")
    same = {"referral_id": referral, "request_id": request, "service_id": DEBT}
    desk.hears(f"referral.{kind}.v1", referral, number, **facts | same | more)


def waiting(page: OwnPage, **more: Any) -> UUID:
    """Put the request of a page on a waiting list."""
    referral = new_id()
    ids = (page.id, referral)
    for number, kind in enumerate(("sent", "opened", "accepted"), start=1):
        told(page.desk, kind, *ids, number, agency_id=ADVICE, forecast_start=SOON)
    facts = {"expected_start": SOON, "review_by": "2027-01-23T23:59:59Z", "agency_id": ADVICE}
    told(page.desk, "waiting", *ids, 4, **facts | more)
    return referral


def test_who_waits_reads_that_nobody_supports_them_yet_and_by_when(desk: Desk) -> None:
    page = OwnPage.of(desk)
    waiting(page, occasional_support=True)

    text = page.opens().text()

    assert "You are on the waiting list. The agency does not support you yet." in text
    assert "They expect to start on 10 December 2026." in text
    assert "If it has not started by 23 January 2027, they must look at it again." in text
    assert "They may be in touch now and then; that is not the start." in text
    assert "is helping you" not in text


def test_a_longer_wait_a_pause_and_its_end_stand_in_the_history(desk: Desk) -> None:
    page = OwnPage.of(desk)
    referral = waiting(page)
    ids = (page.id, referral)
    told(desk, "reviewed", *ids, 5, until="2027-02-20", agency_id=ADVICE)
    longer = page.opens().text()
    told(desk, "held", *ids, 6, review_on="2026-12-20", agency_id=ADVICE)
    paused = page.text()
    told(desk, "resumed", *ids, 7, state="waiting", agency_id=ADVICE)

    assert "The wait was made longer once, until 20 February 2027 at the latest." in longer
    assert "The agency looks at it again by 20 December 2026." in paused
    assert "is helping you" not in paused
    assert "The pause is over. It goes on." in page.text()
    assert "It goes on until 20 February 2027 at the latest." in page.text()


def test_a_wait_that_was_not_looked_at_in_time_is_said_to_be_late(desk: Desk) -> None:
    page = OwnPage.of(desk)
    waiting(page)
    desk.clock.advance(timedelta(days=70))

    text = page.opens().text()

    assert "does not support you yet, and should have by 23 January 2027. They are late." in text


def test_what_is_returned_says_from_when_to_ask_again(desk: Desk) -> None:
    page = OwnPage.of(desk)
    referral = waiting(page)
    facts = {"result": "re_refer_later", "re_refer_on": "2027-03-01", "agency_id": ADVICE}
    told(desk, "returned", page.id, referral, 5, **facts)

    text = page.opens().text()

    assert "Not possible" in text
    assert "You can ask the agency again from 1 March 2027." in text


def test_only_suggestions_anyone_may_read_are_named_to_the_person(desk: Desk) -> None:
    desk.hears_of_service(RENT, listed="by_worker_only")
    page, referral = OwnPage.of(desk), new_id()
    for number, kind in enumerate(("sent", "opened"), start=1):
        told(desk, kind, page.id, referral, number, agency_id=HOMES)
    suggested = [str(DEBT), str(RENT)]
    told(desk, "redirected", page.id, referral, 3, alternatives=suggested, agency_id=HOMES)

    page.shows()
    text = page.text("/my/details")

    assert "They suggest: Debt advice, Wandle Advice." in text
    assert "Rent help" not in text
    assert "Nobody new is told unless you say yes." in text


def test_who_was_helped_is_asked_once_if_it_helped(desk: Desk) -> None:
    page, referral = OwnPage.of(desk), new_id()
    told(desk, "sent", page.id, referral, 1, needs=["debt"], agency_id=ADVICE)
    told(desk, "started", page.id, referral, 2, agency_id=ADVICE)
    assert "Did you get help?" not in page.opens().text()
    told(desk, "completed", page.id, referral, 3, outcomes=[], agency_id=ADVICE)

    assert "Did you get help?" in page.text()
    page.post("/my/help", {"got_help": "partly"})

    assert "Only you can say" not in page.text()
    assert [one["got_help"] for one in page.announced("request.feedback_given.v1")] == ["partly"]


def test_a_referrer_sees_when_a_wait_must_be_reviewed_and_when_to_refer_again(desk: Desk) -> None:
    page = OwnPage.of(desk)
    referral = waiting(page)
    found: dict[str, list[tuple[str, str]]] = {}
    for name, kind, facts in (
        ("wait", None, {}),
        ("longer", "reviewed", {"until": "2027-02-20"}),
        ("pause", "held", {"review_on": "2027-01-02"}),
        ("again", "returned", {"re_refer_on": "2027-03-01"}),
    ):
        if kind:
            number = 5 + len(found)
            told(desk, kind, page.id, referral, number, **facts, agency_id=ADVICE)
        with desk.store.read() as tx:
            found[name] = [(d.what, f"{d.at:%Y-%m-%d}") for d in dues_of(page.id, tx) if d.about]

    assert found == {
        "wait": [("start", SOON), ("review", "2027-01-23")],
        "longer": [("start", SOON), ("review", "2027-02-20")],
        "pause": [("paused", "2027-01-02")],
        "again": [("ask_again", "2027-03-01")],
    }


@ON_BOTH
def test_a_closed_service_that_is_named_is_refused_with_the_day_it_opens(desk: Desk) -> None:
    facts = {"agency_id": ADVICE, "decided_at": "2026-11-20T09:00:00Z", "until": "2027-01-04"}
    desk.hears("service.closed.v1", DEBT, 5, service_id=DEBT, status="closed_to_referrals", **facts)

    refused = desk.posts(a_body())

    assert refused.status_code == 422
    assert pointers(refused) == {"/referrals/0/service"}
    assert "closed to new referrals until 4 January 2027" in refused.text
    reopened = {"agency_id": ADVICE, "reopened_at": "2026-11-22T09:00:00Z", "status": "open"}
    desk.hears("service.reopened.v1", DEBT, 6, service_id=DEBT, **reopened)
    assert desk.posts(a_body()).status_code == 201


def test_what_is_told_of_a_service_late_or_twice_changes_nothing_newer(desk: Desk) -> None:
    closed = {"service_id": DEBT, "status": "closed_to_referrals", "until": "2027-01-04"}
    desk.hears("service.reopened.v1", DEBT, 6, service_id=DEBT, status="open")
    desk.hears("service.closed.v1", DEBT, 5, **closed)
    desk.hears("service.reviewed.v1", DEBT, 7, service_id=DEBT, status="full")
    desk.hears("service.reviewed.v1", DEBT, 7, service_id=DEBT, status="full")

    with desk.store.read() as tx:
        assert tx.services_named([DEBT])[DEBT].status == "full"


@pytest.mark.parametrize(
    ("template", "weeks", "reason"),
    [
        ("how_it_went", 6, None),
        ("how_it_went", 9, "REQUEST_ENDED"),
        ("referral_overdue", 6, "REQUEST_ENDED"),
    ],
)
def test_weeks_after_all_was_done_only_the_one_question_reaches_the_person(
    desk: Desk, template: str, weeks: int, reason: str | None
) -> None:
    page, referral = OwnPage.of(desk), new_id()
    told(desk, "sent", page.id, referral, 1, needs=["debt"], agency_id=ADVICE)
    told(desk, "completed", page.id, referral, 2, outcomes=[], agency_id=ADVICE)
    desk.clock.advance(timedelta(weeks=weeks))

    key = json.dumps(ECKey.generate_key("P-256").as_dict(private=False))
    asked = {"contact_request_id": new_id(), "request_id": page.id, "template": template}
    facts = {"producer": "notify", "channels": ["email"], "public_key": key}
    desk.hears("contact.requested.v1", page.id, **asked, **facts)

    assert [one["reason"] for one in page.announced("contact.withheld.v1")] == (
        [reason] if reason else []
    )
    assert len(page.announced("contact.released.v1")) == (0 if reason else 1)


def journey(ends: Sequence[tuple[str, Sequence[str], UUID, list[str]]]) -> list[Told]:
    """Return what is told of several referrals, each with its last step, agency and needs."""
    found: list[Told] = []
    for last, steps, agency, needs in ends:
        referral = new_id()
        for number, kind in enumerate((*steps, last), start=1):
            facts: dict[str, Any] = {"agency_id": agency}
            if kind in {"sent", "proposed"}:
                facts["needs"] = needs
            if kind == "completed":
                facts["outcomes"] = []
            found.append((kind, referral, number, facts))
    return found


HELPED = ("sent", "opened", "accepted", "waiting", "started")
ALL_MET = [
    ("completed", HELPED, ADVICE, ["debt"]),
    ("declined", ("sent", "opened"), HOMES, ["housing"]),
    ("completed", HELPED, HOMES, ["housing"]),
]
ONE_LEFT = [
    ("completed", HELPED, ADVICE, ["debt"]),
    ("returned", HELPED[:4], HOMES, ["housing"]),
]


@pytest.mark.parametrize(
    ("ends", "state"), [(ALL_MET, "closed"), (ONE_LEFT, "submitted")], ids=["all met", "one left"]
)
@given(data=st.data())
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_shuffled_and_doubled_the_end_is_the_same(
    shared_desk: Desk, ends: Any, state: str, data: st.DataObject
) -> None:
    submitted = shared_desk.takes_in(a_submission(needs=("debt", "housing"), story=str(new_id())))
    events = journey(ends)
    places = {id(event): place for place, event in enumerate(events)}
    shuffled = data.draw(st.permutations(events))
    doubled = [*shuffled, *data.draw(st.lists(st.sampled_from(events), max_size=6))]

    for event in doubled:
        kind, referral, number, facts = event
        at = NOW - timedelta(days=60) + timedelta(days=places[id(event)])
        told(shared_desk, kind, submitted.id, referral, number, **facts, told_at=at)

    with shared_desk.store.read() as tx:
        assert find_request(submitted.id, tx).state == state
    closed = [
        e
        for e in shared_desk.announced("request.closed.v1")
        if e["request_id"] == str(submitted.id)
    ]
    assert [one["outcome"] for one in closed] == (["GOT_HELP"] if state == "closed" else [])


def test_what_came_of_a_need_counts_though_nobody_heard_what_was_sent(desk: Desk) -> None:
    submitted, referral = desk.takes_in(), new_id()
    outcome = {"need": "debt", "result": "ACHIEVED", "codes": []}

    told(desk, "completed", submitted.id, referral, 6, outcomes=[outcome], agency_id=ADVICE)

    with desk.store.read() as tx:
        assert tx.request_row(submitted.id).state == "closed"


def test_steps_that_move_nothing_are_not_taken_for_states(desk: Desk) -> None:
    page = OwnPage.of(desk)
    waiting(page)

    with desk.store.read() as tx:
        (stage,) = stages(find_request(page.id, tx), tx)
        states = tx.all(
            select(t.referral_step.c.state).where(t.referral_step.c.request_id == page.id)
        )

    assert stage.state == "waiting"
    assert [row.state for row in states] == ["sent", "opened", "accepted", "waiting"]
    for kind in ("contacted", "reassigned", "outcome_recorded"):
        assert not desk.worker.hears(f"referral.{kind}.v1")
