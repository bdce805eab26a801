"""The guide in memory says what the database says, whoever wrote it and whatever was undone."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import update

from services.matching.domain.criteria import Situation
from services.matching.storage import tables as t
from services.matching.storage.guide import as_entry
from services.matching.usecases import place_request
from tests.matching.drivers import ADVICE, MONEY, WANDSWORTH, Matching, a_service

if TYPE_CHECKING:
    from services.matching.domain.choice import Entry
    from services.matching.storage import MatchingTransaction

ASKING = Situation(("debt",), (WANDSWORTH,))
MERTON = "E09000024"
BOTH = pytest.mark.usefixtures("where")


class UndoneError(Exception):
    """A transaction that does not commit."""


def remembered(tx: MatchingTransaction, asking: Situation = ASKING) -> dict[UUID, Entry]:
    return {option.entry.service_id: option.entry for option in tx.options(asking)}


def stored(tx: MatchingTransaction, asking: Situation = ASKING) -> dict[UUID, Entry]:
    areas = set(asking.area_codes)
    entries = [as_entry(row) for row in tx.candidates(asking.needs)]
    return {
        entry.service_id: entry
        for entry in entries
        if not areas or not entry.criteria.area_codes or areas & set(entry.criteria.area_codes)
    }


def known(matching: Matching) -> set[UUID]:
    with matching.store.read() as tx:
        return set(remembered(tx))


@BOTH
def test_what_another_process_changes_is_known_at_the_next_look(matching: Matching) -> None:
    offer = a_service(ADVICE)
    (service,) = matching.publishes(offer)
    assert known(matching) == {service}
    beside = Matching(matching.settings.var)

    beside.publishes({**offer, "area_codes": [MERTON]})
    assert known(matching) == set()
    beside.publishes(offer)
    assert known(matching) == {service}
    beside.says_places(service, 0)
    assert matching.referrals(matching.asks(ADVICE)) == []


@BOTH
def test_a_closed_service_is_asked_by_nobody_from_the_moment_it_closes(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    matching.asks(ADVICE)
    beside = Matching(matching.settings.var)

    with beside.store.begin() as tx:
        tx.change_service(service, closed=True)

    assert matching.referrals(matching.asks(ADVICE)) == []


@BOTH
def test_an_agency_that_leaves_is_asked_no_more(matching: Matching) -> None:
    offer = a_service(ADVICE)
    matching.publishes(offer)
    matching.asks(ADVICE)

    matching.agencies[0]["active"] = False
    matching.publishes(offer)

    assert matching.referrals(matching.asks(ADVICE)) == []


@BOTH
def test_what_a_transaction_wrote_and_undid_leaves_no_trace(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=1))
    assert known(matching) == {service}
    held = matching.a_request(ADVICE)

    with pytest.raises(UndoneError), matching.store.begin() as tx:
        place_request(held, tx)
        assert remembered(tx)[service].standing.places.free == 0
        raise UndoneError

    assert matching.the_referral(matching.asks(ADVICE)).state == "sent"


@BOTH
def test_one_batch_sees_the_places_it_gave_itself(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE, places=2))

    matching.hears(*(matching.a_request(ADVICE) for _ in range(5)))

    assert len(matching.referrals()) == 2
    assert len(matching.announced("match.failed")) == 3


@BOTH
def test_a_change_that_did_not_say_so_is_found_before_anybody_is_asked(matching: Matching) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    matching.asks(ADVICE)
    shut = update(t.service).where(t.service.c.id == service).values(closed=True)
    with matching.store.begin() as tx:
        tx.execute(shut)

    late = matching.asks(ADVICE)

    assert matching.referrals(late) == []
    assert matching.announced("match.failed")[-1]["reasons"] == ["CLOSED_TO_REFERRALS"]


class Guide(RuleBasedStateMachine):
    """Two processes that publish, place, count and undo."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        first = Matching(Path(self.folder.name))
        self.doors = [first, Matching(Path(self.folder.name))]
        self.offers = [a_service(agency, places=3) for agency in (ADVICE, MONEY, ADVICE)]
        first.publishes(*self.offers)

    @rule(
        door=st.integers(0, 1),
        which=st.integers(0, 2),
        needs=st.sampled_from([["debt"], ["food"], ["debt", "food"]]),
        areas=st.sampled_from([[WANDSWORTH], [MERTON], []]),
        status=st.sampled_from(["open", "closed_to_referrals"]),
    )
    def publishes(self, door: int, which: int, **values: Any) -> None:
        values["area_codes"] = values.pop("areas")
        self.offers[which] = {**self.offers[which], **values}
        self.doors[door].publishes(self.offers[which])

    @rule(door=st.integers(0, 1), count=st.integers(1, 3), undone=st.booleans())
    def asks(self, door: int, count: int, undone: bool) -> None:
        matching = self.doors[door]
        with suppress(UndoneError), matching.store.begin() as tx:
            for _ in range(count):
                place_request(matching.a_request(ADVICE, MONEY), tx)
                assert remembered(tx) == stored(tx)
            if undone:
                raise UndoneError

    @rule(door=st.integers(0, 1), which=st.integers(0, 2), places=st.integers(0, 4))
    def says_places(self, door: int, which: int, places: int) -> None:
        for one in self.doors:
            one.clock.advance(timedelta(minutes=1))
        self.doors[door].says_places(UUID(self.offers[which]["id"]), places)

    @invariant()
    def memory_is_what_is_stored(self) -> None:
        for matching in getattr(self, "doors", ()):
            with matching.store.read() as tx:
                for asking in (ASKING, Situation(("debt", "food"), ()), Situation(("food",))):
                    assert remembered(tx, asking) == stored(tx, asking)

    def teardown(self) -> None:
        for matching in getattr(self, "doors", ()):
            matching.store.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestGuide = Guide.TestCase
TestGuide.settings = settings(
    max_examples=6, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
