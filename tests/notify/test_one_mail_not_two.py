"""News for a person that comes within a moment is one mail; news that comes later is another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from services.notify.domain import later
from shared.clock import SystemClock

if TYPE_CHECKING:
    from uuid import UUID

    from tests.notify.desk import Desk, Post


def to_person(desk: Desk, request_id: UUID) -> list[Any]:
    return desk.rows(request_id=request_id, audience="person")


def test_arrival_and_asking_in_one_moment_are_one_mail_that_says_both(
    desk: Desk, post: Post
) -> None:
    request_id = desk.submitted()
    desk.sent(request_id=request_id)
    (question,) = desk.questions()
    soon = SystemClock().now() + timedelta(minutes=2)

    with desk.sending():
        desk.hears_again(desk.answer(question, "mair@example.org", expires=soon))
        desk.until("sent", 2)

    (mail,) = [mail for mail in post.mails() if mail["to"] == "mair@example.org"]
    assert "We have what you told us, and someone has been asked about it" in mail["text"]
    assert "26 November 2026" in mail["text"]
    (sent,) = [s for s in desk.announced("notification.sent.v1") if s["audience"] == "person"]
    assert sent["template"] == "referral_sent"
    assert sent["referral_id"] is not None


@pytest.mark.parametrize("order", list(permutations(("arrived", "first", "second"))))
def test_in_whatever_order_they_are_heard_a_person_gets_one_mail_with_the_later_date(
    desk: Desk, order: tuple[str, ...]
) -> None:
    request_id = desk.new_id()
    days = {"first": "2026-11-26T17:00:00+00:00", "second": "2026-11-28T17:00:00+00:00"}
    for event in order:
        if event == "arrived":
            desk.submitted(request_id)
        else:
            desk.sent(request_id=request_id, answer_by=days[event])

    (row,) = to_person(desk, request_id)

    assert row.template == "referral_sent"
    assert row.facts["answer_by"] == days["second"]


def test_once_the_first_mail_has_left_news_comes_in_another(desk: Desk) -> None:
    request_id = desk.submitted()
    (question,) = desk.questions()
    soon = datetime.now(UTC) + timedelta(minutes=2)
    with desk.sending():
        desk.hears_again(desk.answer(question, "mair@example.org", expires=soon))
        desk.until("sent")

    desk.sent(request_id=request_id)

    assert [row.template for row in to_person(desk, request_id)] == [
        "request_received",
        "referral_sent",
    ]


def test_each_agency_is_told_of_its_own_referral(desk: Desk) -> None:
    request_id = desk.submitted()
    desk.sent(request_id=request_id)
    desk.sent(request_id=request_id)

    assert len(desk.rows(request_id=request_id, audience="receiver")) == 2
    assert len(to_person(desk, request_id)) == 1


def test_an_answer_to_a_mail_about_nothing_due_keeps_the_new_date() -> None:
    news = {"answer_by": "2026-11-26T17:00:00+00:00", "enquiry": False}

    assert later({}, news) == news
