"""What time does to a consent: warned three times, over on its day, late ones told by rungs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from intake.desk import Desk
from intake.ledger_driver import Ledger
from intake.telling import ADVICE, HOMES, a_grant
from sqlalchemy import select

from services.intake.domain.consent_clocks import default_end, ends_on
from services.intake.storage import ledger_tables as lt
from services.intake.usecases import Submitted, consenting
from services.intake.working_days import working_days_after
from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")
DAY = timedelta(days=1)
END = date(2027, 1, 22)  # sixty days after the clock of these tests stands still


def days_of(desk: Desk, ledger: Ledger, count: int) -> list[tuple[int, str]]:
    """Let days pass one by one; return on which of them which clock said something."""
    found = []
    for day in range(1, count + 1):
        desk.clock.advance(DAY)
        before = len(desk.announced())
        ledger.clocks_look()
        found += [(day, str(body.get("clock", "over"))) for body in desk.announced()[before:]]
    return found


@ON_BOTH
def test_a_consent_is_warned_of_three_times_and_ends_on_its_day(desk: Desk) -> None:
    ledger = Ledger(desk, valid_until=END)

    said = days_of(desk, ledger, 62)

    assert said == [(30, "CONSENT_EXPIRY"), (53, "CONSENT_EXPIRY"), (59, "CONSENT_EXPIRY"),
                    (60, "over")]  # fmt: skip
    assert ledger.first.state == "expired"
    assert ledger.told("consent.expired.v1")[0]["remaining"] == []
    assert {body["due_at"][:10] for body in ledger.told("clock.warned.v1")} == {str(END)}


def test_warnings_that_were_slept_through_are_one_and_a_look_at_once_says_nothing(
    desk: Desk,
) -> None:
    ledger = Ledger(desk, valid_until=END)
    desk.clock.advance(55 * DAY)

    assert [ledger.clocks_look() for _ in range(3)] == [1, 0, 0]
    assert len(ledger.told("clock.warned.v1")) == 1

    desk.clock.advance(10 * DAY)
    assert [ledger.clocks_look() for _ in range(3)] == [1, 0, 0]
    assert ledger.first.state == "expired"
    assert len(ledger.told("clock.warned.v1")) == 1


def test_what_was_taken_back_is_not_warned_of(desk: Desk) -> None:
    ledger = Ledger(desk, valid_until=END)
    ledger.takes_back(ledger.first)

    assert days_of(desk, ledger, 62) == []


def test_the_gate_is_shut_on_the_day_whether_or_not_anybody_looked(desk: Desk) -> None:
    ledger = Ledger(desk, valid_until=END)
    desk.clock.at = datetime(2027, 1, 21, 23, 59, tzinfo=UTC)
    assert ledger.granted()

    desk.clock.advance(timedelta(minutes=1))

    assert ledger.granted() == frozenset()


@ON_BOTH
def test_what_was_said_aloud_and_not_confirmed_climbs(desk: Desk) -> None:
    ledger = Ledger(desk, method="phone", witness="Wilhelmina Witness")
    assert ledger.first.confirmation == "due"

    said = days_of(desk, ledger, 30)

    # Due on Monday the 30th; told when it is over, after half of it again, all of it, then weekly.
    assert said == [(day, "CONSENT_CONFIRMATION") for day in (8, 12, 15, 22, 29)]
    assert [body["rung"] for body in ledger.told("clock.overdue.v1")] == [1, 2, 3, 4, 5]
    assert ledger.first.confirmation == "overdue"
    assert ledger.granted(), "time ends no consent before its day"


def test_a_confirmation_in_writing_stops_that_clock(desk: Desk) -> None:
    ledger = Ledger(desk, method="phone", witness="Wilhelmina Witness")
    with ledger.acting() as tx:
        consenting.confirm_consent(ledger.first.id, "letter", tx)

    assert days_of(desk, ledger, 12) == []
    assert ledger.first.confirmation == "done"
    assert [event.change for event in ledger.first.events] == ["C2", "confirmed"]


def test_a_mail_to_the_person_that_tells_what_they_agreed_to_confirms_it(desk: Desk) -> None:
    ledger = Ledger(desk, method="phone", witness="Wilhelmina Witness")
    sent = {"request_id": ledger.request, "audience": "person", "channel": "email"}

    desk.hears("notification.sent.v1", new_id(), template="referral_sent", **sent)
    assert ledger.first.confirmation == "due"
    desk.hears("notification.sent.v1", new_id(), template="consent_given", **sent)

    assert ledger.first.confirmation == "done"


def test_who_said_not_now_is_reminded_only_on_the_day_they_named(desk: Desk) -> None:
    ledger, quiet = Ledger(desk), Ledger(desk)
    for one, day in ((ledger, date(2026, 12, 3)), (quiet, None)):
        asked = one.is_asked(HOMES)
        with one.acting() as tx:
            consenting.defer_consent(asked, tx, remind_on=day)

    assert days_of(desk, ledger, 20) == [(10, "over")]

    assert [one.newest.state for one in (ledger, quiet)] == ["requested", "deferred"]
    assert len(ledger.told("consent.requested.v1")) == 2


def test_a_recipient_that_was_not_told_in_a_working_day_is_named_until_it_is(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE))
    desk.hears_of_referral("sent", ledger.request, new_id(), 1)
    ledger.takes_back(ledger.first)

    assert days_of(desk, ledger, 2) == [(2, "WITHDRAWAL_TOLD")]
    (told,) = ledger.told("clock.overdue.v1")
    assert (told["agency_id"], told["rung"]) == (str(ADVICE), 1)

    sent = {"request_id": ledger.request, "audience": "receiver", "channel": "email"}
    desk.hears(
        "notification.sent.v1",
        new_id(),
        template="referral_halted",
        recipient_agency_id=ADVICE,
        **sent,
    )
    assert days_of(desk, ledger, 20) == []


def test_a_recipient_says_that_it_has_stopped(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE))
    referral = new_id()
    desk.hears_of_referral("sent", ledger.request, referral, 1)
    ledger.takes_back(ledger.first)

    desk.hears_of_referral("acknowledged", ledger.request, referral, 3)

    with desk.store.read() as tx:
        row = tx.one(select(lt.consent_ending))
    assert row is not None
    assert row.acknowledged_at == desk.clock.now()
    assert row.next_look is None


@pytest.mark.parametrize(
    ("said", "count", "due"),
    [
        ("2026-11-23T10:00", 5, "2026-11-30"),
        ("2026-12-24T10:00", 1, "2026-12-29"),  # Christmas, and Boxing Day on a Saturday
        ("2026-12-24T10:00", 5, "2027-01-05"),
        ("2026-10-23T23:30", 1, "2026-10-26"),  # already Saturday on the people's clocks
        ("2027-03-25T10:00", 1, "2027-03-30"),  # Good Friday to Easter Monday, and summer time
    ],
)
def test_working_days_skip_weekends_bank_holidays_and_the_change_of_clocks(
    said: str, count: int, due: str
) -> None:
    moment = datetime.fromisoformat(said).replace(tzinfo=UTC)

    end = working_days_after(moment, count, "england")

    assert str((end + timedelta(seconds=1, hours=1)).date() - DAY) == due


def test_a_consent_of_29_february_ends_on_the_28th() -> None:
    assert default_end(date(2028, 2, 29)) == date(2029, 2, 28)
    assert default_end(date(2026, 11, 23)) == date(2027, 11, 23)


def until(ledger: Ledger) -> date | None:
    return ledger.first.valid_until


def test_a_yes_ends_six_months_after_the_help_and_is_warned_of_by_that_day(desk: Desk) -> None:
    ledger = Ledger(desk)
    assert until(ledger) == date(2027, 11, 1)

    desk.put_to(_made(ledger), "sent", "opened", "accepted", "started", "completed")

    assert until(ledger) == date(2027, 5, 23)
    said = days_of(desk, ledger, 182)
    assert said == [(151, "CONSENT_EXPIRY"), (174, "CONSENT_EXPIRY"), (180, "CONSENT_EXPIRY"),
                    (181, "over")]  # fmt: skip
    assert ledger.first.state == "expired"


def test_while_any_agency_helps_a_yes_has_its_whole_length(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE), a_grant(HOMES))
    desk.put_to(_made(ledger), "sent", "declined")
    assert until(ledger) == date(2027, 5, 23)
    desk.clock.advance(20 * DAY)

    desk.put_to(_made(ledger), "sent", "opened", "accepted", agency=HOMES)

    assert until(ledger) == date(2027, 11, 1)


def test_nobody_is_warned_of_an_end_that_no_longer_stands(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE), a_grant(HOMES))
    desk.put_to(_made(ledger), "sent", "declined")
    desk.clock.advance(100 * DAY)
    desk.put_to(_made(ledger), "sent", agency=HOMES)

    assert days_of(desk, ledger, 85) == []
    assert until(ledger) == date(2027, 11, 1)


def test_an_end_heard_of_long_after_ends_the_yes_at_once(desk: Desk) -> None:
    ledger = Ledger(desk)
    referral, ended = new_id(), desk.clock.now() + DAY
    desk.clock.advance(200 * DAY)

    desk.hears_of_referral("completed", ledger.request, referral, 1, told_at=ended)

    assert ledger.first.state == "expired"
    assert len(ledger.told("consent.expired.v1")) == 1


def test_what_was_said_after_the_help_ended_holds_as_it_was_said(desk: Desk) -> None:
    ledger = Ledger(desk, valid_until=date(2027, 3, 1))
    desk.put_to(_made(ledger), "sent", "completed")
    desk.clock.advance(2 * DAY)
    with ledger.acting() as tx:
        consenting.renew_consent(ledger.first.id, date(2027, 11, 24), tx)

    desk.put_to(_made(ledger), "sent", "declined", agency=HOMES)

    assert until(ledger) == date(2027, 11, 24)


@pytest.mark.parametrize(
    ("ended", "end"),
    [(date(2027, 8, 31), date(2028, 2, 29)), (date(2026, 8, 31), date(2027, 2, 28)),
     (date(2026, 12, 15), date(2027, 6, 15)), (None, date(2030, 1, 1))],
)  # fmt: skip
def test_six_months_end_within_the_month(ended: date | None, end: date) -> None:
    assert ends_on(date(2030, 1, 1), ended) == end


def _made(ledger: Ledger) -> Submitted:
    return Submitted(ledger.request, "", None, "submitted", 1)
