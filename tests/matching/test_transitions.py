"""The table of transitions: what it allows, offers and forbids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.plain import EVENTS, STAGES
from services.matching.domain.transitions import (
    LIVE,
    TABLE,
    State,
    Who,
    actions,
    replay,
    row_for,
    state_before,
)
from shared.bus.catalogue import CATALOGUE


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
        (State.OPENED, ("accept", "ask", "decline")),
        (State.INFO_REQUESTED, ("accept", "decline")),
        (State.ACCEPTED, ("decline",)),
        (State.CANCEL_REQUESTED, ("confirm-cancel", "refuse-cancel")),
        (State.HALTED, ("acknowledge", "withdraw")),
        (State.DECLINED, ()),
    ],
)
def test_the_receiver_is_offered_what_the_table_allows(
    state: State, offered: tuple[str, ...]
) -> None:
    assert actions(state, {Who.RECEIVER}) == offered


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.PROPOSED, ("cancel",)),
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
    assert actions(state, {Who.REFERRER}) == offered


def test_only_the_receiver_of_a_self_referral_answers_a_question_for_the_person() -> None:
    assert actions(State.INFO_REQUESTED, {Who.STAND_IN}) == ("answer",)
    assert actions(State.OPENED, {Who.STAND_IN}) == ()


@given(
    st.sampled_from(list(State)),
    st.sampled_from(sorted({row.action for row in TABLE if row.action})),
    st.sets(st.sampled_from(list(Who))),
)
def test_a_command_passes_exactly_when_it_is_offered(
    state: State, action: str, parts: set[Who]
) -> None:
    assert (row_for(action, state, parts) is not None) == (action in actions(state, parts))


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


def test_no_row_leaves_a_terminal_state() -> None:
    for row in TABLE:
        assert not row.before & (frozenset(State) - LIVE)
