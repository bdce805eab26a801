"""The table of transitions: what it allows, offers and forbids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.plain import EVENTS, STAGES, is_not_yet_supported, stage_of
from services.matching.domain.transitions import (
    TABLE,
    TERMINAL,
    After,
    Fact,
    Guard,
    Result,
    State,
    Who,
    actions,
    replay,
    row_for,
    state_before,
)
from services.matching.usecases.knowing import TRUE
from shared.bus.catalogue import CATALOGUE

ALL_IS_WELL = frozenset(Fact) - {Fact.REVIEW_OPEN, Fact.HELP_BEGAN, Fact.ENDED_LATELY}
"""Nothing beside the referral stands in the way, and nothing about it is special."""


def test_every_row_has_an_event_of_the_catalogue_and_words() -> None:
    for row in TABLE:
        assert f"{row.event}.v1" in CATALOGUE
        assert row.event in EVENTS


def test_every_row_that_is_not_only_the_systems_has_an_action() -> None:
    for row in TABLE:
        assert (row.action is None) == (row.who == {Who.SYSTEM})


def test_every_state_has_a_plain_word_but_the_one_that_is_not_shown() -> None:
    assert {state for state, word in STAGES.items() if word is None} == {State.ENTERED_IN_ERROR}
    assert set(STAGES) == set(State)


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.PROPOSED, ()),
        (State.SENT, ("open", "ask", "decline")),
        (State.OPENED, ("accept", "ask", "decline", "redirect", "record-contact")),
        (State.INFO_REQUESTED, ("accept", "decline", "record-contact")),
        (State.ACCEPTED, ("decline", "wait", "start", "withdraw", "record-contact")),
        (State.WAITING, ("decline", "start", "hold", "withdraw", "record-contact")),
        (State.ACTIVE, ("hold", "complete", "withdraw", "record-contact")),
        (State.ON_HOLD, ("resume", "withdraw", "record-contact")),
        (State.COMPLETED, ("record-outcome",)),
        (State.CANCEL_REQUESTED, ("confirm-cancel", "refuse-cancel")),
        (State.HALTED, ("acknowledge", "withdraw")),
        (State.DECLINED, ()),
    ],
)
def test_the_receiver_is_offered_what_the_table_allows(
    state: State, offered: tuple[str, ...]
) -> None:
    assert actions(state, {Who.RECEIVER}, ALL_IS_WELL) == offered


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.PROPOSED, ("send", "cancel")),
        (State.SENT, ("cancel",)),
        (State.INFO_REQUESTED, ("answer", "cancel")),
        (State.ACCEPTED, ("cancel",)),
        (State.HALTED, ()),
        (State.WITHDRAWN, ()),
    ],
)
def test_the_referrer_is_offered_what_the_table_allows(
    state: State, offered: tuple[str, ...]
) -> None:
    assert actions(state, {Who.REFERRER}, ALL_IS_WELL) == offered


def test_only_the_receiver_of_a_self_referral_answers_a_question_for_the_person() -> None:
    assert actions(State.INFO_REQUESTED, {Who.STAND_IN}, {Fact.USABLE}) == ("answer",)
    assert actions(State.OPENED, {Who.STAND_IN}) == ()


@pytest.mark.parametrize(
    ("fact", "state", "action"),
    [
        (Fact.USABLE, State.SENT, "open"),
        (Fact.USABLE, State.OPENED, "ask"),
        (Fact.USABLE, State.ACTIVE, "record-contact"),
        (Fact.REVIEW_OPEN, State.WAITING, "review"),
        (Fact.HELP_BEGAN, State.CANCEL_REQUESTED, "complete"),
        (Fact.ENDED_LATELY, State.DECLINED, "reopen"),
        (Fact.NO_TWIN, State.DECLINED, "reopen"),
        (Fact.REQUEST_LIVES, State.DECLINED, "reopen"),
        (Fact.NOT_REFUSED, State.DECLINED, "reopen"),
        (Fact.DEAL, State.DECLINED, "reopen"),
        (Fact.ROOM, State.OPENED, "accept"),
        (Fact.OPEN, State.OPENED, "accept"),
        (Fact.IN_TIME, State.OPENED, "accept"),
        (Fact.FRESH, State.ACCEPTED, "decline"),
        (Fact.ROOM, State.WAITING, "start"),
    ],
)
def test_some_rows_are_offered_only_once_a_fact_is_true(
    fact: Fact, state: State, action: str
) -> None:
    assert action not in actions(state, {Who.RECEIVER}, set(Fact) - {fact})
    assert action in actions(state, {Who.RECEIVER}, set(Fact))


@pytest.mark.parametrize("fact", [Fact.AGREED, Fact.ASKABLE, Fact.DEAL])
def test_nothing_is_offered_to_be_sent_that_would_be_refused(fact: Fact) -> None:
    assert actions(State.PROPOSED, {Who.REFERRER}, set(Fact) - {fact}) == ("cancel",)


def test_whatever_a_row_asks_for_is_known_of() -> None:
    asked = {fact for row in TABLE for fact in row.facts}
    assert asked == set(Fact) == set(TRUE)


def test_only_a_manager_reassigns_and_only_an_officer_ends_what_another_agency_halted() -> None:
    assert actions(State.ACTIVE, {Who.MANAGER}) == ("reassign",)
    assert actions(State.HALTED, {Who.OFFICER}) == ("withdraw",)
    assert actions(State.PROPOSED, {Who.COORDINATOR}, ALL_IS_WELL) == ("send", "cancel")


def test_the_four_results_of_a_review_lead_where_they_say() -> None:
    found = {
        result: row_for(
            "review", State.WAITING, {Who.RECEIVER}, {Fact.USABLE, Fact.REVIEW_OPEN}, result
        )
        for result in Result
    }

    assert {result: row.after for result, row in found.items() if row is not None} == {
        Result.EXTENDED: State.WAITING,
        Result.RETURNED: State.RETURNED,
        Result.NEEDS_CHANGED: State.WITHDRAWN,
        Result.RE_REFER_LATER: State.RETURNED,
    }


def test_every_row_that_is_a_callers_is_guarded_by_the_part_they_act_in() -> None:
    for row in TABLE:
        assert (Guard.G4 in row.guards) == (row.who != {Who.SYSTEM})


@given(
    st.sampled_from(list(State)),
    st.sampled_from(sorted({row.action for row in TABLE if row.action})),
    st.sets(st.sampled_from(list(Who))),
    st.sets(st.sampled_from(list(Fact))),
)
def test_a_command_passes_exactly_when_it_is_offered(
    state: State, action: str, parts: set[Who], facts: set[Fact]
) -> None:
    offered = actions(state, parts, facts)

    assert (row_for(action, state, parts, facts) is not None) == (action in offered)


def steps(*told: str) -> list[tuple[str, str]]:
    return [(number, f"referral.{event}") for number, event in map(str.split, told)]


TO_OPENED = ("T5 proposed", "T7 sent", "T8 opened")


def test_a_history_leads_to_its_state_and_an_impossible_one_is_refused() -> None:
    assert replay(steps(*TO_OPENED, "T11 accepted")) is State.ACCEPTED
    assert replay(steps("T5 proposed", "T7 sent", "T12 declined")) is State.DECLINED
    with pytest.raises(ValueError, match="T11 cannot follow sent"):
        replay(steps("T5 proposed", "T7 sent", "T11 accepted"))


def test_what_was_halted_while_asked_to_stop_comes_back_step_by_step() -> None:
    accepted = (*TO_OPENED, "T11 accepted")
    asked = (*accepted, "T25 cancel_requested")
    halted = (*asked, "T26 halted", "T26 acknowledged")

    assert state_before(steps(*halted)) is State.CANCEL_REQUESTED
    resumed = (*halted, "T27 resumed")
    assert replay(steps(*resumed)) is State.CANCEL_REQUESTED
    assert state_before(steps(*resumed)) is State.ACCEPTED
    assert replay(steps(*resumed, "T25 cancel_refused")) is State.ACCEPTED
    assert replay(steps(*resumed, "T25 withdrawn")) is State.WITHDRAWN
    assert replay(steps(*halted, "T28 withdrawn")) is State.WITHDRAWN


def test_every_step_that_is_told_leads_to_one_state_or_back() -> None:
    for event in {row.event for row in TABLE} - {"referral.withdrawn"}:
        assert len({row.after for row in TABLE if row.event == event}) == 1


def test_every_event_of_a_referral_in_the_catalogue_has_a_row() -> None:
    told = {kind.removesuffix(".v1") for kind in CATALOGUE if kind.startswith("referral.")}
    assert told == {row.event for row in TABLE}


def test_what_was_held_goes_on_where_it_was_and_may_be_stopped_meanwhile() -> None:
    waiting = (*TO_OPENED, "T11 accepted", "T15 waiting")
    held = (*waiting, "T36 contacted", "T22 held", "T33 reassigned")

    assert replay(steps(*held)) is State.ON_HOLD
    assert replay(steps(*held, "T22 resumed")) is State.WAITING
    assert replay(steps(*held, "T26 halted", "T27 resumed", "T22 resumed")) is State.WAITING
    assert replay(steps(*held, "T35 withdrawn")) is State.WITHDRAWN
    assert replay(steps(*held, "T25 cancel_requested", "T25 cancel_refused")) is State.ON_HOLD


def test_what_takes_up_an_earlier_referral_is_told_of_the_new_one() -> None:
    assert replay(steps("T5 proposed", "T30 reopened", "T7 sent")) is State.SENT
    with pytest.raises(ValueError, match="T30 cannot follow declined"):
        replay(steps("T5 proposed", "T7 sent", "T12 declined", "T30 reopened"))


def test_no_row_leaves_a_terminal_state() -> None:
    for row in TABLE:
        if row.before & TERMINAL:
            assert row.then in {After.SAME, After.ANOTHER}


def test_a_row_names_a_state_or_says_where_else_it_leads() -> None:
    for row in TABLE:
        assert (row.after is None) == (row.then is not None)


@dataclass(frozen=True)
class Stood:
    state: str
    answered_at: datetime | None = None
    started_on: date | None = None


A_MOMENT, A_DAY = datetime(2026, 11, 23, tzinfo=UTC), date(2026, 11, 24)


@pytest.mark.parametrize(
    ("stood", "word", "waits"),
    [
        (Stood("cancel_requested"), "Sent", False),
        (Stood("cancel_requested", A_MOMENT), "Accepted", False),
        (Stood("cancel_requested", A_MOMENT, A_DAY), "Being helped", False),
        (Stood("on_hold", A_MOMENT, A_DAY), "Being helped", False),
        (Stood("on_hold", A_MOMENT), "Accepted", True),
        (Stood("waiting", A_MOMENT), "Accepted", True),
        (Stood("completed", A_MOMENT, A_DAY), "Finished", False),
    ],
)
def test_what_pauses_keeps_its_word_and_nobody_who_waits_is_called_helped(
    stood: Stood, word: str, waits: bool
) -> None:
    assert stage_of(stood) == word
    assert is_not_yet_supported(stood) == waits
