"""The table of what may happen to a request: it refuses, it offers, and it leaves no gap."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.due import Due, Step, in_order, of_consent, of_referral
from services.intake.domain.needs_met import every_need_met
from services.intake.domain.pattern import Past, patterns
from services.intake.domain.request_transitions import (
    ENDED,
    KNOWN,
    TABLE,
    RequestState,
    Who,
    actions,
    replay,
    row_for,
)
from shared.bus.catalogue import CATALOGUE

SERVICE, ONE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


def test_each_row_but_the_first_has_an_event_that_the_catalogue_knows() -> None:
    for row in TABLE:
        assert bool(row.event) == (row.number != "T1"), row.number
        assert row.event is None or f"{row.event}.v1" in CATALOGUE, row.number


def test_each_row_that_somebody_else_than_the_system_takes_says_how_and_where() -> None:
    for row in TABLE:
        by_system_alone = row.who == {Who.SYSTEM}
        assert bool(row.action) != by_system_alone, row.number
        assert bool(row.where) != by_system_alone, row.number


def test_nothing_follows_an_ended_request_but_a_flag_a_word_a_correction_or_erasure() -> None:
    for state in ENDED:
        assert set(actions(state, Who)) <= {"flag", "feedback", "void", "erase"}


@given(st.sampled_from(TABLE), st.sampled_from([*RequestState]), st.sampled_from([*Who]))
def test_what_is_offered_is_what_passes(row: object, state: RequestState, who: Who) -> None:
    for one in TABLE:
        if one.action:
            offered = one.action in actions(state, [who])
            assert offered == (row_for(one.action, state, [who]) is not None)


@pytest.mark.parametrize(
    ("numbers", "state"),
    [
        (("T1", "T3", "T32", "T40"), "closed"),
        (("T1", "T2", "T3", "T23"), "withdrawn"),
        (("T3", "T37", "T31"), "entered_in_error"),
    ],
)
def test_a_history_leads_to_one_state(numbers: tuple[str, ...], state: str) -> None:
    assert replay(numbers) == state


@pytest.mark.parametrize("numbers", [("T1", "T23"), ("T3", "T23", "T32"), ("T3", "T31", "T31")])
def test_an_impossible_history_is_refused(numbers: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="cannot follow"):
        replay(numbers)


def test_the_person_may_stop_whatever_is_known_to_us() -> None:
    assert all(row_for("withdraw", state, [Who.PERSON]) for state in KNOWN)


class Took:
    """A step as intake keeps it."""

    def __init__(self, referral: UUID, state: str, *needs: str) -> None:
        self.referral_id, self.state, self.needs = referral, state, needs or None


def test_a_request_is_done_when_every_need_has_a_completed_referral_and_none_is_live() -> None:
    done = [Took(ONE, "sent", "debt", "food"), Took(ONE, "completed")]

    assert every_need_met(("debt", "food"), done)
    assert not every_need_met(("debt", "housing"), done)
    assert not every_need_met(("debt",), [*done, Took(OTHER, "sent", "debt")])
    assert every_need_met(("debt",), [*done, Took(OTHER, "sent"), Took(OTHER, "declined")])
    assert not every_need_met((), [])


def test_a_pattern_counts_and_says_of_how_many() -> None:
    past = [
        Past(SERVICE, ("proposed", "sent", "accepted", "withdrawn")),
        Past(SERVICE, ("sent", "declined"), "OUT_OF_AREA"),
        Past(SERVICE, ("sent", "opened", "declined"), "OUT_OF_AREA"),
        Past(SERVICE, ("sent", "declined"), "NO_CAPACITY"),
        Past(SERVICE, ("sent",)),
        Past(SERVICE, ("sent", "cancelled")),
        Past(OTHER, ("proposed",)),
    ]

    found = patterns(past)

    assert set(found) == {SERVICE}
    seen = found[SERVICE]
    counted = (seen.sent, seen.accepted, seen.declined, seen.unanswered)
    assert counted == (6, 1, 3, 1)
    assert seen.reasons == (("OUT_OF_AREA", 2), ("NO_CAPACITY", 1))


def test_what_is_due_of_a_referral_is_what_its_present_state_waits_for() -> None:
    from datetime import UTC, date, datetime

    soon, later = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)
    sent, asked = Step("sent", soon), Step("info_requested", later)

    assert of_referral([sent, Step("opened")], "Debt") == (Due("answer", soon, "Debt"),)
    assert of_referral([sent, asked], "Debt") == (Due("question", later, "Debt"),)
    assert of_referral([sent, Step("accepted", None, date(2026, 12, 5))], "Debt") == (
        Due("start", date(2026, 12, 5), "Debt"),
    )
    assert of_referral([sent, Step("declined")], "Debt") == ()
    assert Due("answer", soon).is_late(later)
    assert not Due("start", date(2026, 12, 1)).is_late(later)
    dues = (*of_consent("given", date(2026, 12, 2), later), *of_consent("requested", None, None))
    assert [due.what for due in in_order(dues)] == ["consent_ends", "confirm", "consent_asked"]
    assert of_consent("withdrawn", date(2026, 12, 2), later) == ()
