"""What is queued is handed to a real SMTP server, by the book and only with leave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from services.notify.storage import staff
from shared.ids import new_id
from tests.notify.desk import ASKED, HUB, REFERENCE, REFERRER, heard

if TYPE_CHECKING:
    from tests.notify.desk import Desk, Post

pytestmark = pytest.mark.usefixtures("where")

SOON = timedelta(minutes=2)


def test_the_agency_and_the_referrer_are_told_without_a_word_about_the_person(
    desk: Desk, post: Post
) -> None:
    told = desk.sent(referrer=REFERRER)

    with desk.sending():
        desk.until("sent", 2)

    to_agency, to_referrer = sorted(post.mails(), key=lambda mail: mail["to"])
    assert to_agency["to"] == "referrals@agency1.example.org"
    assert to_referrer["to"] == "referrals@agency2.example.org"
    assert f"/agency/referrals/{told['referral_id']}" in to_agency["text"]
    assert "26 November 2026" in to_agency["text"]
    assert REFERENCE in to_referrer["text"]


def test_a_person_is_told_at_the_address_released_for_this_attempt(desk: Desk, post: Post) -> None:
    desk.submitted()
    (question,) = desk.questions()

    with desk.sending():
        answer = desk.answer(question, "mair@example.org", expires=desk.clock.now() + SOON)
        desk.hears_again(answer)
        (row,) = desk.until("sent")

    (mail,) = post.mails()
    assert mail["to"] == "mair@example.org"
    assert mail["subject"] == "Thank you"
    assert mail["message-id"] == f"<{row.id}@onward.example>"
    assert "020 7946 0100" in mail["text"]
    assert "http" not in mail["text"]
    (sent,) = desk.announced("notification.sent.v1")
    assert sent["delivery_id"] == str(row.id)


def test_the_sealed_address_is_gone_once_it_was_used(desk: Desk) -> None:
    desk.submitted()
    (question,) = desk.questions()

    with desk.sending():
        desk.hears_again(desk.answer(question, "mair@example.org", expires=desk.clock.now() + SOON))
        (row,) = desk.until("sent")

    assert (row.sealed, row.sealed_until, row.contact_request_id) == (None, None, None)


def test_without_an_answer_nothing_leaves(desk: Desk, post: Post) -> None:
    desk.submitted()
    told = desk.sent()

    with desk.sending():
        desk.until("sent")

    assert post.to() == ["referrals@agency1.example.org"]
    assert told["agency_id"] == ASKED


def test_what_intake_withholds_is_kept_back_with_its_reason(desk: Desk, post: Post) -> None:
    request_id = desk.submitted()
    (question,) = desk.questions()
    desk.hears(
        "contact.withheld.v1",
        {
            "contact_request_id": question["contact_request_id"],
            "request_id": request_id,
            "reason": "NO_SAFE_CHANNEL",
        },
    )

    with desk.sending():
        (row,) = desk.until("suppressed")

    assert row.reason == "NO_SAFE_CHANNEL"
    assert post.mails() == []
    (told,) = desk.announced("notification.suppressed.v1")
    assert told["reason"] == "NO_SAFE_CHANNEL"


def test_the_person_reads_it_in_their_language(desk: Desk, post: Post) -> None:
    desk.submitted()
    (question,) = desk.questions()

    with desk.sending():
        expires = desk.clock.now() + SOON
        desk.hears_again(desk.answer(question, "m@example.org", expires=expires, language="cy"))
        desk.until("sent")

    (mail,) = post.mails()
    assert mail["subject"] == "Diolch"
    assert "cyfeirnod" in mail["text"]


def test_an_address_that_would_break_out_of_its_header_is_refused(desk: Desk, post: Post) -> None:
    desk.submitted()
    (question,) = desk.questions()

    with desk.sending():
        evil = "a@example.org\r\nBcc: everyone@example.org"
        desk.hears_again(desk.answer(question, evil, expires=desk.clock.now() + SOON))
        (row,) = desk.until("failed")

    assert row.reason == "ADDRESS_IMPOSSIBLE"
    assert post.mails() == []


def test_one_event_tells_once_however_often_it_is_heard(desk: Desk, post: Post) -> None:
    message = desk.hears(
        "match.failed.v1",
        {"request_id": str(desk.submitted()), "reference": REFERENCE, "referrer_agency_id": None},
    )
    desk.hears_again(message, message)

    assert len(desk.rows(template="match_failed", audience="person")) == 1


def test_a_request_that_found_nobody_is_told_to_the_hub(desk: Desk, post: Post) -> None:
    data = {"request_id": str(desk.new_id()), "reference": REFERENCE, "referrer_agency_id": None}
    desk.hears("match.failed.v1", data)

    with desk.sending():
        desk.until("sent")

    (mail,) = post.mails()
    assert mail["to"] == "referrals@agency0.example.org"
    assert REFERENCE in mail["subject"]


def test_a_declining_agencys_reason_and_the_next_step_reach_the_referrer(
    desk: Desk, post: Post
) -> None:
    told = desk.sent()
    desk.hears(
        "referral.declined.v1", {**told, "referrer_agency_id": REFERRER, "reason": "NO_CAPACITY"}
    )

    with desk.sending():
        desk.until("sent", 2)

    (mail,) = [mail for mail in post.mails() if mail["to"].startswith("referrals@agency2")]
    assert "Full now" in mail["text"]
    assert "Ask the next suitable service" in mail["text"]


def test_two_hundred_mails_leave_each_once(desk: Desk, post: Post) -> None:
    with desk.sending():
        for _ in range(200):
            desk.sent()
        desk.until("sent", 200)

    ids = [mail["message-id"] for mail in post.mails()]
    assert len(ids) == len(set(ids)) == 200


def test_an_old_change_of_staff_that_comes_again_does_not_undo_a_newer_one(desk: Desk) -> None:
    who = {"staff_id": str(new_id()), "agency_id": str(HUB), "email": "s@example.org", "roles": []}
    old = heard("staff.changed.v1", {**who, "name": "Sam Old", "active": True}, sequence=1)
    new = heard("staff.changed.v1", {**who, "name": "Sam New", "active": False}, sequence=2)

    desk.hears_again(new, old)

    with desk.store.read() as tx:
        (row,) = tx.all(select(staff).where(staff.c.staff_id == UUID(who["staff_id"])))
    assert (row.name, row.active) == ("Sam New", False)
