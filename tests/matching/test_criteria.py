"""Three answers to whether a service fits, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.criteria import (
    Criteria,
    Result,
    Situation,
    age_band,
    evaluate,
    overall,
)

DEBT = Criteria(
    needs=("debt",),
    area_codes=("E09000032",),
    minimum_age=18,
    maximum_age=65,
    threshold=(1, 2),
    languages=("en", "cy"),
    interpreters=False,
)
FITS = Situation(("debt",), ("E09000032", "E05014024"), 46, "en", 2)


def finding(criterion: str, criteria: Criteria, situation: Situation) -> object:
    return next(f for f in evaluate(criteria, situation) if f.criterion == criterion)


def test_all_criteria_met_is_met_and_names_codes_and_bands() -> None:
    findings = evaluate(DEBT, FITS)

    assert overall(findings) is Result.MET
    facts = {f.criterion: f.fact for f in findings}
    assert facts == {
        "needs": "debt",
        "area": "E09000032",
        "age": "45-54",
        "threshold": "2",
        "language": "en",
        "group": "any",
    }


@pytest.mark.parametrize(
    ("criterion", "changes", "reason"),
    [
        ("needs", {"needs": ("food",)}, "SERVICE_NOT_PROVIDED"),
        ("area", {"area_codes": ("E09000024",)}, "OUT_OF_AREA"),
        ("age", {"age": 17}, "AGE_CRITERION"),
        ("age", {"age": 66}, "AGE_CRITERION"),
        ("threshold", {"threshold": 3}, "ABOVE_THRESHOLD"),
        ("language", {"language": "so"}, "NOT_ELIGIBLE_OTHER"),
    ],
)
def test_one_criterion_not_met_refuses_with_its_code(
    criterion: str, changes: dict[str, object], reason: str
) -> None:
    known = {name: getattr(FITS, name) for name in FITS.__slots__}
    situation = Situation(**{**known, **changes})

    assert overall(evaluate(DEBT, situation)) is Result.NOT_MET
    assert finding(criterion, DEBT, situation).reason == reason


def test_below_the_threshold_is_told_apart_from_above_it() -> None:
    specialist = Criteria(needs=("debt",), threshold=(3, 4))

    assert finding("threshold", specialist, FITS).reason == "BELOW_THRESHOLD"


@pytest.mark.parametrize("criterion", ["area", "age", "threshold"])
def test_what_is_not_known_is_a_question_and_never_a_refusal(criterion: str) -> None:
    nothing_known = Situation(("debt",))

    assert finding(criterion, DEBT, nothing_known).result is Result.UNKNOWN
    assert finding(criterion, DEBT, nothing_known).ask


def test_a_person_without_a_fixed_abode_is_not_out_of_area() -> None:
    assert overall(evaluate(DEBT, Situation(("debt",), (), 46, "en", 2))) is Result.UNKNOWN


def test_another_language_is_a_question_where_interpreters_are_not_mentioned() -> None:
    silent = Criteria(needs=("debt",), languages=("en",))

    assert finding("language", silent, Situation(("debt",), language="so")).result is Result.UNKNOWN


def test_silence_about_a_group_is_not_a_no() -> None:
    women = Criteria(needs=("debt",), groups=("women",))

    assert finding("group", women, FITS).result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("age", "band"), [(0, "0-4"), (17, "16-17"), (18, "18-24"), (85, "85+"), (104, "85+")]
)
def test_an_age_is_told_as_a_band(age: int, band: str) -> None:
    assert age_band(age) == band


areas = st.lists(st.sampled_from(["E1", "E2", "E3"]), max_size=2).map(tuple)
needs = st.lists(st.sampled_from(["debt", "food"]), min_size=1, max_size=2, unique=True).map(tuple)
situations = st.builds(
    Situation,
    needs=needs,
    area_codes=areas,
    age=st.none() | st.integers(0, 120),
    language=st.sampled_from(["en", "so"]),
    threshold=st.none() | st.integers(1, 4),
)
limits = st.builds(
    Criteria,
    needs=needs,
    area_codes=areas,
    minimum_age=st.none() | st.integers(0, 60),
    maximum_age=st.none() | st.integers(60, 120),
    languages=st.sampled_from([(), ("en",)]),
    interpreters=st.sampled_from([None, True, False]),
)


@given(limits, situations)
def test_the_same_question_has_the_same_answer_and_every_unknown_asks(
    criteria: Criteria, situation: Situation
) -> None:
    findings = evaluate(criteria, situation)

    assert findings == evaluate(criteria, situation)
    for found in findings:
        assert (found.result is Result.UNKNOWN) == (found.ask is not None)
        assert (found.result is Result.NOT_MET) == (found.reason is not None)


@given(limits, situations)
def test_a_fact_never_holds_the_age_itself_beyond_its_band(
    criteria: Criteria, situation: Situation
) -> None:
    facts = {f.criterion: f.fact for f in evaluate(criteria, situation)}

    assert facts["age"] in {None, "any"} or facts["age"] == age_band(situation.age or 0)


@given(limits, situations, st.integers(0, 120))
def test_learning_more_never_turns_a_refusal_into_a_yes(
    criteria: Criteria, situation: Situation, age: int
) -> None:
    unknown_age = Situation(situation.needs, situation.area_codes, None, situation.language)
    known_age = Situation(situation.needs, situation.area_codes, age, situation.language)

    if overall(evaluate(criteria, unknown_age)) is Result.NOT_MET:
        assert overall(evaluate(criteria, known_age)) is Result.NOT_MET
