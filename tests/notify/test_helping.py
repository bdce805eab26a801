"""Who reads what while somebody waits, is helped, and after; never old news after new."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from services.notify.helping import HELPS
from shared.bus.message import HEARD
from tests.notify.desk import ASKED, HUB, REFERRER, of, told, written

if TYPE_CHECKING:
    from tests.notify.desk import Desk, Post

ON_BOTH = pytest.mark.usefixtures("where")
BOTH = frozenset({"referrer", "person"})
ALL = BOTH | {"receiver"}


def to(template: str, *audiences: str) -> set[tuple[str, str]]:
    return {(audience, template) for audience in audiences}


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("waiting", {}, to("referral_waiting", *BOTH)),
        ("started", {}, to("referral_started", *BOTH)),
        ("reviewed", {}, to("referral_reviewed", *ALL)),
        (
            "returned",
            {"result": "returned", "re_refer_on": None},
            to("referral_returned", *BOTH)
            | {("receiver", "referral_withdrawn"), ("receiver", "nobody_has_it")},
        ),
        (
            "redirected",
            {},
            to("referral_redirected", *BOTH)
            | {("receiver", "referral_withdrawn"), ("receiver", "nobody_has_it")},
        ),
        ("held", {}, to("referral_held", "referrer")),
        ("held", {"referrer_agency_id": None}, to("referral_held", "person")),
        ("completed", {}, to("referral_completed", *BOTH)),
        ("outcome_recorded", {}, to("outcome_recorded", "referrer")),
        ("reassigned", {"staff_id": None}, to("referral_reassigned", "referrer")),
        ("reopened", {}, to("referral_reopened", *ALL)),
        ("contacted", {}, set()),
    ],
)
def test_each_step_is_told_to_whom_it_concerns(
    desk: Desk, kind: str, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    known = desk.sent(REFERRER)
    before = written(desk, known["request_id"])
    name, data = told(f"referral.{kind}", **of(known, **changes))

    if desk.worker.hears(name):
        desk.hears(name, data, sequence=3)

    assert written(desk, known["request_id"]) - before == expected


def test_every_step_that_helps_is_heard() -> None:
    assert {HEARD[kind] for kind in HELPS} - {"note.written.v1"} == {
        f"referral.{kind}.v1"
        for kind in (
            "waiting", "started", "reviewed", "returned", "redirected", "held", "completed",
            "outcome_recorded", "reassigned", "reopened",
        )
    }  # fmt: skip


def test_the_referrer_reads_in_so_many_words_that_nobody_supports_them_yet(
    desk: Desk, post: Post
) -> None:
    known = desk.sent(REFERRER)
    facts = {"expected_start": "2026-12-10", "review_by": "2027-01-23T23:59:59Z"}
    with desk.sending():
        desk.hears(
            *told("referral.waiting", **of(known, **facts, occasional_support=True)), sequence=4
        )
        desk.until("sent", 3)

    (mail,) = [m for m in post.mails() if "waiting list" in m["subject"]]
    assert "we are not supporting this person or family yet" in mail["text"]
    assert "Support is expected to start by 10 December 2026." in mail["text"]
    assert "If it has not started by 23 January 2027, the service must review it" in mail["text"]
    assert "That is not support." in mail["text"]
    assert mail["to"] == "referrals@agency2.example.org"


STEPS: dict[str, tuple[int, dict[str, Any]]] = {
    "accepted": (4, {}),
    "waiting": (5, {}),
    "started": (6, {}),
}


@ON_BOTH
@pytest.mark.parametrize("order", list(permutations(STEPS)))
def test_in_whatever_order_they_are_heard_only_the_newest_news_leaves(
    desk: Desk, order: tuple[str, ...]
) -> None:
    known = desk.sent(REFERRER)
    for step in order:
        number, facts = STEPS[step]
        desk.hears(*told(f"referral.{step}", **of(known, **facts)), sequence=number)

    news = [row for row in desk.rows(request_id=known["request_id"]) if row.audience != "receiver"]
    said = sorted((r.audience, r.template) for r in news if r.template != "referral_sent")
    assert said == [("person", "referral_started"), ("referrer", "referral_started")]


def test_what_left_is_followed_by_the_next_news_in_a_mail_of_its_own(
    desk: Desk, post: Post
) -> None:
    known = desk.sent(REFERRER)
    with desk.sending():
        desk.until("sent", 2)
        desk.hears(*told("referral.waiting", **of(known)), sequence=4)
        desk.until("sent", 3)
        desk.hears(*told("referral.started", **of(known)), sequence=5)
        desk.until("sent", 4)

    subjects = [m["subject"] for m in post.mails() if m["to"] == "referrals@agency2.example.org"]
    assert [("waiting list" in s, "Support has started" in s) for s in subjects] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_a_pause_that_ends_is_told_to_who_referred_and_not_to_the_agency_that_paused(
    desk: Desk,
) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("referral.held", **of(known)), sequence=5)
    desk.hears(*told("referral.resumed", **of(known, state="active")), sequence=6)

    resumed = desk.rows(template="referral_resumed")
    assert [(row.audience, row.recipient_agency_id) for row in resumed] == [("referrer", REFERRER)]


def test_an_agency_that_pauses_still_hears_what_was_put_right(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("referral.held", **of(known)), sequence=5)

    desk.hears(*told("request.amended", request_id=known["request_id"]))

    assert [r.recipient_agency_id for r in desk.rows(template="request_amended")] == [ASKED]


@ON_BOTH
def test_the_hub_is_told_only_when_the_last_referral_is_over(desk: Desk) -> None:
    request = desk.new_id()
    first, second = (desk.sent(REFERRER, request_id=request) for _ in range(2))
    desk.hears(*told("referral.declined", **of(first)), sequence=3)
    assert desk.rows(template="nobody_has_it") == []

    desk.hears(*told("referral.declined", **of(second)), sequence=3)

    (row,) = desk.rows(template="nobody_has_it")
    assert (row.audience, row.recipient_agency_id) == ("receiver", HUB)


def test_the_worker_who_has_it_now_is_told_under_their_own_address(desk: Desk, post: Post) -> None:
    known, worker = desk.sent(None), desk.new_id()
    staff = {"staff_id": worker, "agency_id": ASKED, "email": "sam@agency1.example.org"}
    desk.hears(*told("staff.changed", **staff, name="Sam", active=True), sequence=1)

    with desk.sending():
        desk.hears(*told("referral.reassigned", **of(known, staff_id=worker)), sequence=4)
        desk.until("sent", 2)

    assert "sam@agency1.example.org" in post.to()


def test_whoever_is_written_to_hears_that_there_is_a_message(desk: Desk, post: Post) -> None:
    known = desk.sent(REFERRER)
    ids = {name: known[name] for name in ("referral_id", "request_id", "reference")}

    with desk.sending():
        desk.hears(*told("note.written", **ids, to_agency_id=ASKED), sequence=1)
        desk.until("sent", 2)

    (mail,) = [one for one in post.mails() if "message about" in one["subject"]]
    assert f"/agency/referrals/{ids['referral_id']}/notes" in mail["text"]


def test_who_reads_that_it_is_finished_gets_no_second_mail_that_it_is_closed(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("referral.completed", **of(known)), sequence=5)

    desk.hears(*told("request.closed", request_id=known["request_id"], outcome="GOT_HELP"))

    assert desk.rows(template="request_closed") == []
    assert {row.audience for row in desk.rows(template="referral_completed")} == {
        "person",
        "referrer",
    }


def test_heard_the_other_way_round_it_is_one_mail_to_who_referred_as_well(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("request.closed", request_id=known["request_id"], outcome="GOT_HELP"))

    desk.hears(*told("referral.completed", **of(known)), sequence=5)

    ends = {"request_closed", "referral_completed"}
    written = [row for row in desk.rows(audience="referrer") if row.template in ends]
    assert [(row.template, str(row.referral_id)) for row in written] == [
        ("referral_completed", str(known["referral_id"]))
    ]


@pytest.mark.parametrize("outcome", ["NO_SERVICE_AVAILABLE", "DIED"])
def test_another_end_than_by_finishing_is_told_to_who_referred(desk: Desk, outcome: str) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("referral.completed", **of(known)), sequence=5)

    desk.hears(*told("request.closed", request_id=known["request_id"], outcome=outcome))

    assert "referrer" in [row.audience for row in desk.rows(template="request_closed")]


def test_after_a_death_no_news_of_help_reaches_the_person(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("request.closed", request_id=known["request_id"], outcome="DIED"))

    desk.hears(*told("referral.completed", **of(known)), sequence=5)

    told_ = [(r.audience, r.state) for r in desk.rows(template="referral_completed")]
    assert told_ == [("referrer", "ready")]
