"""What was taken back, ended or made unsafe while a mail waited stops that mail as it is picked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.notify import mail, picking, usecases
from services.notify.domain import (
    ONLY_WHILE_IT_GOES_ON,
    SAID_ANYWAY,
    Audience,
    Later,
    State,
    Taken,
    overtaken,
)
from services.notify.usecases import Notice, tell
from tests.notify.desk import ASKED, REFERENCE, REFERRER, heard, of, told

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from tests.notify.desk import Desk

PERSON = Audience.PERSON
MAILS: Path = mail.TEMPLATES / "en" / "person"
EVERY = sorted(file.stem for file in MAILS.glob("[a-z]*.txt"))
ENDS = {
    "WITHDRAWN": ("request.withdrawn", {}),
    "DIED": ("request.closed", {"outcome": "DIED"}),
    "VOIDED": ("request.voided", {}),
    "ERASED": ("request.erased", {}),
}
CHANGES = (
    "contact.changed",
    "consent.withdrawn",
    "consent.expired",
    "consent.revoked",
    "consent.invalidated",
    "request.restricted",
)


def queue(desk: Desk, request_id: UUID, *templates: str) -> None:
    with desk.store.begin() as tx:
        for template in templates:
            tell(Notice(PERSON, template, request_id, REFERENCE), tx)


def release_all(desk: Desk, count: int) -> None:
    """Answer the newest questions: every one of these mails may leave within two minutes."""
    expires = desk.clock.now() + timedelta(minutes=2)
    for question in desk.questions()[-count:]:
        desk.hears_again(desk.answer(question, "mair@example.org", expires=expires))


def leaves(desk: Desk) -> list[tuple[str, str]]:
    """Pick what is due as the sender does, and hand it over."""
    with desk.store.begin() as tx:
        attempts = picking.claim(100, tx)
        usecases.settle([(attempt, Taken()) for attempt in attempts], tx)
    return [(one.delivery.audience, one.delivery.template) for one in attempts]


@pytest.mark.usefixtures("where")
def test_once_a_request_is_over_for_good_no_mail_to_the_person_leaves_but_that_it_is(
    desk: Desk,
) -> None:
    for reason, (kind, changes) in ENDS.items():
        request = desk.new_id()
        queue(desk, request, *EVERY)
        release_all(desk, len(EVERY))
        assert {row.state for row in desk.rows(request_id=request)} == {State.READY}

        desk.hears(*told(kind, request_id=request, **changes))
        queue(desk, request, *EVERY)
        release_all(desk, 3)

        left = {template for audience, template in leaves(desk) if audience == PERSON}
        assert left == SAID_ANYWAY.get(reason, set()), reason
        assert desk.rows(state=State.ASKING, request_id=request) == []


def test_once_less_is_agreed_or_safe_every_mail_that_waits_needs_a_new_yes(desk: Desk) -> None:
    for kind in CHANGES:
        for released in (True, False):
            request = desk.new_id()
            queue(desk, request, *EVERY)
            before = desk.questions()[-len(EVERY) :]
            if released:
                release_all(desk, len(EVERY))

            desk.hears(*told(kind, request_id=request))
            for question in before:
                expires = desk.clock.now() + timedelta(minutes=2)
                desk.hears_again(desk.answer(question, "mair@example.org", expires=expires))

            assert [one for one in leaves(desk) if one[0] == PERSON] == [], (kind, released)
            rows = desk.rows(request_id=request, audience=PERSON)
            assert {row.state for row in rows} == {State.ASKING}
            old = {question["contact_request_id"] for question in before}
            assert old.isdisjoint({str(row.contact_request_id) for row in rows})


def test_a_mail_that_was_under_way_as_the_person_took_it_back_is_not_tried_again(
    desk: Desk,
) -> None:
    request = desk.new_id()
    queue(desk, request, "how_it_went")
    release_all(desk, 1)
    with desk.store.begin() as tx:
        (attempt,) = picking.claim(10, tx)
    desk.hears(*told("request.withdrawn", request_id=request, referrer_agency_id=None))
    with desk.store.begin() as tx:
        usecases.settle([(attempt, Later("PROVIDER_UNREACHABLE"))], tx)
        tx.amend(attempt.delivery.id, next_at=tx.now)

    assert leaves(desk) == []
    (row,) = desk.rows(template="how_it_went")
    assert (row.state, row.reason) == (State.SUPPRESSED, "WITHDRAWN")


def test_one_mail_says_that_it_was_withdrawn_not_two(desk: Desk) -> None:
    request = desk.new_id()
    desk.hears(*told("consent.withdrawn", request_id=request))
    desk.hears(*told("request.withdrawn", request_id=request))

    open_ = desk.rows(request_id=request, audience=PERSON, state=State.ASKING)
    assert [row.template for row in open_] == ["request_withdrawn"]


@pytest.mark.usefixtures("where")
def test_nobody_is_urged_to_help_or_to_get_in_touch_once_the_referral_has_ended(
    desk: Desk,
) -> None:
    urging = {"referral_due", "referral_overdue", "question_overdue", "overdue_for_hub"}
    for ending in ("referral.withdrawn", "referral.halted", "referral.declined"):
        known = desk.sent(REFERRER)
        leaves(desk)
        about = {"object_type": "referral", "object_id": known["referral_id"], **of(known)}
        for kind in ("clock.warned", "clock.overdue"):
            for clock in sorted(ONLY_WHILE_IT_GOES_ON):
                desk.hears(*told(kind, **{**about, "clock": clock, "rung": 3}))
        assert urging <= {row.template for row in desk.rows(state=State.READY)}

        desk.hears(*told(ending, **of(known)), sequence=9)

        assert {template for _, template in leaves(desk)} & urging == set(), ending


def test_a_question_about_a_referral_that_ended_is_not_put_any_more(desk: Desk) -> None:
    known = desk.sent(None)
    desk.hears(*told("referral.information_requested", **of(known, referrer_agency_id=None)))
    desk.hears(*told("referral.cancelled", **of(known, referrer_agency_id=None)), sequence=9)
    release_all(desk, 1)

    assert (PERSON, "information_requested") not in leaves(desk)


@pytest.mark.parametrize("clock", ["K11", "T25", "T26", "K12", "T21", None])
def test_what_is_due_because_something_ended_still_leaves(clock: str | None) -> None:
    facts = {"clock": clock, "silenced": None, "standing": "over"}

    assert overtaken(Audience.RECEIVER, "referral_overdue", **facts, hidden=False) is None


@pytest.mark.usefixtures("where")
def test_an_agency_that_must_not_know_any_more_is_only_told_to_stop(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    about = {"object_type": "referral", "object_id": known["referral_id"], **of(known)}
    desk.hears(*told("clock.warned", **{**about, "clock": "K11"}))
    now = {"hidden_from_agencies": [ASKED], "hidden_from_staff": [], "changed": []}
    desk.hears(*told("request.amended", request_id=known["request_id"], **now), sequence=5)
    desk.hears(*told("referral.withdrawn", **of(known)), sequence=9)

    left = leaves(desk)

    assert ("receiver", "referral_withdrawn") in left
    assert {template for audience, template in left if audience == "receiver"}.isdisjoint(
        {"referral_sent", "referral_due"}
    )


def test_a_reminder_to_refer_again_is_not_written_once_the_person_took_it_back(desk: Desk) -> None:
    known = desk.sent(REFERRER)
    desk.hears(*told("request.withdrawn", request_id=known["request_id"]))

    desk.hears_again(
        heard(
            "clock.warned.v1",
            {
                "clock": "T21",
                "object_type": "referral",
                "object_id": known["referral_id"],
                "request_id": known["request_id"],
                "due_at": datetime(2027, 1, 1, tzinfo=UTC).isoformat(),
                "agency_id": None,
                "reference": REFERENCE,
            },
        )
    )

    assert desk.rows(template="ask_again") == []
