"""Thousands of entries that need a look are one mail for each agency and day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import picking, usecases
from services.notify.domain import GATHER_FOR, LONDON, MOST_LISTED, Taken, gathered, leaves_at
from services.notify.mail import compose
from services.notify.sink import readable
from shared.testing.clock import FixedClock
from tests.notify.desk import ASKED, REFERRER, Desk, heard, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.bus.envelope import Message
    from shared.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DUE = "2026-12-20T23:59:59+00:00"
MANY = 400
MANAGER = UUID(int=77)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def desk(settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    desk = Desk(settings, clock)
    yield desk
    desk.store.close()


def says(entry: UUID, clock: str, agency: UUID = ASKED, **how: Any) -> Message:
    facts = {"clock": clock, "object_type": "service", "object_id": entry, "agency_id": agency}
    kind = "clock.overdue.v1" if how else "clock.warned.v1"
    return heard(kind, {**facts, "due_at": DUE, "request_id": None, "reference": None, **how})


def mails(desk: Desk) -> list[dict[str, str]]:
    """Send what is due now, and return it as it is read."""
    with desk.store.begin() as tx:
        attempts = picking.claim(100, tx)
        usecases.settle([(attempt, Taken()) for attempt in attempts], tx)
    now = desk.clock.now()
    return [
        readable(compose(one, one.mailbox or "nobody@example.org", desk.settings, now))
        for one in attempts
    ]


@pytest.mark.usefixtures("where")
def test_after_a_big_import_an_agency_gets_one_mail_that_lists_its_entries(
    desk: Desk, clock: FixedClock
) -> None:
    entries = [desk.new_id() for _ in range(MANY)]
    desk.hears_again(*[says(one, "K15") for one in entries])
    desk.hears_again(says(desk.new_id(), "K16", REFERRER))
    assert mails(desk) == []

    clock.advance(GATHER_FOR)

    big, small = sorted(mails(desk), key=lambda mail: mail["to"])
    assert big["to"] == "referrals@agency1.example.org"
    assert big["subject"] == f"{MANY} things in your referral guide need you"
    listed = [one for one in entries if f"/agency/services/{one}\n" in big["text"]]
    assert len(listed) == MOST_LISTED
    assert f"And {MANY - MOST_LISTED} more." in big["text"]
    assert small["subject"] == "Something in your referral guide needs you"
    assert "/capacity\n" in small["text"]
    assert len(desk.announced("notification.queued.v1")) == 2


def test_what_is_told_again_beyond_the_list_is_counted_once_and_a_flood_only_so_far(
    desk: Desk, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.domain.MOST_COUNTED", 5)
    monkeypatch.setattr("services.notify.mail.MOST_COUNTED", 5)
    few, many = ([desk.new_id() for _ in range(MOST_LISTED + more)] for more in (3, 9))
    desk.hears_again(*[says(one, "K15", rung=1) for one in (*few, *few)])
    desk.hears_again(*[says(one, "K15", REFERRER, rung=1) for one in many])
    clock.advance(GATHER_FOR)

    said = {mail["subject"]: mail["text"] for mail in mails(desk)}

    assert set(said) == {
        f"{MOST_LISTED + 3} things in your referral guide need you",
        f"At least {MOST_LISTED + 5} things in your referral guide need you",
    }
    assert "And 3 more." in said[f"{MOST_LISTED + 3} things in your referral guide need you"]
    assert "And at least 5 more." in "".join(said.values())


def test_what_comes_later_on_the_same_day_waits_for_the_next_morning(
    desk: Desk, clock: FixedClock
) -> None:
    first, second, third = (desk.new_id() for _ in range(3))
    desk.hears_again(says(first, "K15"))
    clock.advance(GATHER_FOR)
    assert len(mails(desk)) == 1

    desk.hears_again(says(second, "K15"), says(third, "K16", rung=1))
    clock.advance(timedelta(hours=8))
    assert mails(desk) == []

    clock.advance(timedelta(hours=12))
    (morning,) = mails(desk)
    assert str(first) not in morning["text"]
    assert str(second) in morning["text"]
    assert "This is late." in morning["text"]
    assert morning["text"].index(str(third)) < morning["text"].index(str(second))


def test_what_is_told_twice_before_it_leaves_is_listed_once_as_it_is_now(
    desk: Desk, clock: FixedClock
) -> None:
    entry = desk.new_id()
    desk.hears_again(says(entry, "K15"), says(entry, "K15", rung=1))
    clock.advance(GATHER_FOR)

    (mail,) = mails(desk)
    assert mail["text"].count(str(entry)) == 1
    assert "Was due by 20 December 2026" in mail["text"]


def test_from_the_second_rung_each_manager_gets_one_mail_too(desk: Desk, clock: FixedClock) -> None:
    at = {"staff_id": MANAGER, "agency_id": ASKED, "email": "mo@agency1.example.org"}
    desk.hears(*told("staff.changed", **at, name="Mo", roles=["manager"], active=True), sequence=1)
    desk.hears_again(*[says(desk.new_id(), "K16", rung=2) for _ in range(5)])
    clock.advance(GATHER_FOR)

    sent = mails(desk)
    assert sorted(mail["to"] for mail in sent) == [
        "mo@agency1.example.org",
        "referrals@agency1.example.org",
    ]
    assert {mail["subject"][0] for mail in sent} == {"5"}


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=300)).map(lambda past: NOON - past)


@given(last=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=3)))
def test_two_never_leave_on_one_day_whatever_the_clocks_do(
    last: datetime, later: timedelta
) -> None:
    now = last + later
    at = leaves_at(last, now)

    assert at.astimezone(LONDON).date() > last.astimezone(LONDON).date()
    assert now < at <= now + timedelta(hours=33)
    assert leaves_at(None, now) == now + GATHER_FOR


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["K15", "K16"])), max_size=200))
def test_nothing_gathered_is_lost(told_of: list[tuple[int, str]]) -> None:
    facts: dict[str, Any] = {}
    for number, clock in told_of:
        facts = gathered(facts, {"id": str(number), "clock": clock, "late": False})

    listed = {(one["id"], one["clock"]) for one in facts.get("entries", [])}
    known = {(str(number), clock) for number, clock in told_of}
    assert len(listed) == min(len(known), MOST_LISTED)
    assert len(listed) + facts.get("more", 0) == len(known)
