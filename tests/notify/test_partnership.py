"""Agencies hear of agreements, case reviews and closures; no mail names anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.notify.partnership import STAGES
from tests.notify.desk import ASKED, HUB, REFERRER, told

if TYPE_CHECKING:
    from tests.notify.desk import Desk, Post

AGREEMENT, PANEL, SERVICE = UUID(int=71), UUID(int=72), UUID(int=5)
SAM, ANN = UUID(int=81), UUID(int=82)
ON_BOTH = pytest.mark.usefixtures("where")


def works(desk: Desk, who: UUID, agency: UUID, role: str, *, active: bool = True) -> None:
    at = {"staff_id": who, "agency_id": agency, "email": f"{who.int}@example.org"}
    facts = {**at, "roles": [role], "name": "Someone", "active": active}
    desk.hears(*told("staff.changed", **facts), sequence=1)


def agreement(*moved: UUID, **stages: str) -> tuple[str, dict[str, Any]]:
    at = {"asked": ASKED, "referrer": REFERRER, "hub": HUB}
    parties = [
        {"agency_id": at[name], "stage": stage, "may_refer": True, "may_receive": True}
        for name, stage in stages.items()
    ]
    return told("agreement.changed", agreement_id=AGREEMENT, parties=parties, moved=list(moved))


def rows(desk: Desk) -> set[tuple[str, UUID | None, UUID | None]]:
    return {(r.template, r.recipient_agency_id, r.recipient_staff_id) for r in desk.rows()}


@ON_BOTH
def test_each_stage_is_told_to_the_agency_and_its_managers_and_that_it_moved_to_the_others(
    desk: Desk,
) -> None:
    works(desk, SAM, ASKED, "manager")
    works(desk, ANN, ASKED, "worker")
    for stage in sorted(STAGES):
        before = rows(desk)
        desk.hears(*agreement(ASKED, asked=stage, referrer="full", hub="suspended"), sequence=2)

        mine = {(f"agreement_{stage}", ASKED, None), (f"agreement_{stage}", ASKED, SAM)}
        others = {("agreement_of_another", REFERRER, None)}
        expected = mine if stage == "invited" else mine | others
        assert rows(desk) - before == expected - before, stage
        assert rows(desk) >= expected


def test_other_changes_of_an_agreement_are_no_news(desk: Desk) -> None:
    desk.hears(*agreement(asked="full", referrer="full"), sequence=3)
    desk.hears(*agreement(ASKED, asked="of_tomorrow", referrer="full"), sequence=4)

    assert desk.rows() == []


@ON_BOTH
@pytest.mark.parametrize(
    ("kind", "template"),
    [("clock.warned", "agreement_ends"), ("clock.overdue", "agreement_over")],
)
def test_the_end_of_an_agreement_is_told_to_the_hub_and_to_an_agency_and_its_managers(
    desk: Desk, kind: str, template: str
) -> None:
    works(desk, SAM, ASKED, "manager")
    works(desk, ANN, ASKED, "worker")
    about = {"clock": "AGREEMENT_END", "object_type": "agreement", "object_id": AGREEMENT}
    ends = {**about, "due_at": "2026-12-20T23:59:59+00:00", "rung": 1}

    for agency in (None, ASKED):
        desk.hears(*told(kind, **ends, agency_id=agency), sequence=1)

    assert rows(desk) == {(template, HUB, None), (template, ASKED, None), (template, ASKED, SAM)}
    assert {row.facts["until"] for row in desk.rows()} == {"2026-12-20"}


def test_an_attendee_is_told_once_for_each_meeting_whatever_is_listed(
    desk: Desk, post: Post
) -> None:
    works(desk, SAM, ASKED, "worker")
    works(desk, ANN, REFERRER, "worker", active=False)
    with desk.sending():
        for day in ("2026-11-26", "2026-11-26", "2026-12-10"):
            about = {"panel_id": PANEL, "request_id": desk.new_id(), "meets_on": day}
            desk.hears(*told("case.listed", **about, attendees=[SAM, ANN]), sequence=1)
        desk.until("sent", 2)

    mails = post.mails()
    assert {mail["to"] for mail in mails} == {"81@example.org"}
    assert {mail["subject"] for mail in mails} == {
        "Something of yours is on the agenda of 26 November 2026",
        "Something of yours is on the agenda of 10 December 2026",
    }
    assert all(f"/agency/case-review/{PANEL}\n" in mail["text"] for mail in mails)


def test_who_must_not_know_of_a_request_is_not_told_that_it_is_listed(desk: Desk) -> None:
    works(desk, SAM, ASKED, "worker")
    request = desk.new_id()
    data = {"request_id": request, "reference": "HDJ2-123F", "hidden_from_staff": [SAM]}
    desk.hears("request.submitted.v1", data)

    for kind in ("case.listed", "case.reviewed"):
        desk.hears(*told(kind, request_id=request, panel_id=PANEL, attendees=[SAM]), sequence=1)

    assert [row.template for row in desk.rows() if row.recipient_staff_id == SAM] == []


def test_many_minutes_are_one_mail_for_each_attendee(desk: Desk) -> None:
    works(desk, SAM, ASKED, "worker")
    for _ in range(3):
        about = {"panel_id": PANEL, "request_id": desk.new_id(), "attendees": [SAM]}
        desk.hears(*told("case.reviewed", **about), sequence=2)

    (row,) = desk.rows()
    assert (row.template, row.recipient_staff_id) == ("minutes_ready", SAM)
    assert row.request_id == PANEL


def test_agencies_with_people_at_a_service_that_closes_are_led_to_the_plan(
    desk: Desk, post: Post
) -> None:
    with desk.sending():
        closed = {"service_id": SERVICE, "until": "2027-01-15", "referrers": [REFERRER]}
        desk.hears(*told("service.closed", **closed), sequence=7)
        desk.until("sent")

    (mail,) = post.mails()
    assert mail["to"] == "referrals@agency2.example.org"
    assert "until 15 January 2027" in mail["text"]
    assert f"/agency/guide/{SERVICE}\n" in mail["text"]
    assert "ring the service" not in mail["text"]  # a refuge is known to workers alone
