"""C1 to C10 walked at random, against the table itself and against rules said another way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.intake.domain.consent_clocks import default_end
from services.intake.domain.ledger import (
    BY_NAME,
    CHANGES,
    LIVE,
    OPEN,
    OVER,
    OVERRIDE,
    REASONS,
    STATES,
    UNKNOWN,
    Facts,
    available,
    decide,
    usable,
)

ACTORS = (
    frozenset({"person"}),
    frozenset({"client"}),
    frozenset({"staff", "worker"}),
    frozenset({"staff", "officer"}),
    frozenset({"staff", "safeguarding"}),
    frozenset({"system"}),
)
NAMES = sorted({row.name for row in CHANGES})
GRANTS = frozenset(range(4))
WHO_MAY: dict[str, set[str]] = {
    "revoke": {"officer", "governance_lead", "system"},
    "invalidate": {"officer", "governance_lead"},
    "expire": {"system"},
    "supersede": {"system"},
    "remind": {"system"},
}


class Walk(RuleBasedStateMachine):
    """One consent, its answers, and everybody who may do something to it."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date(2026, 11, 23)
        self.state = UNKNOWN
        self.until: date | None = None
        self.capable: str | None = None
        self.live: frozenset[int] = frozenset()
        self.ever: set[int] = set()
        self.over = False

    @rule(days=st.integers(1, 400))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        name=st.sampled_from(NAMES),
        by=st.sampled_from(ACTORS),
        days=st.integers(-5, 800),
        chosen=st.frozensets(st.sampled_from(sorted(GRANTS))),
        capable=st.sampled_from([None, "presumed", "lpa"]),
        reason=st.sampled_from([None, "MADE_IN_ERROR", "COERCION", "because"]),
        live_request=st.sampled_from([True, True, True, False]),
    )
    def somebody_tries(self, name: str, by: frozenset[str], **said: Any) -> None:
        answering, chosen = name in {"give", "renew"}, said["chosen"]
        until = self.today + timedelta(days=said["days"]) if answering else None
        left = self.live - chosen if name in {"withdraw", "supersede"} else frozenset()
        facts = Facts(
            state=self.state,
            by=by,
            today=self.today,
            valid_until=self.until,
            until=until,
            reason=said["reason"],
            capable_by=said["capable"] if name == "give" else self.capable,
            live_request=said["live_request"],
            something_left=bool(left),
        )
        outcome = decide(name, facts)
        assert (name, self.state) in BY_NAME or not isinstance(outcome, str)
        if not isinstance(outcome, str):
            assert outcome
            return
        self._hold_against_the_rules(name, by, facts, outcome)
        self.state = outcome
        if name == "give":
            self.until, self.capable, self.live = until, said["capable"], chosen or GRANTS
        elif name == "renew":
            self.until = until
        else:
            self.live = left if outcome in LIVE else frozenset()

    def _hold_against_the_rules(
        self, name: str, by: frozenset[str], facts: Facts, outcome: str
    ) -> None:
        assert outcome in STATES
        assert by & WHO_MAY.get(name, {"person", "client", "staff", "system"})
        assert not self.over, "what is over stays over"
        if name in {"give", "renew"}:
            assert facts.capable_by
            assert facts.until is not None
            assert self.today < facts.until <= default_end(self.today)
            assert facts.live_request
        if name == "renew":
            assert self.until is not None
            assert self.today < self.until < (facts.until or self.today)
        if name == "expire":
            assert self.until is not None
            assert self.today >= self.until
        if name in REASONS:
            assert facts.reason in REASONS[name]
        if name in {"refuse", "defer", "remind"}:
            assert self.state in OPEN

    @precondition(lambda self: self.state in LIVE)
    @rule()
    def the_person_can_always_take_it_back(self) -> None:
        facts = Facts(self.state, frozenset({"person"}), self.today, self.until, live_request=False)
        assert decide("withdraw", facts) == "withdrawn"
        assert "withdraw" in available(facts)

    @rule(by=st.sampled_from(ACTORS))
    def what_is_offered_is_not_refused_for_its_state(self, by: frozenset[str]) -> None:
        facts = Facts(self.state, by, self.today, self.until)
        for name in available(facts):
            outcome = decide(name, facts)
            assert isinstance(outcome, str) or {one.kind for one in outcome} == {"guard"}

    @invariant()
    def usable_means_given_in_time_by_somebody_who_could(self) -> None:
        counts = usable(self.state, self.until, self.capable, self.today)
        if counts:
            assert self.state in {"given", "renewed"}
            assert self.capable
            assert self.until is not None
            assert self.today < self.until
            assert self.live
        if self.state in OVER:
            assert not counts
            assert not self.live
            self.over = True


Walk.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestWalk = Walk.TestCase


def test_the_table_names_each_of_the_eleven_once_and_each_has_an_event() -> None:
    numbers = {row.number for row in (*CHANGES, OVERRIDE)}

    assert numbers == {f"C{number}" for number in range(1, 12)}
    assert all(row.event for row in (*CHANGES, OVERRIDE))
    assert {row.event.removeprefix("consent.") for row in CHANGES} == {
        "requested", "given", "refused", "deferred", "renewed", "withdrawn", "revoked",
        "expired", "invalidated", "superseded",
    }  # fmt: skip


def test_every_state_but_the_last_ones_leads_somewhere_and_each_can_be_reached() -> None:
    left = {state for row in CHANGES for state in row.before}

    assert left == set(STATES) - OVER
    assert {row.after for row in CHANGES} == set(STATES) - {UNKNOWN}
