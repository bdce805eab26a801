"""Whoever a person hides their request from is never written to about it, whatever their duty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from services.notify.storage.tables import hidden_from
from tests.notify.desk import ASKED, HUB, REFERENCE, REFERRER, told

if TYPE_CHECKING:
    from uuid import UUID

    from tests.notify.desk import Desk, Post

SAFEGUARDING, MANAGER = "safeguarding", "manager"


def member(desk: Desk, role: str, agency: UUID = ASKED, *teams: UUID) -> UUID:
    who = desk.new_id()
    joins(desk, who, role, agency, *teams)
    return who


def joins(
    desk: Desk, who: UUID, role: str, agency: UUID = ASKED, *teams: UUID, sequence: int = 1
) -> None:
    at = {"staff_id": who, "agency_id": agency, "roles": [role], "email": f"{who}@example.org"}
    now = {"name": "Someone", "active": True, "teams": list(teams)}
    desk.hears(*told("staff.changed", **at, **now), sequence=sequence)


def asks(
    desk: Desk, *staff: UUID, agencies: tuple[UUID, ...] = (), teams: tuple[UUID, ...] = ()
) -> UUID:
    request = desk.new_id()
    about = {"request_id": request, "reference": REFERENCE}
    hidden = {"hidden_from_staff": list(staff), "hidden_from_agencies": list(agencies)}
    now = {**about, **hidden, "hidden_from_teams": list(teams)}
    desk.hears("request.submitted.v1", now, sequence=1)
    return request


def amends(desk: Desk, request: UUID, *staff: UUID) -> None:
    now = {"hidden_from_staff": list(staff), "hidden_from_agencies": []}
    desk.hears(*told("request.amended", request_id=request, **now), sequence=2)


def flagged(desk: Desk, request: UUID, duty: UUID = ASKED) -> None:
    desk.hears(*told("request.flagged", request_id=request, duty_agency_id=duty))


def to_staff(desk: Desk, request: UUID) -> set[UUID]:
    rows = desk.rows(request_id=request)
    return {row.recipient_staff_id for row in rows if row.recipient_staff_id}


def to_mailboxes(desk: Desk, request: UUID) -> list[tuple[UUID, str]]:
    rows = desk.rows(request_id=request, audience="receiver", recipient_staff_id=None)
    return sorted((row.recipient_agency_id, row.template) for row in rows)


def test_of_danger_only_those_are_told_who_may_know_of_it(desk: Desk) -> None:
    feared, trusted = (member(desk, SAFEGUARDING) for _ in range(2))
    request = asks(desk, feared)

    flagged(desk, request)

    assert to_staff(desk, request) == {trusted}
    assert to_mailboxes(desk, request) == [(ASKED, "request_flagged")]


def test_of_danger_no_member_of_a_team_is_told_that_must_not_know(desk: Desk) -> None:
    team, other = desk.new_id(), desk.new_id()
    for teams in ((team,), (other, team)):
        member(desk, SAFEGUARDING, ASKED, *teams)
    free = {member(desk, SAFEGUARDING, ASKED, *teams) for teams in ((), (other,))}
    request = asks(desk, teams=(team,))

    flagged(desk, request)

    assert to_staff(desk, request) == free


def test_another_request_is_told_to_them_as_ever(desk: Desk) -> None:
    feared = member(desk, SAFEGUARDING)
    asks(desk, feared)
    other = asks(desk)

    flagged(desk, other)

    assert to_staff(desk, other) == {feared}


def test_where_nobody_is_left_the_hub_is_told(desk: Desk) -> None:
    request = asks(desk, member(desk, SAFEGUARDING))

    flagged(desk, request)

    assert to_staff(desk, request) == set()
    assert to_mailboxes(desk, request) == [(HUB, "flag_overdue"), (ASKED, "request_flagged")]


def test_a_hub_that_must_not_know_is_not_told_instead(desk: Desk) -> None:
    request = asks(desk, member(desk, SAFEGUARDING), agencies=(HUB,))

    flagged(desk, request)

    assert to_mailboxes(desk, request) == [(ASKED, "request_flagged")]


def test_a_hub_on_duty_itself_is_told_once(desk: Desk) -> None:
    request = asks(desk, member(desk, SAFEGUARDING, HUB))

    flagged(desk, request, HUB)

    assert to_mailboxes(desk, request) == [(HUB, "request_flagged")]


@pytest.mark.parametrize(
    ("rung", "hub"), [(1, []), (2, ["overdue_for_hub"]), (3, ["overdue_for_hub"])]
)
def test_a_manager_who_must_not_know_hears_of_no_lateness_and_the_hub_does(
    desk: Desk, rung: int, hub: list[str]
) -> None:
    request = asks(desk, member(desk, MANAGER))
    known = desk.sent(REFERRER, request_id=request)
    about = {"object_type": "referral", "object_id": known["referral_id"], "agency_id": ASKED}

    desk.hears(*told("clock.overdue", **about, request_id=request, clock="K6", rung=rung))

    assert to_staff(desk, request) == set()
    assert [template for agency, template in to_mailboxes(desk, request) if agency == HUB] == hub


@pytest.mark.parametrize("kind", ["flag", "override"])
def test_what_nobody_looked_at_is_told_to_no_watcher_who_must_not_know(
    desk: Desk, kind: str
) -> None:
    feared, trusted = member(desk, SAFEGUARDING, HUB), member(desk, SAFEGUARDING)
    request = asks(desk, feared)
    about = {"object_type": kind, "object_id": desk.new_id(), "agency_id": ASKED, "clock": "K14"}

    desk.hears(*told("clock.overdue", **about, request_id=request))

    assert to_staff(desk, request) == {trusted}
    assert [agency for agency, _ in to_mailboxes(desk, request)] == [HUB, ASKED]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("override.recorded", {}),
        ("match.failed", {}),
        ("referral.halted", {"referral_id": ASKED, "agency_id": ASKED}),
        ("referral.declined", {"referral_id": ASKED, "agency_id": ASKED}),
    ],
)
def test_a_hub_that_must_not_know_is_told_nothing_at_all(
    desk: Desk, kind: str, changes: dict[str, Any]
) -> None:
    request, open_ = asks(desk, agencies=(HUB,)), asks(desk)
    for number, one in enumerate((request, open_)):
        known = {**changes, "referral_id": desk.new_id()} if changes else {}
        desk.hears(*told(kind, request_id=one, **known), sequence=3 + number)

    assert [one for one in to_mailboxes(desk, request) if one[0] == HUB] == []
    assert [one for one in to_mailboxes(desk, open_) if one[0] == HUB] != []


def test_a_worker_who_must_not_know_is_not_told_that_it_is_theirs(desk: Desk) -> None:
    worker = member(desk, "worker")
    known = desk.sent(REFERRER, request_id=asks(desk, worker))
    about = {name: known[name] for name in ("referral_id", "request_id")}

    desk.hears(*told("referral.reassigned", **about, staff_id=worker), sequence=4)

    assert desk.rows(template="referral_assigned") == []
    assert len(desk.rows(template="referral_reassigned")) == 1


def test_a_worker_whose_team_must_not_know_is_not_told_that_it_is_theirs(desk: Desk) -> None:
    team = desk.new_id()
    worker = member(desk, "worker", ASKED, team)
    known = desk.sent(REFERRER, request_id=asks(desk, teams=(team,)))
    about = {name: known[name] for name in ("referral_id", "request_id")}

    desk.hears(*told("referral.reassigned", **about, staff_id=worker), sequence=4)

    assert desk.rows(template="referral_assigned") == []
    assert len(desk.rows(template="referral_reassigned")) == 1


def test_what_waits_for_somebody_is_kept_back_once_they_join_a_team_that_must_not_know(
    desk: Desk, post: Post
) -> None:
    team = desk.new_id()
    joining, trusted = (member(desk, SAFEGUARDING) for _ in range(2))
    request = asks(desk, teams=(team,))
    flagged(desk, request)

    joins(desk, joining, SAFEGUARDING, ASKED, team, sequence=2)
    with desk.sending():
        desk.until("sent", 2)

    assert f"{joining}@example.org" not in post.to()
    assert f"{trusted}@example.org" in post.to()
    (kept,) = desk.announced("notification.suppressed.v1")
    assert kept["reason"] == "HIDDEN_FROM_THEM"


def test_what_waits_for_a_team_is_kept_back_once_it_is_hidden_from_it(desk: Desk) -> None:
    team = desk.new_id()
    feared = member(desk, SAFEGUARDING, ASKED, team)
    request = asks(desk)
    flagged(desk, request)

    now = {"hidden_from_staff": [], "hidden_from_agencies": [], "hidden_from_teams": [team]}
    desk.hears(*told("request.amended", request_id=request, **now), sequence=2)

    (waiting,) = desk.rows(request_id=request, recipient_staff_id=feared)
    assert (waiting.state, waiting.reason) == ("suppressed", "HIDDEN_FROM_THEM")


def test_what_waits_for_somebody_is_kept_back_once_it_is_hidden_from_them(
    desk: Desk, post: Post
) -> None:
    feared, trusted = (member(desk, SAFEGUARDING) for _ in range(2))
    request = asks(desk)
    flagged(desk, request)

    amends(desk, request, feared)
    with desk.sending():
        desk.until("sent", 2)

    assert f"{feared}@example.org" not in post.to()
    assert f"{trusted}@example.org" in post.to()
    (kept,) = desk.announced("notification.suppressed.v1")
    assert kept["reason"] == "HIDDEN_FROM_THEM"


def test_whoever_may_know_again_is_told_again(desk: Desk) -> None:
    once_feared = member(desk, SAFEGUARDING)
    request = asks(desk, once_feared)

    amends(desk, request)
    flagged(desk, request)

    assert to_staff(desk, request) == {once_feared}


def test_of_a_request_hidden_from_nobody_nothing_is_kept(desk: Desk) -> None:
    asks(desk)

    with desk.store.read() as tx:
        assert tx.all(select(hidden_from)) == []
