"""Of an agency that the person was not told of, nothing is queued for them or leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.notify.domain import State
from tests.notify.desk import ASKED, REFERRER, told

if TYPE_CHECKING:
    from uuid import UUID

    from tests.notify.desk import Desk

STEPS = (
    "referral.accepted",
    "referral.waiting",
    "referral.started",
    "referral.reviewed",
    "referral.reopened",
    "referral.declined",
    "referral.returned",
    "referral.redirected",
    "referral.completed",
)


def grants(agency: UUID = ASKED) -> list[dict[str, Any]]:
    return [{"purpose": "refer", "recipient": agency, "categories": ["story"]}]


def overrides(desk: Desk, request: UUID, agency: UUID = ASKED, *, person_told: bool) -> None:
    about = {"request_id": request, "person_told": person_told, "grants": grants(agency)}
    desk.hears(*told("override.recorded", **about))


def of_the_person(desk: Desk, request: UUID) -> list[tuple[str, str, str | None]]:
    rows = desk.rows(request_id=request, audience="person")
    return [(row.template, row.state, row.reason) for row in rows]


@pytest.mark.usefixtures("where")
def test_of_what_only_an_untold_override_sent_nothing_is_queued_for_the_person(desk: Desk) -> None:
    """Not by itself, not in a mail that waits, not of any later step, not when it is late."""
    request, referral = desk.submitted(), desk.new_id()
    overrides(desk, request, person_told=False)

    desk.sent(REFERRER, request_id=request, referral_id=referral)
    about = {"request_id": request, "referral_id": referral}
    for at, kind in enumerate(STEPS, start=2):
        desk.hears(*told(kind, **about), sequence=at)
    late = {"object_type": "referral", "object_id": referral, "request_id": request}
    for clock, kind in (("K2", "clock.overdue"), ("K12", "clock.warned")):
        desk.hears(*told(kind, **late, clock=clock, agency_id=ASKED, rung=3))

    assert of_the_person(desk, request) == [("request_received", State.ASKING, None)]
    assert [question["referral_id"] for question in desk.questions()] == [None]
    assert {row.template for row in desk.rows(audience="referrer")} >= {"referral_sent"}


def test_of_an_override_that_the_person_was_told_of_and_of_others_they_are_written_to(
    desk: Desk,
) -> None:
    known, other = desk.submitted(), desk.submitted()
    overrides(desk, known, person_told=True)
    overrides(desk, other, REFERRER, person_told=False)

    first = desk.sent(request_id=known)
    second = desk.sent(request_id=other)

    assert of_the_person(desk, known) == [("referral_sent", State.ASKING, None)]
    assert [template for template, _, _ in of_the_person(desk, other)] == [
        "request_received",
        "referral_sent",
    ]
    (*_, last) = desk.questions()
    assert (last["request_id"], last["referral_id"]) == (str(other), str(second["referral_id"]))
    (row,) = desk.rows(request_id=known, audience="person")
    assert row.referral_id == first["referral_id"]


@pytest.mark.parametrize("how", ["told", "agreed"])
def test_once_the_person_is_told_or_agrees_later_mails_are_asked_for_each_by_itself(
    desk: Desk, how: str
) -> None:
    """What became so since is intake's to say: so every question names its referral."""
    request = desk.submitted()
    overrides(desk, request, person_told=False)
    sent = desk.sent(request_id=request)

    if how == "told":
        overrides(desk, request, person_told=True)
    else:
        desk.hears(*told("consent.given", request_id=request, grants=grants()))
    about = {"request_id": request, "referral_id": sent["referral_id"]}
    desk.hears(*told("referral.accepted", **about), sequence=2)

    assert [template for template, _, _ in of_the_person(desk, request)] == [
        "request_received",
        "referral_accepted",
    ]
    assert desk.questions()[-1]["referral_id"] == str(sent["referral_id"])


@pytest.mark.usefixtures("where")
def test_what_waits_for_the_person_as_an_untold_override_is_heard_is_kept_back(desk: Desk) -> None:
    """Matching's word may come before intake's."""
    request = desk.new_id()
    sent = desk.sent(request_id=request)
    before = desk.questions()

    overrides(desk, request, person_told=False)

    assert of_the_person(desk, request) == [("referral_sent", State.SUPPRESSED, "KEPT_BACK")]
    assert [question["referral_id"] for question in before] == [str(sent["referral_id"])]
    (kept,) = desk.announced("notification.suppressed.v1")
    assert kept["reason"] == "KEPT_BACK"


def test_a_question_that_is_put_again_names_its_referral_too(desk: Desk) -> None:
    sent = desk.sent()

    desk.hears(*told("contact.changed", request_id=sent["request_id"]))

    assert [question["referral_id"] for question in desk.questions()] == (
        [str(sent["referral_id"])] * 2
    )
