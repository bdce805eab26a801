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
        (State.SENT, ("open", "decline")),
        (State.OPENED, ("accept", "decline")),
        (State.ACCEPTED, ()),
        (State.DECLINED, ()),
    ],
)
def test_the_receiver_is_offered_what_the_table_allows(
    state: State, offered: tuple[str, ...]
) -> None:
    assert actions(state, {Who.RECEIVER}) == offered
    assert actions(state, {Who.REFERRER}) == ()


@given(
    st.sampled_from(list(State)),
    st.sampled_from(["open", "accept", "decline"]),
    st.sets(st.sampled_from(list(Who))),
)
def test_a_command_passes_exactly_when_it_is_offered(
    state: State, action: str, parts: set[Who]
) -> None:
    assert (row_for(action, state, parts) is not None) == (action in actions(state, parts))


def test_a_history_leads_to_its_state_and_an_impossible_one_is_refused() -> None:
    assert replay(["T5", "T7", "T8", "T11"]) is State.ACCEPTED
    assert replay(["T5", "T7", "T12"]) is State.DECLINED
    with pytest.raises(ValueError, match="T11 cannot follow sent"):
        replay(["T5", "T7", "T11"])


def test_no_row_leaves_a_terminal_state() -> None:
    for row in TABLE:
        assert not row.before & (frozenset(State) - LIVE)
