"""The ledger walked at random with its store: what the gate opens is what was said last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from intake.ledger_driver import Ledger
from intake.telling import ADVICE, HOMES, a_grant

from services.intake.errors import ConsentNotPossibleError
from services.intake.usecases import consenting

if TYPE_CHECKING:
    from intake.desk import Desk

AGENCIES = (ADVICE, HOMES)
CATEGORIES = ("identity", "contact", "story", "health")
SOME = st.frozensets(st.sampled_from(CATEGORIES), min_size=1)
YEAR = timedelta(days=365)


class Walk(RuleBasedStateMachine):
    """One request on a desk that all walks share, and what ought to be open."""

    desk: Desk

    @initialize(first=SOME)
    def begins(self, first: frozenset[str]) -> None:
        end = (self.desk.clock.now() + YEAR).date()
        self.ledger = Ledger(self.desk, a_grant(ADVICE, *sorted(first)), valid_until=end)
        self.open: dict[UUID, tuple[frozenset[str], Any]] = {ADVICE: (first, end)}
        self.asked: list[UUID] = []

    @rule(agency=st.sampled_from(AGENCIES), said=SOME, days=st.integers(2, 365), yes=st.booleans())
    def answers_anew(self, agency: UUID, said: frozenset[str], days: int, yes: bool) -> None:
        end = (self.desk.clock.now() + timedelta(days=days)).date()
        other = next(one for one in AGENCIES if one != agency)
        no = [] if yes else [a_grant(other, "identity", decision="refused")]
        self.ledger.gives(a_grant(agency, *sorted(said)), *no, valid_until=end)
        self.open[agency] = (said, end)
        if no:
            self.open.pop(other, None)

    @rule(agency=st.sampled_from(AGENCIES))
    def is_asked(self, agency: UUID) -> None:
        self.asked.append(self.ledger.is_asked(agency))

    @rule(yes=st.booleans())
    def answers_a_question(self, yes: bool) -> None:
        waiting = [e for e in self.ledger.entries() if e.state == "requested"]
        if not waiting:
            return
        question, end = waiting[0], (self.desk.clock.now() + YEAR).date()
        agency = question.grants[0].recipient
        if yes:
            said = a_grant(agency, "identity")
            self.ledger.gives(said, answers=question.id, valid_until=end)
            self.open[agency] = (frozenset({"identity"}), end)
        else:
            with self.ledger.acting() as tx:
                consenting.refuse_consent(question.id, tx)

    @rule(chosen=SOME)
    def takes_some_back(self, chosen: frozenset[str]) -> None:
        for entry in self.ledger.entries():
            ids = {g.category for g in entry.live} & chosen
            mine = [g.id for g in entry.live if g.category in ids and g.id]
            if mine:
                with self.ledger.acting() as tx:
                    how: Any = {"grants": mine, "method": "phone", "reason": None}
                    consenting.withdraw_consent(entry.id, tx, **how)
        self.open = {who: (what - chosen, end) for who, (what, end) in self.open.items()}

    @rule()
    def takes_everything_back(self) -> None:
        with self.ledger.acting() as tx:
            how: Any = {"method": "online_form", "reason": None}
            consenting.withdraw_all_consents(self.ledger.request, tx, **how)
        self.open = {}
        assert not [e for e in self.ledger.entries() if e.state in {"given", "requested"}]

    @rule(days=st.integers(1, 200), looked=st.booleans())
    def time_passes(self, days: int, looked: bool) -> None:
        self.desk.clock.advance(timedelta(days=days))
        if looked:
            self.ledger.clocks_look()

    @invariant()
    def the_gate_opens_what_was_said_last_and_nothing_else(self) -> None:
        if not hasattr(self, "ledger"):
            return
        today = self.desk.clock.now().date()
        for agency in AGENCIES:
            said, end = self.open.get(agency, (frozenset(), today))
            expected = said if today < end else frozenset()
            assert self.ledger.granted(agency) == expected

    @invariant()
    def every_history_is_whole_and_its_last_event_is_the_state(self) -> None:
        for entry in self.ledger.entries() if hasattr(self, "ledger") else ():
            assert [e.sequence for e in entry.events] == [*range(1, len(entry.events) + 1)]
            assert entry.events[-1].state == entry.state

    @invariant()
    def what_was_told_last_of_an_ending_is_what_is_left(self) -> None:
        if not hasattr(self, "ledger"):
            return
        ended = [e for e in self.ledger.entries() if e.state in {"withdrawn", "superseded"}]
        assert all(not entry.live for entry in ended)
        for entry in ended:
            with pytest.raises(ConsentNotPossibleError):
                self.ledger.takes_back(entry)


def test_what_the_gate_opens_is_what_was_said_last(shared_desk: Desk) -> None:
    Walk.desk = shared_desk
    how = settings(max_examples=8, stateful_step_count=10, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(Walk, settings=how)  # type: ignore[no-untyped-call]
