"""Lateness is never silent: the agency, its manager, then everybody, each once for each rung."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.notify.clock_words import about
from services.notify.domain import Audience
from services.notify.lateness import WAITED_FOR
from shared.ids import new_id
from tests.notify.desk import ASKED, HUB, REFERRER, told, written

if TYPE_CHECKING:
    from tests.notify.desk import Desk, Post

MANAGER = "boss@agency1.example.org"
AGENCY = ("receiver", "referral_overdue")
EVERYBODY = {
    AGENCY,
    ("receiver", "overdue_for_hub"),
    ("referrer", "referral_overdue"),
    ("person", "referral_overdue"),
}


def late(known: dict[str, Any], **changes: Any) -> tuple[str, dict[str, Any]]:
    facts = {"object_type": "referral", "object_id": known["referral_id"], "agency_id": ASKED}
    same = {"request_id": known["request_id"], "due_at": "2026-11-26T23:59:59Z"}
    return told("clock.overdue", **{**facts, **same, "clock": "K6", "rung": 1, **changes})


def since(desk: Desk, known: dict[str, Any], *events: tuple[str, dict[str, Any]]) -> Any:
    before = written(desk, known["request_id"])
    for event in events:
        desk.hears(*event)
    return written(desk, known["request_id"]) - before


def manager(desk: Desk, agency: UUID = ASKED, email: str = MANAGER) -> None:
    staff = {"staff_id": new_id(), "agency_id": agency, "roles": ["manager"], "email": email}
    desk.hears(*told("staff.changed", **staff, name="Someone", active=True), sequence=1)


@pytest.mark.parametrize(
    ("clock", "rung", "expected"),
    [
        ("K2", 1, {AGENCY}),
        ("K6", 2, {AGENCY}),
        ("K6", 3, EVERYBODY),
        ("K6", 4, EVERYBODY - {("person", "referral_overdue")}),
        ("K11", 3, EVERYBODY - {("person", "referral_overdue")}),
        ("K8", 3, EVERYBODY - {("person", "referral_overdue")}),
        ("T22", 1, {AGENCY}),
    ],
)
def test_each_rung_tells_one_more_and_the_third_tells_all(
    desk: Desk, clock: str, rung: int, expected: set[tuple[str, str]]
) -> None:
    known = desk.sent(REFERRER)

    assert since(desk, known, late(known, clock=clock, rung=rung)) == expected


def test_the_manager_of_the_agency_hears_from_the_second_rung_on(desk: Desk, post: Post) -> None:
    manager(desk)
    known = desk.sent()

    with desk.sending():
        desk.hears(*late(known, rung=1))
        desk.until("sent", 2)
        assert MANAGER not in post.to()
        desk.hears(*late(known, rung=2))
        desk.until("sent", 4)

    assert MANAGER in post.to()


def test_whoever_has_not_answered_a_question_is_the_late_one(desk: Desk) -> None:
    known = desk.sent(REFERRER)

    assert since(desk, known, late(known, clock="K3")) == {("referrer", "question_overdue")}


def test_the_manager_of_who_has_not_answered_reads_that_they_must(desk: Desk, post: Post) -> None:
    at = {"staff_id": desk.new_id(), "agency_id": REFERRER, "email": MANAGER, "name": "Mo"}
    desk.hears(*told("staff.changed", **at, roles=["manager"], active=True), sequence=1)
    known = desk.sent(REFERRER)

    with desk.sending():
        desk.hears(*late(known, clock="K3", rung=2))
        desk.until("sent", 4)

    (mail,) = [one for one in post.mails() if one["to"] == MANAGER]
    assert "before you answer its question" in mail["text"]


def test_a_question_to_somebody_who_asked_for_themselves_is_for_the_agency_to_ring_about(
    desk: Desk,
) -> None:
    known = desk.sent(None)

    assert since(desk, known, late(known, clock="K3")) == {AGENCY}


def test_who_referred_reads_honestly_what_is_late_and_the_hub_is_asked_to_ring(
    desk: Desk, post: Post
) -> None:
    known = desk.sent(REFERRER)
    with desk.sending():
        desk.hears(*late(known, clock="K2", rung=3))
        desk.until("sent", 5)

    (mail,) = [m for m in post.mails() if m["subject"].endswith("nobody has put it right")]
    assert mail["to"] == "referrals@agency0.example.org"
    (referrer,) = [m for m in post.mails() if m["to"] == "referrals@agency2.example.org"][-1:]
    assert "The service has not answered yet." in referrer["text"]
    assert "Nothing has been stopped, and nothing has been declined." in referrer["text"]


@pytest.mark.parametrize(
    ("rung", "expected"),
    [
        (1, {("receiver", "unacknowledged")}),
        (3, {("receiver", "unacknowledged"), ("referrer", "unacknowledged")}),
    ],
)
def test_a_person_nobody_could_tell_is_for_the_hub_and_then_for_who_referred(
    desk: Desk, rung: int, expected: set[tuple[str, str]]
) -> None:
    request = desk.new_id()
    facts = {"object_type": "request", "object_id": request, "request_id": request}
    event = told("clock.overdue", **facts, clock="K1", agency_id=REFERRER, rung=rung)

    assert since(desk, {"request_id": request}, event) == expected


NAMES = {"object_type": "hidden_names", "clock": "NAMES_LOOK", "agency_id": None}


def test_the_hub_reads_at_once_that_there_is_a_name_to_find_and_again_when_it_is_late(
    desk: Desk, post: Post
) -> None:
    request = desk.new_id()
    about = {"request_id": request, "reference": "HDJ2-123F"}
    found = told("request.names_to_find", **about, look_by="2026-11-26T23:59:59Z")
    late_now = late({"request_id": request, "referral_id": None}, **NAMES, object_id=request)

    with desk.sending():
        desk.hears(*found)
        desk.until("sent", 1)
        desk.hears(*late_now)
        desk.until("sent", 2)

    assert {mail["to"] for mail in post.mails()} == {"referrals@agency0.example.org"}
    assert all("/requests/names/" in mail["text"] for mail in post.mails())


@pytest.mark.parametrize(("rung", "mails"), [(1, 0), (2, 1)])
def test_who_manages_the_hub_hears_of_a_name_nobody_looks_for_a_day_later(
    desk: Desk, rung: int, mails: int
) -> None:
    manager(desk, HUB, "boss@agency0.example.org")
    request = desk.new_id()

    desk.hears(*late({"request_id": request, "referral_id": None}, **NAMES, object_id=request,
                     rung=rung))  # fmt: skip

    assert len([row for row in desk.rows() if row.recipient_staff_id]) == mails


def warned(known: dict[str, Any], clock: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    facts = {"object_type": "referral", "object_id": known["referral_id"], "agency_id": ASKED}
    same = {"request_id": known["request_id"], "due_at": "2026-11-26T23:59:59Z"}
    return told("clock.warned", **{**facts, **same, "clock": clock, **changes})


@pytest.mark.parametrize(
    ("clock", "referrer", "expected"),
    [
        ("K12", REFERRER, {("person", "how_it_went")}),
        ("T21", REFERRER, {("referrer", "ask_again")}),
        ("T21", None, {("person", "ask_again")}),
        ("K8", REFERRER, {("receiver", "referral_due")}),
        ("K6", REFERRER, {("receiver", "referral_due")}),
    ],
)
def test_what_is_due_soon_is_told_to_who_can_act(
    desk: Desk, clock: str, referrer: UUID | None, expected: set[tuple[str, str]]
) -> None:
    known = desk.sent(referrer)

    assert since(desk, known, warned(known, clock)) == expected


def test_after_a_death_nobody_is_asked_or_reminded(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("request.closed", request_id=known["request_id"], outcome="DIED"))

    assert since(desk, known, warned(known, "K12"), warned(known, "T21")) == set()


def test_what_is_not_late_yet_is_not_said_to_be_over(desk: Desk, post: Post) -> None:
    known = desk.sent(REFERRER)
    with desk.sending():
        desk.hears(*warned(known, "K6"))
        desk.until("sent", 3)

    (mail,) = [m for m in post.mails() if "due by" in m["subject"]]
    assert "The longest wait ends then." in mail["text"]


def test_every_clock_a_person_waits_for_is_said_in_words_to_each_side() -> None:
    for clock in WAITED_FOR:
        for audience in (Audience.RECEIVER, Audience.REFERRER):
            assert "Something" not in about(clock, audience)
