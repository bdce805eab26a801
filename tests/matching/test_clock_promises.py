"""What holds of clocks whatever happens: pauses take nothing away, and history tells them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.clocks import Length, later, moved, rung_at, rung_reached
from services.matching.domain.ladder import look_at, told
from services.matching.domain.running import Running, Step, after, rebuilt
from services.matching.domain.transitions import LIVE, TABLE, State
from services.matching.storage.clock_columns import read, written
from services.matching.working_days import calendar_for

ENGLAND = calendar_for("england")
A_DAY = timedelta(days=1)
S = State

lengths = st.sampled_from(
    [
        Length(hours=4),
        Length(working_days=1),
        Length(working_days=5),
        Length(days=14),
        Length(months=1),
        Length(months=2),
    ]
)
moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - the strategy wants its bounds bare
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(moments, moments, st.timedeltas(timedelta(), timedelta(days=60)), lengths)
def test_a_pause_never_takes_time_away_and_a_longer_one_never_gives_less(
    at: datetime, stood: datetime, pause: timedelta, by: Length
) -> None:
    due_at = at if by.hours else ENGLAND.end_of(ENGLAND.local_date(at))
    if by.working_days:
        due_at = later(due_at, Length(working_days=1), ENGLAND)

    once = moved(due_at, stood, stood + pause, by, ENGLAND)

    assert once >= due_at
    assert moved(due_at, stood, stood + pause + A_DAY, by, ENGLAND) >= once


@given(moments, lengths, st.timedeltas(timedelta(days=-3), timedelta(days=200)))
def test_the_rung_reached_is_the_last_whose_moment_has_come(
    due_at: datetime, by: Length, late: timedelta
) -> None:
    now = due_at + late

    rung = rung_reached(due_at, by, now, ENGLAND)

    assert rung == 0 or rung_at(due_at, by, rung, ENGLAND) <= now
    assert now < rung_at(due_at, by, rung + 1, ENGLAND)
    to_the_second = rung_at(due_at, by, rung + 1, ENGLAND)
    assert rung_reached(due_at, by, to_the_second, ENGLAND) == rung + 1


def a_way(draw: st.DrawFn) -> list[Step]:
    """Draw a walk through the table: what may follow a state, some time later."""
    at, path = draw(moments), [S.SENT]
    steps = [Step("T7", "referral.sent", at, S.SENT)]
    rows = [row for row in TABLE if row.number != "T30"]
    for _ in range(draw(st.integers(0, 12))):
        fitting = [row for row in rows if path[-1] in row.before]
        if not fitting:
            break
        row = draw(st.sampled_from(fitting))
        at += draw(st.timedeltas(timedelta(), timedelta(days=40)))
        path = path_after(path, row)
        day = (at + draw(st.timedeltas(A_DAY, 28 * A_DAY))).date()
        facts = {"fully": draw(st.booleans()), "first": draw(st.booleans())}
        steps.append(Step(row.number, row.event, at, path[-1], day, **facts))
    return steps


def path_after(path: list[State], row: Any) -> list[State]:
    if row.after is None:
        back = row.then is not None and row.then.name == "BACK"
        return path[:-1] if back else path
    pauses = {S.HALTED, S.CANCEL_REQUESTED, S.ON_HOLD}
    if row.after in pauses:
        return path if row.after is path[-1] else [*path, row.after]
    return [*path[:-1], row.after]


ways = st.composite(a_way)()
profiles = st.sampled_from(["default", "home_start", "front_door", "advice"])


@given(ways, profiles, st.sampled_from(["routine", "urgent"]), st.data())
def test_made_anew_from_the_history_the_same_clocks_run(
    steps: list[Step], profile: str, urgency: str, data: st.DataObject
) -> None:
    begun = Running(profile, urgency, asked=steps[0].at, sent=steps[0].at)
    running = begun
    for step in steps:
        running = read(written(after(running, step, ENGLAND)))
        now = step.at + data.draw(st.timedeltas(timedelta(), timedelta(days=90)))
        running = told(running, now, ENGLAND)[1]  # what is told changes no promise

    anew = rebuilt(begun, steps, ENGLAND)

    assert promises(anew) >= promises(running)
    assert {name for name, *_ in promises(anew) - promises(running)} <= {"K12", "T21"}
    if steps[-1].state not in LIVE:
        assert set(anew.clocks) <= {"K11", "K12", "T21"}


@given(ways, profiles, st.timedeltas(timedelta(), timedelta(days=400)))
def test_no_referral_is_ever_forgotten(steps: list[Step], profile: str, asleep: timedelta) -> None:
    begun = Running(profile, "routine", asked=steps[0].at, sent=steps[0].at)
    now = steps[-1].at + asleep

    _, noted = told(rebuilt(begun, steps, ENGLAND), now, ENGLAND)

    # What is halted may rest: nobody has a basis to go on with it.
    if steps[-1].state in LIVE - {S.HALTED}:
        next_look = look_at(noted, ENGLAND)
        assert next_look is not None
        assert next_look > now


@given(ways, profiles)
def test_no_halt_and_no_hold_ever_moves_a_promise_nearer(steps: list[Step], profile: str) -> None:
    begun = Running(profile, "routine", asked=steps[0].at, sent=steps[0].at)
    running, before = begun, dict[str, Any]()
    for step in steps:
        running = after(running, step, ENGLAND)
        same = {name for name in before if name in running.clocks}
        for name in same - {"K10"}:
            clock, was = running.clocks[name], before[name]
            answered = step.number == "T10" and name == "K2"
            assert clock.since != was.since or clock.due >= was.due or answered
            assert clock.since != was.since or clock.due >= (was.before or was.due)
        before = dict(running.clocks)


def promises(running: Running) -> set[tuple[Any, ...]]:
    bare = {name: replace(clock, told=0, warned=False) for name, clock in running.clocks.items()}
    return set(bare.items())
