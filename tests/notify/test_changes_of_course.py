"""Who hears of it when agreement changes, a referral stops, a request ends, a clock runs out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.notify.desk import ASKED, HUB, REFERRER, of, told, written

if TYPE_CHECKING:
    from tests.notify.desk import Desk, Post

ON_BOTH = pytest.mark.usefixtures("where")
OTHER = UUID("019a0000-0000-7000-8000-a9e000000009")


def sent(desk: Desk, referrer: UUID | None = REFERRER) -> dict[str, Any]:
    return desk.sent(referrer)


def new_since(desk: Desk, request_id: UUID, before: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return written(desk, request_id) - before


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        (
            "referral.halted",
            {},
            {
                ("receiver", "referral_halted"),
                ("referrer", "referral_halted"),
                ("receiver", "halted_for_hub"),
            },
        ),
        ("referral.acknowledged", {}, {("referrer", "referral_acknowledged")}),
        (
            "referral.resumed",
            {},
            {("receiver", "referral_resumed"), ("referrer", "referral_resumed")},
        ),
        ("referral.cancelled", {"sent": True}, {("receiver", "referral_cancelled")}),
        ("referral.cancelled", {"sent": False}, {("referrer", "referral_cancelled")}),
        ("referral.cancel_requested", {}, {("receiver", "cancel_requested")}),
        ("referral.cancel_refused", {}, {("referrer", "cancel_refused")}),
        (
            "referral.withdrawn",
            {"with_request": False},
            {
                ("receiver", "referral_withdrawn"),
                ("referrer", "referral_withdrawn"),
                ("person", "referral_withdrawn"),
                ("receiver", "nobody_has_it"),
            },
        ),
        ("referral.withdrawn", {"with_request": True}, {("receiver", "referral_withdrawn")}),
        ("referral.withdrawn", {"with_request": True, "sent": False}, set()),
        ("referral.voided", {"sent": True}, {("receiver", "referral_voided")}),
        ("referral.voided", {"sent": False}, set()),
        ("referral.information_requested", {}, {("referrer", "information_requested")}),
        (
            "referral.information_requested",
            {"referrer_agency_id": None},
            {("person", "information_requested")},
        ),
        ("referral.information_given", {}, {("receiver", "information_given")}),
    ],
)
def test_each_step_of_a_referral_is_told_to_whom_it_concerns(
    desk: Desk, kind: str, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    known = sent(desk)
    before = written(desk, known["request_id"])

    name, data = told(kind, **of(known, **changes))
    desk.hears(name, data, sequence=3)

    assert new_since(desk, known["request_id"], before) == expected


@ON_BOTH
def test_an_amendment_reaches_the_agencies_that_still_work_on_it(desk: Desk) -> None:
    request = desk.new_id()
    desk.sent(request_id=request)
    over = desk.sent(request_id=request, agency_id=OTHER)
    name, data = told("referral.declined", **of(over, agency_id=OTHER))
    desk.hears(name, data, sequence=4)

    desk.hears(*told("request.amended", request_id=request))

    (row,) = desk.rows(template="request_amended")
    assert (row.recipient_agency_id, row.audience) == (ASKED, "receiver")


@ON_BOTH
def test_an_older_step_that_comes_late_wakes_nobody(desk: Desk) -> None:
    known = desk.sent()
    desk.hears(*told("referral.withdrawn", **of(known)), sequence=5)
    desk.hears(*told("referral.resumed", **of(known)), sequence=4)

    desk.hears(*told("request.amended", request_id=known["request_id"]))

    assert desk.rows(template="request_amended") == []


def grant(agency: UUID) -> dict[str, Any]:
    return {"purpose": "refer", "recipient": str(agency), "categories": ["story"]}


@ON_BOTH
def test_a_partial_withdrawal_reaches_only_agencies_that_were_asked(desk: Desk) -> None:
    known = sent(desk)
    change = {"ended": [grant(ASKED), grant(OTHER)], "remaining": [grant(ASKED)]}

    desk.hears(*told("consent.withdrawn", request_id=known["request_id"], **change))

    rows = desk.rows(template="consent_withdrawn")
    agencies = [row for row in rows if row.audience != "person"]
    who = sorted((row.audience, row.recipient_agency_id) for row in agencies)
    assert who == [("receiver", ASKED), ("referrer", REFERRER)]
    assert [row.referral_id for row in rows if row.audience == "receiver"] == [known["referral_id"]]


def test_whoever_must_stop_altogether_is_told_once_by_the_halt(desk: Desk) -> None:
    known = sent(desk)
    change = {"ended": [grant(ASKED)], "remaining": []}
    desk.hears(*told("consent.withdrawn", request_id=known["request_id"], **change))
    desk.hears(*told("referral.halted", **of(known)), sequence=3)

    mine = [r.template for r in desk.rows(recipient_agency_id=ASKED)]
    assert mine == ["referral_sent", "referral_halted"]


def test_an_agency_that_declined_is_still_told_to_stop_using_it(desk: Desk) -> None:
    known = sent(desk)
    desk.hears(*told("referral.declined", **of(known)), sequence=3)
    change = {"ended": [grant(ASKED)], "remaining": []}

    desk.hears(*told("consent.withdrawn", request_id=known["request_id"], **change))

    told_ = [row.template for row in desk.rows(recipient_agency_id=ASKED)]
    assert told_ == ["referral_sent", "consent_withdrawn"]


@pytest.mark.parametrize("order", [("given", "arrived", "sent"), ("sent", "arrived", "given")])
def test_what_was_agreed_aloud_is_confirmed_in_the_one_mail_there_is(
    desk: Desk, order: tuple[str, ...]
) -> None:
    request = desk.new_id()
    events = {
        "given": lambda: desk.hears(
            *told("consent.given", request_id=request, method="in_person_verbal")
        ),
        "arrived": lambda: desk.submitted(request),
        "sent": lambda: desk.sent(request_id=request),
    }

    for event in order:
        events[event]()

    (row,) = desk.rows(request_id=request, audience="person")
    assert row.template == "consent_given"
    assert row.facts["answer_by"] == "2026-11-26T17:00:00+00:00"


def test_what_was_agreed_in_writing_needs_no_confirmation(desk: Desk) -> None:
    desk.hears(*told("consent.given", method="online_form"))

    assert desk.rows() == []


@ON_BOTH
def test_after_a_death_nothing_waiting_or_later_leaves_for_the_person(desk: Desk) -> None:
    request = desk.submitted()
    desk.hears(*told("request.closed", request_id=request, outcome="DIED"))
    desk.hears(*told("consent.requested", request_id=request))

    (row,) = desk.rows(request_id=request, audience="person")
    assert (row.state, row.reason) == ("suppressed", "DIED")
    (event,) = desk.announced("notification.suppressed.v1")
    assert event["reason"] == "DIED"
    assert ("referrer", "request_closed") in written(desk, request)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("withdrawn", {("person", "request_withdrawn"), ("referrer", "request_withdrawn")}),
        ("closed", {("person", "request_closed"), ("referrer", "request_closed")}),
        ("voided", {("referrer", "request_voided")}),
    ],
)
def test_the_end_of_a_request_is_told_to_the_person_and_who_referred(
    desk: Desk, kind: str, expected: set[tuple[str, str]]
) -> None:
    request = desk.new_id()

    desk.hears(*told(f"request.{kind}", request_id=request))

    assert written(desk, request) == expected


@ON_BOTH
def test_a_changed_contact_makes_every_waiting_message_ask_anew(desk: Desk) -> None:
    request = desk.submitted()
    (first,) = desk.questions()
    soon = desk.clock.now() + timedelta(minutes=2)
    desk.hears_again(desk.answer(first, "old@example.org", expires=soon))

    desk.hears(*told("contact.changed", request_id=request))

    (row,) = desk.rows(request_id=request)
    assert (row.state, row.sealed) == ("asking", None)
    assert len(desk.questions()) == 2
    desk.hears_again(desk.answer(first, "old@example.org", expires=soon))
    assert desk.rows(request_id=request)[0].sealed is None


def member(desk: Desk, agency: UUID, *roles: str, email: str, active: bool = True) -> None:
    staff = {"staff_id": new_id(), "agency_id": agency, "roles": roles, "email": email}
    desk.hears(*told("staff.changed", **staff, name="Someone", active=active), sequence=1)


def test_danger_nobody_looked_at_reaches_the_hub_and_its_safeguarding_staff(
    desk: Desk, post: Post
) -> None:
    member(desk, HUB, "safeguarding", email="watch@hub.example.org")
    member(desk, HUB, "coordinator", email="desk@hub.example.org")
    member(desk, HUB, "safeguarding", email="left@hub.example.org", active=False)
    change = {"object_type": "flag", "agency_id": ASKED, "clock": "DUTY_LOOK"}

    with desk.sending():
        desk.hears(*told("clock.overdue", **change))
        desk.until("sent", 3)

    to = ["referrals@agency0.example.org", "referrals@agency1.example.org"]
    assert post.to() == [*to, "watch@hub.example.org"]
    assert all("Nobody has looked" in mail["subject"] for mail in post.mails())


def test_a_flag_reaches_the_agency_on_duty_at_once(desk: Desk) -> None:
    desk.hears(*told("request.flagged", duty_agency_id=ASKED))

    (row,) = desk.rows()
    assert (row.recipient_agency_id, row.template, row.audience) == (
        ASKED,
        "request_flagged",
        "receiver",
    )


def test_whoever_is_named_in_an_override_hears_of_it_and_the_hub_looks_again(desk: Desk) -> None:
    grant = {"purpose": "refer", "recipient": str(ASKED), "categories": ["identity"]}
    desk.hears(*told("override.recorded", grants=[grant]))

    written = {(row.recipient_agency_id, row.template) for row in desk.rows()}

    assert written == {(ASKED, "override_recorded"), (HUB, "override_to_review")}


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        (
            "clock.warned",
            {"clock": "CONSENT_EXPIRY", "object_type": "consent"},
            {("person", "consent_ends"), ("referrer", "consent_ends")},
        ),
        (
            "clock.overdue",
            {"clock": "CONSENT_CONFIRMATION", "object_type": "consent"},
            {("referrer", "consent_unconfirmed")},
        ),
        (
            "clock.overdue",
            {"clock": "WITHDRAWAL_TOLD", "object_type": "consent"},
            {("receiver", "withdrawal_overdue")},
        ),
        (
            "clock.overdue",
            {"clock": "OVERRIDE_REVIEW", "object_type": "override"},
            {("receiver", "override_overdue")},
        ),
        (
            "clock.overdue",
            {"clock": "T26", "object_type": "referral", "rung": 1},
            {("receiver", "stop_overdue")},
        ),
        (
            "clock.overdue",
            {"clock": "T26", "object_type": "referral", "rung": 2},
            {("receiver", "stop_overdue"), ("receiver", "late_stop_for_hub")},
        ),
    ],
)
def test_a_clock_is_told_to_who_can_still_put_it_right(
    desk: Desk, kind: str, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    request = desk.new_id()

    desk.hears(*told(kind, request_id=request, **changes))

    assert written(desk, request) == expected


@pytest.mark.parametrize(("rung", "referrers"), [(1, 0), (2, 0), (3, 1)])
def test_a_stop_that_nobody_confirms_climbs_to_the_manager_and_to_who_referred(
    desk: Desk, rung: int, referrers: int
) -> None:
    known = sent(desk)
    manager = {"staff_id": OTHER, "agency_id": ASKED, "roles": ["manager"], "active": True}
    desk.hears(*told("staff.changed", **manager, name="Mo", email="m@example.org"), sequence=1)
    about = {"object_type": "referral", "object_id": known["referral_id"], "clock": "T26"}

    desk.hears(*told("clock.overdue", **of(known, **about, rung=rung)))

    late = desk.rows(template="stop_overdue")
    assert {row.recipient_staff_id for row in late} == ({None, OTHER} if rung > 1 else {None})
    assert len(desk.rows(template="referral_overdue", audience="referrer")) == referrers


@pytest.mark.parametrize("kind", ["consent.revoked", "consent.invalidated"])
def test_who_still_holds_what_should_never_have_been_told_is_told_to_stop(
    desk: Desk, kind: str
) -> None:
    known = sent(desk)
    desk.hears(*told("referral.completed", **of(known)), sequence=5)
    grant = {"purpose": "refer", "recipient": ASKED, "category": "story"}

    desk.hears(*told(kind, request_id=known["request_id"], ended=[grant], remaining=[]), sequence=6)

    (row,) = desk.rows(template="consent_withdrawn")
    assert (row.audience, row.recipient_agency_id) == ("receiver", ASKED)


def test_a_draft_that_will_be_deleted_is_told_to_its_agency(desk: Desk) -> None:
    change = {"clock": "K13", "object_type": "draft", "request_id": None}

    desk.hears(*told("clock.warned", **change))

    assert [(r.audience, r.template) for r in desk.rows()] == [("referrer", "draft_ends")]
