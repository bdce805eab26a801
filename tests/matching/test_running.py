"""Which clocks run on a referral, by the steps it takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.matching.domain.clocks import CLOCKS as LENGTHS
from services.matching.domain.clocks import Length, rung_at
from services.matching.domain.effects import EFFECTS
from services.matching.domain.ladder import PROMPTS, due_of, dues, look_at, rungs, told
from services.matching.domain.running import Running, Step, after, answered
from services.matching.domain.transitions import LIVE, TABLE, State
from services.matching.http.referral_rows import CLOCK_WORDS
from services.matching.working_days import calendar_for

ENGLAND = calendar_for("england")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
S = State


def sent(profile: str = "default", at: datetime = MONDAY, **terms: Any) -> Running:
    asked, urgency = terms.pop("asked", at), terms.pop("urgency", "routine")
    begun = Running(profile, urgency, asked=asked, sent=at, **terms)
    return after(begun, Step("T7", "referral.sent", at, S.SENT), ENGLAND)


def then(
    running: Running, number: str, event: str, state: State, at: datetime, **facts: Any
) -> Running:
    return after(running, Step(number, f"referral.{event}", at, state, **facts), ENGLAND)


def accepted(running: Running, at: datetime = MONDAY) -> Running:
    return then(running, "T11", "accepted", S.ACCEPTED, at)


def waiting(running: Running, at: datetime = MONDAY) -> Running:
    return then(accepted(running, at), "T15", "waiting", S.WAITING, at)


def active(running: Running, at: datetime = MONDAY) -> Running:
    return then(accepted(running, at), "T17", "started", S.ACTIVE, at)


def due(running: Running, name: str) -> date:
    at = due_of(name, running)
    assert at is not None
    return ENGLAND.local_date(at)


def test_every_row_of_the_clock_table_is_a_row_of_the_transition_table() -> None:
    rows = {(row.number, row.event.removeprefix("referral.")) for row in TABLE}

    assert set(EFFECTS) <= rows


def test_every_clock_that_somebody_can_be_late_with_has_words_and_a_length() -> None:
    started = {clock for effect in EFFECTS.values() for clock in effect.starts} | {"K10"}

    assert set(CLOCK_WORDS) >= started - PROMPTS
    assert started <= set(LENGTHS["default"])


@pytest.mark.parametrize(
    ("profile", "running"),
    [
        ("default", {"K2", "K5", "K6"}),
        ("home_start", {"K2", "K4", "K5", "K6"}),
        ("front_door", {"K2"}),
        ("advice", {"K2", "K5", "K6"}),
        ("nobody wrote this one", {"K2", "K5", "K6"}),
    ],
)
def test_what_begins_with_the_sending_is_the_services_own(profile: str, running: set[str]) -> None:
    assert set(sent(profile).clocks) == running


@pytest.mark.parametrize(
    ("at", "target", "maximum"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)),
        (date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)),
    ],
)
def test_a_month_is_never_longer_than_the_month_it_ends_in(
    at: date, target: date, maximum: date
) -> None:
    running = sent(at=datetime(at.year, at.month, at.day, 12, tzinfo=UTC))

    assert (due(running, "K5"), due(running, "K6")) == (target, maximum)


def test_a_wait_ends_as_the_service_promises_and_a_front_door_promises_no_wait() -> None:
    assert due(sent(), "K6") == date(2027, 1, 23)
    assert due(sent("advice"), "K6") == date(2026, 12, 21)
    assert "K6" not in sent("front_door").clocks


def test_a_bank_holiday_weekend_gives_the_agency_its_working_days() -> None:
    thursday_before_easter = datetime(2027, 3, 25, 9, tzinfo=UTC)

    assert due(sent("advice", thursday_before_easter), "K2") == date(2027, 4, 1)


def test_a_front_door_has_its_hours_whole_across_the_clock_change() -> None:
    saturday = datetime(2027, 3, 27, 20, tzinfo=UTC)
    running = sent("front_door", saturday)

    assert due_of("K2", running) == saturday + 24 * AN_HOUR
    assert due_of("K2", sent("front_door", saturday, urgency="urgent")) == saturday + 12 * AN_HOUR


@pytest.mark.parametrize(("band", "day"), [(4, 24), (3, 30), (2, 7), (None, 7)])
def test_a_front_door_makes_its_first_contact_by_how_much_help_is_needed(
    band: int | None, day: int
) -> None:
    running = accepted(sent("front_door", band=band))

    assert due(running, "K4").day == day


def test_urgent_halves_what_comes_first_and_no_waiting_promise() -> None:
    calm, urgent = accepted(sent()), accepted(sent(urgency="urgent"))

    assert due(urgent, "K4") == date(2026, 11, 30) < due(calm, "K4")
    assert due(urgent, "K6") == due(calm, "K6")


def test_a_question_stops_the_time_to_decide_for_no_longer_than_it_may_take() -> None:
    asked = then(sent(), "T9", "information_requested", S.INFO_REQUESTED, MONDAY)
    soon = then(asked, "T10", "information_given", S.OPENED, MONDAY + 3 * A_DAY)
    late = then(asked, "T10", "information_given", S.OPENED, MONDAY + 60 * A_DAY)

    assert (due(sent(), "K2"), due(asked, "K3")) == (date(2026, 11, 30), date(2026, 11, 30))
    assert due(soon, "K2") == date(2026, 12, 3)
    # Nobody answers: the time to decide runs on by itself once the question's is over.
    assert due(late, "K2") == due(asked, "K2") == date(2026, 12, 7)
    assert "K3" not in late.clocks


def test_a_halt_in_the_middle_of_a_question_is_counted_once() -> None:
    asked = then(sent(), "T9", "information_requested", S.INFO_REQUESTED, MONDAY)
    halted = then(asked, "T26", "halted", S.HALTED, MONDAY + A_DAY)
    again = then(halted, "T27", "resumed", S.INFO_REQUESTED, MONDAY + 3 * A_DAY)
    answered = then(again, "T10", "information_given", S.OPENED, MONDAY + 4 * A_DAY)

    assert due(again, "K3") == date(2026, 12, 2)
    assert due(answered, "K2") == date(2026, 12, 4)


def test_a_halt_lets_only_its_own_clock_run_and_an_answer_to_it_none() -> None:
    halted = then(active(sent()), "T26", "halted", S.HALTED, MONDAY + A_DAY)
    stopped = then(halted, "T26", "acknowledged", S.HALTED, MONDAY + 2 * A_DAY)

    assert dues(halted) == [("T26", ENGLAND.end_of(date(2026, 11, 25)))]
    assert dues(stopped) == []
    assert look_at(stopped, ENGLAND) is None


def test_a_halt_is_counted_from_its_beginning_whenever_it_was_acknowledged() -> None:
    halted = then(accepted(sent()), "T26", "halted", S.HALTED, MONDAY)
    stopped = then(halted, "T26", "acknowledged", S.HALTED, MONDAY + 9 * A_DAY)
    again = then(stopped, "T27", "resumed", S.ACCEPTED, MONDAY + 10 * A_DAY)

    assert due(again, "K6") == due(accepted(sent()), "K6") + 10 * A_DAY


def test_whoever_waits_where_nothing_is_promised_of_waiting_is_not_forgotten() -> None:
    listed = waiting(sent("front_door"))
    met = then(listed, "T36", "contacted", S.WAITING, MONDAY, fully=True, first=True)

    assert set(listed.clocks) == {"K4"}
    assert set(met.clocks) == {"K10"}


def test_the_wait_stands_still_only_at_the_persons_own_wish() -> None:
    hold: dict[str, Any] = {
        "number": "T22",
        "event": "held",
        "state": S.ON_HOLD,
        "until": date(2026, 12, 14),
    }

    def after_ten_days(*, wished: bool) -> Running:
        held = then(waiting(sent()), at=MONDAY, fully=wished, **hold)
        assert due(held, "T22") == date(2026, 12, 14)
        return then(held, "T22", "resumed", S.WAITING, MONDAY + 10 * A_DAY)

    theirs, ours = after_ten_days(wished=True), after_ten_days(wished=False)
    assert due(theirs, "K6") == due(ours, "K6") + 10 * A_DAY == date(2027, 2, 2)
    assert "T22" not in theirs.clocks


def test_who_waits_is_checked_on_and_each_check_begins_the_next() -> None:
    first = waiting(sent())
    missed = then(first, "T36", "contacted", S.WAITING, MONDAY + 5 * A_DAY)
    met = {"fully": True, "first": True}
    reached = then(first, "T36", "contacted", S.WAITING, MONDAY + 5 * A_DAY, **met)

    assert due(first, "K8") == due(missed, "K8") == date(2026, 12, 7)
    assert due(reached, "K8") == date(2026, 12, 12)
    assert "K4" in missed.clocks
    assert "K4" not in reached.clocks
    # Whoever was reached before the yes need not be reached for the first time after it.
    early = then(sent(), "T36", "contacted", S.OPENED, MONDAY, **met)
    assert "K4" not in accepted(early).clocks
    # A home-start family is promised the target first: checks begin when it has passed.
    assert due(waiting(sent("home_start")), "K8") == date(2026, 12, 23)


def test_an_extension_takes_the_place_of_what_was_promised_before() -> None:
    until = date(2027, 2, 9)
    extended = then(waiting(sent()), "T18", "reviewed", S.WAITING, MONDAY, until=until)

    assert due(extended, "K7") == until
    assert not {"K5", "K6"} & set(extended.clocks)


def test_help_that_begins_is_watched_for_silence_from_each_step_anew() -> None:
    helped = active(sent())
    seen = then(helped, "T36", "contacted", S.ACTIVE, MONDAY + 4 * A_DAY, fully=True)
    handed_on = then(helped, "T33", "reassigned", S.ACTIVE, MONDAY + 2 * A_DAY)
    held = then(helped, "T22", "held", S.ON_HOLD, MONDAY, until=date(2026, 12, 1))

    assert set(helped.clocks) == {"K4", "K10"}
    assert due(helped, "K10") == date(2026, 11, 30)
    assert due(seen, "K10") == date(2026, 12, 4)
    assert due(handed_on, "K10") == date(2026, 12, 2)
    assert "K10" not in held.clocks


def test_an_end_stops_every_clock_and_a_completion_begins_what_follows_it() -> None:
    helped = active(sent())
    bare = then(helped, "T29", "completed", S.COMPLETED, MONDAY)
    whole = then(helped, "T29", "completed", S.COMPLETED, MONDAY, fully=True)
    told_later = then(bare, "T39", "outcome_recorded", S.COMPLETED, MONDAY + A_DAY)
    later = then(waiting(sent()), "T21", "returned", S.RETURNED, MONDAY, until=date(2027, 3, 1))

    assert set(bare.clocks) == {"K11", "K12"}
    assert set(whole.clocks) == set(told_later.clocks) == {"K12"}
    assert due(whole, "K12") == date(2027, 1, 4)
    assert set(later.clocks) == {"T21"}
    for state in set(State) - LIVE - {S.COMPLETED, S.RETURNED}:
        assert then(waiting(sent()), "T38", "withdrawn", state, MONDAY).clocks == {}


def test_whoever_slept_for_weeks_tells_each_rung_once_and_of_the_weekly_ones_the_last() -> None:
    running = sent("front_door")  # 24 hours, 36, 48, then weekly
    asleep = MONDAY + timedelta(hours=48) + 5 * 7 * A_DAY

    tellings, noted = told(running, asleep, ENGLAND)

    assert [telling.rung for telling in tellings] == [1, 2, 3, 8]
    assert told(noted, asleep, ENGLAND) == ([], noted)
    assert look_at(noted, ENGLAND) == asleep + 7 * A_DAY


def test_nobodys_phone_rings_at_midnight_for_what_is_counted_in_days() -> None:
    running = active(sent())
    moments = [rung_at(running.clocks["K10"].due, Length(days=7), rung, ENGLAND) for rung in (3, 9)]
    done = then(running, "T29", "completed", S.COMPLETED, MONDAY, fully=True)
    asked_at = look_at(done, ENGLAND)

    assert asked_at is not None
    for moment in (*moments, asked_at + timedelta(seconds=1)):
        assert moment.astimezone(ENGLAND.zone).hour in {8, 9}


def test_a_prompt_is_told_once_before_and_a_follow_up_ends_with_it() -> None:
    done = then(active(sent()), "T29", "completed", S.COMPLETED, MONDAY, fully=True)
    asked, over = told(done, MONDAY + 43 * A_DAY, ENGLAND)
    due_soon = waiting(sent())
    warned, noted = told(due_soon, MONDAY + 13 * A_DAY, ENGLAND)
    spared = answered(done, "K12")

    assert [(one.clock, one.rung) for one in asked] == [("K12", 0)]
    assert over.clocks == {}
    # Who has said how it went is not asked, and what is open for it closes on the same day.
    assert told(spared, MONDAY + 30 * A_DAY, ENGLAND) == ([], spared)
    assert told(spared, MONDAY + 43 * A_DAY, ENGLAND) == ([], over)
    assert answered(over, "K12") == over
    assert ("K8", 0) in [(one.clock, one.rung) for one in warned]
    assert told(noted, MONDAY + 13 * A_DAY, ENGLAND)[0] == []
    assert done.clocks["K12"].due not in dict(dues(done)).values()


@pytest.mark.parametrize(
    ("reached", "of", "told_now"), [(0, 0, []), (2, 0, [1, 2]), (9, 1, [2, 3, 9]), (9, 9, [])]
)
def test_which_rungs_are_told(reached: int, of: int, told_now: list[int]) -> None:
    assert rungs(of, reached) == told_now
