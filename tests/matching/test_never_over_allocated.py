"""The last place is given once: under any order of events, and by real threads at once."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import update

from services.matching.domain.transitions import replay
from services.matching.errors import NoPlaceError
from services.matching.storage import tables as t
from shared.errors import ConflictError, OnwardError
from tests.matching.drivers import ADVICE, MONEY, Matching, a_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

ON_BOTH = pytest.mark.usefixtures("where")
A_MINUTE = timedelta(minutes=1)
ADDS_UP = "what is promised is what the rows say"


def promised(matching: Matching, service: UUID) -> tuple[int, int]:
    """Count the promises from their rows, not from the counters."""
    with matching.store.read() as tx:
        rows = tx.all(t.place.select().where(t.place.c.service_id == service))
    as_of = matching.capacity(service).as_of
    held = [row for row in rows if row.taken_at is None and row.released_at is None]
    taken = [row for row in rows if row.taken_at is not None and as_of and row.taken_at >= as_of]
    return len(held), len(taken)


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Run all of *work* in threads that start together; return results or errors."""
    results: list[Any] = [None] * len(work)
    gate = threading.Barrier(len(work))

    def run(index: int) -> None:
        gate.wait()
        try:
            results[index] = work[index]()
        except OnwardError as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def another(matching: Matching) -> Matching:
    """Open the same database a second time, as another process would."""
    return Matching(matching.settings.var)


@ON_BOTH
def test_two_receivers_taking_the_last_place_at_once_leave_one_with_none(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    referrals = [
        matching.the_referral(matching.asks(ADVICE, services=(service,))) for _ in range(2)
    ]
    for referral in referrals:
        matching.opens(referral)
    matching.says_places(service, 1)
    first, second = matching, another(matching)

    results = at_once(lambda: first.accepts(referrals[0]), lambda: second.accepts(referrals[1]))

    assert sorted(type(result) is NoPlaceError for result in results) == [False, True]
    assert matching.capacity(service).accepted == 1


@ON_BOTH
def test_many_requests_at_once_share_out_exactly_the_places_there_are(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=3))
    doors = [another(matching) for _ in range(8)]

    at_once(*(lambda door=door: door.asks(ADVICE) for door in doors))

    assert matching.capacity(service).reserved == 3
    assert len(matching.referrals()) == 3
    assert len(matching.announced("match.failed")) == 5


@ON_BOTH
def test_sixteen_allocators_at_once_take_exactly_the_fifty_places_there_are(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=50))
    doors = [another(matching) for _ in range(16)]

    def allocate(door: Matching) -> None:
        for _ in range(4):
            door.hears(door.a_request(ADVICE))

    results = at_once(*(lambda door=door: allocate(door) for door in doors))

    assert results == [None] * 16
    figures = matching.capacity(service)
    assert (figures.reserved, figures.accepted, figures.over_promised) == (50, 0, False)
    assert promised(matching, service) == (50, 0)
    assert len(matching.referrals()) == 50
    assert len(matching.announced("match.failed")) == 14


@ON_BOTH
def test_sixteen_receivers_at_once_take_on_exactly_the_nine_they_have_places_for(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    requests = [matching.a_request(ADVICE, services=(service,)) for _ in range(16)]
    matching.hears(*requests)
    referrals = [matching.opens(matching.the_referral(request)) for request in requests]
    matching.says_places(service, 9)
    doors = [another(matching) for _ in referrals]

    work = zip(doors, referrals, strict=True)
    results = at_once(*(lambda door=door, one=one: _taken_on(door, one) for door, one in work))

    assert results.count(True) == matching.capacity(service).accepted == 9
    assert promised(matching, service) == (0, 9)


def _taken_on(door: Matching, referral: Any) -> bool:
    try:
        door.accepts(referral)
    except NoPlaceError:
        return False
    return True


@ON_BOTH
def test_the_database_itself_refuses_one_promise_too_many(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1))
    over = update(t.capacity).where(t.capacity.c.service_id == service).values(reserved=2)

    with pytest.raises(ConflictError), matching.store.begin() as tx:
        tx.execute(over)


@ON_BOTH
def test_a_hold_that_believes_in_a_place_is_stopped_by_the_count_of_rows(
    matching: Matching,
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1))

    with matching.store.begin() as tx:
        assert tx.hold_place(service, tx.new_id())
        assert not tx.hold_place(service, tx.new_id())
        assert not tx.take_free_place(service, tx.new_id())


@ON_BOTH
def test_one_service_has_at_most_one_live_referral_of_a_request(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=5))
    referral = matching.the_referral(matching.asks(ADVICE))
    twin = {**referral._mapping, "id": referral.request_id}

    with pytest.raises(ConflictError), matching.store.begin() as tx:
        tx.insert(t.referral, **twin)

    matching.declines(referral, "NO_CAPACITY")
    with matching.store.begin() as tx:
        tx.insert(t.referral, **twin)
    assert matching.capacity(service).reserved == 0


def _try(command: Callable[[], Any], referral: Any) -> None:
    if referral is not None:
        with suppress(ConflictError):
            command()


class Interleaving(RuleBasedStateMachine):
    """Requests, answers and new figures in any order."""

    referrals = Bundle("referrals")

    @initialize(places=st.integers(0, 3))
    def begin(self, places: int) -> None:
        self.folder = TemporaryDirectory()
        self.matching = Matching(Path(self.folder.name))
        services = a_service(ADVICE, places=places), a_service(MONEY, places=1)
        self.services = self.matching.publishes(*services)

    @rule(target=referrals, named=st.sampled_from([(), (0,), (0, 1)]))
    def asks(self, named: tuple[int, ...]) -> Any:
        services = tuple(self.services[index] for index in named)
        request = self.matching.asks(ADVICE, MONEY, services=services)
        found = self.matching.referrals(request)
        return found[0] if found else None

    @rule(referral=referrals)
    def opens(self, referral: Any) -> None:
        _try(lambda: self.matching.opens(referral), referral)

    @rule(referral=referrals)
    def accepts(self, referral: Any) -> None:
        _try(lambda: self.matching.accepts(referral), referral)

    @rule(referral=referrals)
    def declines(self, referral: Any) -> None:
        _try(lambda: self.matching.declines(referral, "NO_CAPACITY"), referral)

    @rule(places=st.integers(0, 4), waits=st.booleans())
    def says_places(self, places: int, waits: bool) -> None:
        self.matching.clock.advance(A_MINUTE)
        self.matching.says_places(self.services[0], places, takes_waiting_list=waits)

    @invariant()
    def nothing_is_promised_twice_and_everything_adds_up(self) -> None:
        for service in getattr(self, "services", ()):
            figures = self.matching.capacity(service)
            assert (figures.reserved, figures.accepted) == promised(self.matching, service), ADDS_UP
            fits = figures.reserved + figures.accepted <= figures.places
            assert fits or figures.over_promised

    @invariant()
    def every_state_is_what_its_history_says(self) -> None:
        if hasattr(self, "matching"):
            for referral in self.matching.referrals():
                events = self.matching.history(referral)
                assert replay((event.transition, event.event) for event in events) == referral.state

    def teardown(self) -> None:
        if hasattr(self, "matching"):
            self.matching.store.close()
            self.folder.cleanup()


TestInterleaving = Interleaving.TestCase
TestInterleaving.settings = settings(
    max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations([0, 1, 2, 3, 0, 2]))
def test_shuffled_and_doubled_requests_end_with_each_placed_once(
    order: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    matching = Matching(tmp_path_factory.mktemp("shuffled"))
    (service,) = matching.publishes(a_service(ADVICE, places=3))
    requests = [matching.a_request(ADVICE) for _ in range(4)]

    for index in order:
        matching.hears(requests[index])

    placed = [len(matching.referrals(request)) for request in requests]
    assert sorted(placed) == [0, 1, 1, 1]
    assert placed[list(dict.fromkeys(order))[-1]] == 0
    assert matching.capacity(service).reserved == 3
    matching.store.close()
