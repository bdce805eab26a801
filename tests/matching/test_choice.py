"""Whom to ask: explainable, fair among equals, and never without agreement."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.capacity import Places, Standing, Way
from services.matching.domain.choice import Choice, Entry, choose, choose_named
from services.matching.domain.criteria import Criteria, Situation

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
A, B, C = (UUID(int=n) for n in (1, 2, 3))
ASKING = Situation(("debt",), ("E1",), 46, "en", 2)


def an_entry(
    agency: UUID,
    *,
    needs: tuple[str, ...] = ("debt",),
    free: int | None = 1,
    waits: bool = False,
    offered: int | None = None,
    wait: int | None = None,
    area: str = "E1",
    closed: bool = False,
) -> Entry:
    places = None if free is None else Places(free, NOW, takes_waiting_list=waits)
    return Entry(
        service_id=UUID(int=agency.int + 100),
        agency_id=agency,
        criteria=Criteria(needs=needs, area_codes=(area,)),
        standing=Standing(places, date(2026, 9, 1), closed=closed),
        forecast_wait_days=wait,
        last_offered_at=NOW - timedelta(days=offered) if offered is not None else None,
    )


def agencies_sent(choice: Choice) -> list[UUID]:
    return [pick.candidate.entry.agency_id for pick in choice.sends]


def test_a_free_place_beats_a_waiting_list() -> None:
    choice = choose(ASKING, [an_entry(A, free=0, waits=True), an_entry(B)], frozenset({A, B}), NOW)

    assert agencies_sent(choice) == [B]


def test_a_shorter_wait_beats_a_longer_one() -> None:
    choice = choose(ASKING, [an_entry(A, wait=20), an_entry(B, wait=5)], frozenset({A, B}), NOW)

    assert agencies_sent(choice) == [B]
    assert "wait:5" in choice.sends[0].reasons


def test_among_equals_the_one_longest_without_an_offer_comes_first_and_says_so() -> None:
    choice = choose(
        ASKING, [an_entry(A, offered=1), an_entry(B, offered=9)], frozenset({A, B}), NOW
    )

    assert agencies_sent(choice) == [B]
    assert "longest_without_offer" in choice.sends[0].reasons


def test_one_referral_where_one_service_covers_several_needs() -> None:
    both = Situation(("debt", "housing"), ("E1",), 46)
    entries = [an_entry(A), an_entry(B, needs=("debt", "housing")), an_entry(C, needs=("housing",))]

    choice = choose(both, entries, frozenset({A, B, C}), NOW)

    assert agencies_sent(choice) == [B]
    assert choice.sends[0].needs == ("debt", "housing")


def test_needs_no_single_service_covers_go_to_several() -> None:
    both = Situation(("debt", "food"), ("E1",), 46)

    choice = choose(both, [an_entry(A), an_entry(B, needs=("food",))], frozenset({A, B}), NOW)

    assert sorted(agencies_sent(choice)) == [A, B]


def test_the_only_service_is_proposed_when_the_person_has_not_agreed_to_it() -> None:
    choice = choose(ASKING, [an_entry(A)], frozenset({B}), NOW)

    assert choice.sends == ()
    assert [p.candidate.entry.agency_id for p in choice.proposals] == [A]
    assert choice.failures == ()


def test_a_better_one_is_proposed_beside_the_one_that_is_sent() -> None:
    choice = choose(ASKING, [an_entry(A), an_entry(B, free=0, waits=True)], frozenset({B}), NOW)

    assert agencies_sent(choice) == [B]
    assert [p.candidate.entry.agency_id for p in choice.proposals] == [A]


def test_an_equal_one_is_not_proposed_beside_the_one_that_is_sent() -> None:
    choice = choose(ASKING, [an_entry(A), an_entry(B, offered=1)], frozenset({B}), NOW)

    assert agencies_sent(choice) == [B]
    assert choice.proposals == ()


def test_nobody_left_is_a_failure_that_names_every_reason() -> None:
    entries = [an_entry(A, free=0), an_entry(B, area="E2"), an_entry(C, closed=True)]

    choice = choose(ASKING, entries, frozenset({A, B, C}), NOW)

    assert choice.sends == ()
    (failure,) = choice.failures
    assert failure.reasons == ("CLOSED_TO_REFERRALS", "NO_CAPACITY", "OUT_OF_AREA")


def test_a_need_nobody_offers_is_a_failure_too() -> None:
    choice = choose(ASKING, [an_entry(A, needs=("food",))], frozenset({A}), NOW)

    assert choice.failures[0].reasons == ("SERVICE_NOT_PROVIDED",)


def test_named_services_are_exactly_those_in_parallel_even_where_a_criterion_fails() -> None:
    entries = [an_entry(A), an_entry(B, area="E2"), an_entry(C)]
    named = [entries[0].service_id, entries[1].service_id]

    choice = choose_named(ASKING, entries, named, frozenset({A, B, C}), NOW)

    assert agencies_sent(choice) == [A, B]


def test_a_named_service_of_unknown_capacity_is_an_enquiry_and_a_full_one_a_failure() -> None:
    entries = [an_entry(A, free=None), an_entry(B, free=0)]
    named = [entry.service_id for entry in entries]

    choice = choose_named(ASKING, entries, named, frozenset({A, B}), NOW)

    assert [pick.candidate.way for pick in choice.sends] == [Way.ENQUIRY]
    assert [(f.service_id, f.reasons) for f in choice.failures] == [
        (entries[1].service_id, ("NO_CAPACITY",))
    ]


def test_a_service_that_is_gone_fails_as_closed() -> None:
    gone = UUID(int=999)

    choice = choose_named(ASKING, [], [gone], frozenset({A}), NOW)

    assert choice.failures[0].reasons == ("CLOSED_TO_REFERRALS",)


entries_of = st.lists(
    st.builds(
        an_entry,
        agency=st.integers(1, 6).map(lambda n: UUID(int=n)),
        needs=st.sampled_from([("debt",), ("food",), ("debt", "food")]),
        free=st.none() | st.integers(0, 2),
        waits=st.booleans(),
        offered=st.none() | st.integers(0, 3),
        wait=st.none() | st.integers(0, 3),
        area=st.sampled_from(["E1", "E2"]),
        closed=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda entry: entry.service_id,
)


@given(entries_of, st.sets(st.integers(1, 6).map(lambda n: UUID(int=n))), st.randoms())
def test_the_same_guide_in_any_order_gives_the_same_choice_and_asks_only_who_was_agreed_to(
    entries: list[Entry], agreed: set[UUID], shuffle: random.Random
) -> None:
    both = Situation(("debt", "food"), ("E1",), 46)
    other_order = shuffle.sample(entries, len(entries))

    choice = choose(both, entries, frozenset(agreed), NOW)
    again = choose(both, other_order, frozenset(agreed), NOW)

    assert choice.sends == again.sends
    assert choice.proposals == again.proposals
    assert choice.failures == again.failures
    assert set(agencies_sent(choice)) <= agreed
    assert not {p.candidate.entry.agency_id for p in choice.proposals} & agreed


@given(entries_of, st.sets(st.integers(1, 6).map(lambda n: UUID(int=n))))
def test_every_need_is_sent_proposed_or_admitted(entries: list[Entry], agreed: set[UUID]) -> None:
    both = Situation(("debt", "food"), ("E1",), 46)

    choice = choose(both, entries, frozenset(agreed), NOW)

    settled = [n for pick in (*choice.sends, *choice.proposals) for n in pick.needs]
    failed = [need for failure in choice.failures for need in failure.needs]
    assert set(settled) | set(failed) == {"debt", "food"}
    assert not set(settled) & set(failed)
