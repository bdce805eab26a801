"""Whoever asks is told that it has arrived, or somebody hears that they were not (K1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.desk import Desk
from intake.telling import NOW, a_submission, an_email

from services.intake.acknowledge_clock import AcknowledgeClock
from services.intake.domain.acknowledging import due_at, next_look, rung_at
from services.intake.domain.submission import Channel, Contact
from services.intake.usecases.ending import withdraw_request
from services.intake.usecases.watching import dues_of
from shared.identity import Principal

if TYPE_CHECKING:
    from services.intake.usecases import Submitted

ON_BOTH = pytest.mark.usefixtures("where")
TUESDAY_NIGHT = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)


def looks(desk: Desk) -> list[tuple[str, int]]:
    AcknowledgeClock(desk.store).look()
    return [(told["clock"], told["rung"]) for told in desk.announced("clock.overdue.v1")]


def tells_the_person(desk: Desk, request: Submitted, template: str = "request_received") -> None:
    facts = {"audience": "person", "template": template, "channel": "email"}
    desk.hears("notification.sent.v1", request.id, request_id=request.id, **facts)


def due(desk: Desk, request: Submitted) -> list[datetime]:
    with desk.store.read() as tx:
        return [one.at for one in dues_of(request.id, tx) if one.what == "acknowledge"]


@ON_BOTH
def test_who_is_not_told_within_a_working_day_climbs_the_ladder_once_each_rung(desk: Desk) -> None:
    request = desk.takes_in()
    assert due(desk, request) == [TUESDAY_NIGHT]
    assert looks(desk) == []

    rungs = []
    for hours in (39, 1, 20, 20, 24 * 7, 24 * 21):
        desk.clock.advance(timedelta(hours=hours))
        rungs.append([rung for _, rung in looks(desk)])

    assert rungs[0] == [1]
    assert rungs[1] == [1]
    assert rungs[3] == [1, 2, 3]
    assert rungs[-1] == [1, 2, 3, 4, 7]


def test_who_was_told_hears_no_more_of_the_clock(desk: Desk) -> None:
    request = desk.takes_in()
    tells_the_person(desk, request)
    tells_the_person(desk, request, "referral_accepted")
    desk.clock.advance(timedelta(days=9))

    assert looks(desk) == []
    assert due(desk, request) == []


def test_a_question_before_it_counts_is_no_acknowledgement(desk: Desk) -> None:
    request = desk.takes_in()
    tells_the_person(desk, request, "consent_requested")
    desk.clock.advance(timedelta(days=3))

    assert looks(desk) == [("K1", 2)]


def test_where_no_channel_is_safe_the_reference_that_was_shown_is_enough(desk: Desk) -> None:
    channels = (an_email(safe="no"), Channel("phone", "07700 900123", "yes"))
    request = desk.takes_in(a_submission(contact=Contact("en", None, channels)))
    desk.clock.advance(timedelta(days=9))

    assert (looks(desk), due(desk, request)) == ([], [])


def test_what_has_ended_needs_no_acknowledgement(desk: Desk) -> None:
    request = desk.takes_in()
    with desk.store.begin(Principal(kind="person", id=str(request.id))) as tx:
        withdraw_request(request.id, None, tx)
    desk.clock.advance(timedelta(days=9))

    assert looks(desk) == []


def test_what_is_urgent_is_told_within_a_day_of_the_clock() -> None:
    assert due_at(NOW, "urgent", TUESDAY_NIGHT) == NOW + timedelta(hours=24)
    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)
    monday_night = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    assert due_at(friday, "urgent", monday_night) == friday + timedelta(hours=24)
    assert due_at(friday, "soon", monday_night) == monday_night


@given(late=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=200)))
def test_the_next_look_is_the_first_moment_of_the_next_rung(late: timedelta) -> None:
    now = TUESDAY_NIGHT + late
    rung = rung_at(NOW, TUESDAY_NIGHT, now)
    moment = next_look(NOW, TUESDAY_NIGHT, rung)

    assert moment > now
    assert rung_at(NOW, TUESDAY_NIGHT, moment) == rung + 1
    assert rung_at(NOW, TUESDAY_NIGHT, moment - timedelta(microseconds=1)) == rung
