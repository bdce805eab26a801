"""Consents and ends of requests in any order, doubled and told again: the same agencies may go on.

What was sent before its consent was lost is halted and keeps its place; what was not sent yet
stays proposed. Either way nobody may go on, and no place is promised twice.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.matching.domain.agreement import Agreement, Source
from services.matching.domain.transitions import LIVE, State, replay
from shared.bus.envelope import Message
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_never_over_allocated import promised

KINDS = ("identity", "story")
ENDS = (
    ("withdrawn", {"reason": None}),
    ("closed", {"outcome": "DIED"}),
    ("voided", {"reason": "MADE_IN_ERROR"}),
    ("erased", {}),
)
SOME = st.lists(st.sampled_from(KINDS), min_size=1, unique=True)
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


class Told:
    """One request, and everything that was told of it, in the order in which it happened."""

    def __init__(self, ear: Ear, services: list[UUID], first: tuple[UUID, ...]) -> None:
        self.ear, self.count = ear, 1
        matching = ear.matching
        self.request = matching.a_request(*first, services=tuple(services))
        self.consents: list[UUID] = []
        self.given: dict[UUID, list[dict[str, Any]]] = {}
        self.ended: dict[UUID, list[dict[str, Any]]] = {}
        self.over = False
        self.said: list[Message] = []
        self.gives(*(grant(agency) for agency in first), consent=self.request.consent_id)
        self.said.append(ear.submitted(self.request))

    def gives(self, *grants: dict[str, Any], consent: UUID | None = None) -> None:
        self.consents.append(consent or new_id())
        self.given[self.consents[-1]] = list(grants)
        self.said.append(self.ear.given(self.request, *grants, consent=self.consents[-1]))

    def takes_back(self, which: int, *grants: dict[str, Any]) -> None:
        self.count += 1
        consent = self.consents[which % len(self.consents)]
        self.ended.setdefault(consent, []).extend(grants)
        self.said.append(self.ear.ended(self.request, consent, *grants, sequence=self.count))

    def overrides(self, agency: UUID, *, upheld: bool) -> None:
        ids = {"override_id": new_id(), "request_id": self.request.request_id}
        grants = [grant(agency)]
        self.given[ids["override_id"]] = grants
        self.ended[ids["override_id"]] = [] if upheld else grants
        self.said.append(self.ear.message("override.recorded", **ids, grants=grants))
        said = "upheld" if upheld else "ended"
        reviewed = self.ear.message("override.reviewed", **ids, decision=said, remaining=[])
        self.said.append(reviewed)

    def ends(self, kind: str, told: dict[str, Any]) -> None:
        self.over = True
        self.count += 1
        self.said.append(self.ear.over(self.request, kind, self.count, **told))

    def expected(self) -> set[UUID]:
        """Return the agencies that may go on, reckoned plainly from all that was told."""
        needed = {ADVICE: {"story"}, MONEY: set()}
        may = set()
        for agency, need in needed.items():
            pairs = [
                (_named(g, agency), _named(self.ended.get(c, []), agency))
                for c, g in self.given.items()
            ]
            live = set().union(*(gave - gone for gave, gone in pairs))
            ever = set().union(*(gave for gave, _ in pairs))
            if live and need & ever <= live and not self.over:
                may.add(agency)
        return may


def _named(grants: list[dict[str, Any]], agency: UUID) -> set[str]:
    return set().union(*(set(g["categories"]) for g in grants if g["recipient"] == agency))


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, tuple[Any, ...]]]:
    agency = st.sampled_from([ADVICE, MONEY])
    step = st.one_of(
        st.tuples(st.just("gives"), st.tuples(agency, SOME)),
        st.tuples(st.just("takes_back"), st.tuples(st.integers(0, 3), agency, SOME)),
        st.tuples(st.just("overrides"), st.tuples(agency, st.booleans())),
    )
    steps = draw(st.lists(step, max_size=6))
    return [*steps, *draw(st.sampled_from([[], *([("ends", end)] for end in ENDS)]))]


def lived(told: Told, steps: list[tuple[str, tuple[Any, ...]]]) -> list[Message]:
    for name, args in steps:
        if name == "gives":
            told.gives(grant(args[0], *args[1]))
        elif name == "takes_back":
            told.takes_back(args[0], grant(args[1], *args[2]))
        elif name == "overrides":
            told.overrides(args[0], upheld=args[1])
        else:
            told.ends(*args)
    return told.said


def going_on(matching: Matching, told: Told) -> set[UUID]:
    """Return the agencies that may go on with the request."""
    waiting = {State.PROPOSED, State.HALTED}
    rows = matching.referrals(told.request)
    return {row.agency_id for row in rows if row.state in LIVE - waiting}


def adds_up(matching: Matching, services: list[UUID]) -> None:
    for service in services:
        figures = matching.capacity(service)
        assert (figures.reserved, figures.accepted) == promised(matching, service)
        assert figures.reserved + figures.accepted <= figures.places
    for referral in matching.referrals():
        steps = [(e.transition, e.event) for e in matching.history(referral)]
        assert replay(steps) == referral.state


@QUICK
@given(steps=lives(), first=st.sampled_from([(ADVICE,), (ADVICE, MONEY)]), data=st.data())
def test_in_whatever_order_it_is_told_the_same_agencies_go_on(
    steps: list[tuple[str, tuple[Any, ...]]], first: tuple[UUID, ...], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        matching = Matching(Path(folder))
        ear = Ear(matching)
        services = matching.publishes(
            a_service(ADVICE, places=5, categories=["story"]), a_service(MONEY, places=5)
        )
        orderly, other = Told(ear, services, first), Told(ear, services, first)
        lived(orderly, steps)
        story = lived(other, steps)
        doubled = data.draw(st.lists(st.sampled_from(story), max_size=3))
        shuffled = data.draw(st.permutations([*story, *doubled]))

        ear.hears(*orderly.said)
        for message in shuffled:
            ear.hears(message)

        assert going_on(matching, other) == going_on(matching, orderly) == other.expected()
        adds_up(matching, services)
        matching.store.close()


@QUICK
@given(end=st.sampled_from(ENDS), data=st.data())
def test_however_late_or_early_a_request_ends_nothing_of_it_lives_and_no_place_is_kept(
    end: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        matching = Matching(Path(folder))
        ear = Ear(matching)
        services = matching.publishes(a_service(ADVICE, places=1), a_service(MONEY, places=1))
        told = Told(ear, services, (ADVICE,))
        story = lived(told, [("gives", (MONEY, KINDS)), ("takes_back", (0, ADVICE, KINDS))])
        told.ends(*end)

        for message in data.draw(st.permutations(story)):
            ear.hears(message)

        assert not [row for row in matching.referrals() if row.state in LIVE]
        assert [matching.capacity(service).reserved for service in services] == [0, 0]
        matching.store.close()


class Withdrawing(RuleBasedStateMachine):
    """People agree, take back and end; agencies answer meanwhile; places are few."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.matching = Matching(Path(self.folder.name))
        self.ear = Ear(self.matching)
        services = a_service(ADVICE, places=1), a_service(MONEY, places=1)
        self.services = self.matching.publishes(*services)
        self.told: list[Told] = []

    @rule(first=st.sampled_from([(ADVICE,), (ADVICE, MONEY)]))
    def asks(self, first: tuple[UUID, ...]) -> None:
        self.told.append(Told(self.ear, self.services, first))
        self.ear.hears(*self.told[-1].said)

    @rule(which=st.integers(0, 3), agency=st.sampled_from([ADVICE, MONEY]), gives=st.booleans())
    def changes_their_mind(self, which: int, agency: UUID, gives: bool) -> None:
        if self.told:
            told = self.told[which % len(self.told)]
            if gives:
                told.gives(grant(agency))
            else:
                told.takes_back(which, grant(agency))
            self.ear.hears(told.said[-1])

    @rule(which=st.integers(0, 3), end=st.sampled_from(ENDS))
    def ends(self, which: int, end: tuple[str, dict[str, Any]]) -> None:
        if self.told:
            told = self.told.pop(which % len(self.told))
            told.ends(*end)
            self.ear.hears(told.said[-1])
            assert going_on(self.matching, told) == set()

    @rule(which=st.integers(0, 3), yes=st.booleans())
    def answers(self, which: int, yes: bool) -> None:
        sent = [row for row in self.matching.referrals() if row.state == "sent"]
        if sent:
            referral = sent[which % len(sent)]
            self.matching.opens(referral)
            if yes:
                self.matching.accepts(referral)
            else:
                self.matching.declines(referral, "NO_CAPACITY")

    @invariant()
    def places_add_up_and_every_state_is_what_its_history_says(self) -> None:
        if hasattr(self, "matching"):
            adds_up(self.matching, self.services)

    def teardown(self) -> None:
        if hasattr(self, "matching"):
            self.matching.store.close()
            self.folder.cleanup()


TestWithdrawing = Withdrawing.TestCase
TestWithdrawing.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_nobody_hidden_is_ever_agreed_to() -> None:
    given = {ADVICE: frozenset(KINDS), MONEY: frozenset(KINDS)}
    source = Source(SURGERY, given, {})

    agreement = Agreement(given, (source,), frozenset({ADVICE}))

    assert agreement.agencies() == {MONEY}
    assert not agreement.suffices(ADVICE, ())
