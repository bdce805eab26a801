"""The closed language of criteria: what it can say, what it refuses, and what it never tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from services.matching.domain.criteria import (
    Criteria,
    Result,
    Situation,
    evaluate,
    judge,
    overall,
    question,
    wards_and_lists,
)
from services.matching.domain.rules import REFERRERS, rules_of
from services.matching.errors import GuideRefusedError
from services.matching.rule_schema import Rules
from tests.matching.drivers import ADVICE, WANDSWORTH, a_service

if TYPE_CHECKING:
    from tests.matching.drivers import Matching

ON, OFF = "listed:doorstep_round", "unlisted:doorstep_round"
ROUND = {"rule": "street_list", "any_of": ["doorstep_round"]}
POSTCODES = {"rule": "postcode_list", "any_of": ["doorstep_postcodes"]}
WARD = {"rule": "area", "any_of": ["E05014012"]}
CARERS = {"rule": "group", "any_of": ["carers"]}
YOUNG = {"rule": "age", "to": 25}
BY_WORKERS = {"rule": "referrer", "any_of": ["professional", "outreach"]}
EITHER = {"rule": "one_of", "rules": [ROUND, CARERS]}


def what(written: dict[str, Any], **known: Any) -> Any:
    criteria = Criteria(needs=("debt",), further=rules_of([written]))
    return evaluate(criteria, Situation(("debt",), **known))[-1]


@pytest.mark.parametrize(
    ("written", "known", "result", "fact"),
    [
        (ROUND, {"lists": (ON,)}, "met", "listed street"),
        (ROUND, {"lists": (OFF,)}, "not_met", "not listed"),
        (ROUND, {}, "unknown", None),
        (POSTCODES, {"lists": ("listed:doorstep_postcodes",)}, "met", "listed postcode"),
        (POSTCODES, {"lists": (ON,)}, "unknown", None),
        (BY_WORKERS, {"referrer": "outreach"}, "met", "outreach"),
        (BY_WORKERS, {"referrer": "self"}, "not_met", "self"),
        (BY_WORKERS, {}, "unknown", None),
        (YOUNG, {"age": 25}, "met", "25-34"),
        (YOUNG, {"age": 26}, "not_met", "25-34"),
        (WARD, {"area_codes": ("E09000032", "E05014012")}, "met", "E05014012"),
        (CARERS, {"groups": ("carers",)}, "met", "carers"),
        ({"rule": "threshold", "from": 2, "to": 3}, {"threshold": 4}, "not_met", "4"),
        ({"rule": "language", "any_of": ["cy"]}, {"language": "en"}, "unknown", "en"),
        ({"rule": "needs", "any_of": ["food"]}, {}, "not_met", "debt"),
    ],
)
def test_each_rule_has_three_answers_and_tells_a_code_or_band(
    written: dict[str, Any], known: dict[str, Any], result: str, fact: str | None
) -> None:
    found = what(written, **known)

    assert (found.result, found.fact) == (result, fact)


def test_one_of_several_is_enough() -> None:
    assert what(EITHER, lists=(OFF,), groups=("carers",)).result is Result.MET
    assert what(EITHER, lists=(ON,)).result is Result.MET


def test_one_of_several_asks_the_first_question_that_could_settle_it() -> None:
    both_unknown, one_settled = what(EITHER), what(EITHER, lists=(OFF,))

    assert both_unknown.ask == "Is the home on one of the streets the service names?"
    assert one_settled.result is Result.UNKNOWN
    assert one_settled.ask == "Does the person belong to the group it is for?"


def test_none_of_several_is_not_met_with_a_reason() -> None:
    neither = {"rule": "one_of", "rules": [ROUND, YOUNG]}

    found = what(neither, lists=(OFF,), age=40)

    assert (found.result, found.reason) == (Result.NOT_MET, "OUT_OF_AREA")


def test_the_plain_limits_and_the_further_rules_must_all_hold() -> None:
    criteria = Criteria(("debt",), minimum_age=18, further=rules_of([ROUND, BY_WORKERS]))
    fits = Situation(("debt",), age=40, lists=(ON,), referrer="outreach")

    assert overall(evaluate(criteria, fits)) is Result.MET
    too_young = Situation(("debt",), age=17, lists=(ON,), referrer="outreach")
    assert overall(evaluate(criteria, too_young)) is Result.NOT_MET


def test_one_question_is_asked_only_where_an_answer_would_change_something() -> None:
    criteria = Criteria(("debt",), minimum_age=18, further=rules_of([ROUND]))

    unknown = evaluate(criteria, Situation(("debt",)))
    lost = evaluate(criteria, Situation(("debt",), age=12))

    assert question(unknown) == "How old is the person, in years?"
    assert question(lost) is None


def test_what_is_told_of_homes_is_kept_apart_from_areas() -> None:
    assert wards_and_lists(["E1", ON, OFF]) == (("E1",), (ON, OFF))
    assert wards_and_lists(["E1"]) == (("E1",), ())


class Body(Schema):
    rules = Rules()


def refused(*rules: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        Body().load({"rules": list(rules)})
    return caught.value.messages["rules"]


def test_what_the_language_can_say_is_read_as_it_was_written() -> None:
    rules = [ROUND, POSTCODES, WARD, CARERS, YOUNG, BY_WORKERS, EITHER]

    assert Body().load({"rules": rules}) == {"rules": rules}


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ({"rule": "shoe_size", "from": 3}, "rule"),
        ("age > 18", "rule"),
        ({"rule": "age"}, "from"),
        ({"rule": "age", "from": 60, "to": 20}, "to"),
        ({"rule": "threshold", "from": 0, "to": 2}, "from"),
        ({"rule": "group", "any_of": []}, "any_of"),
        ({"rule": "group", "any_of": ["the_queen"]}, "any_of"),
        ({"rule": "street_list", "any_of": ["doorstep_postcodes"]}, "any_of"),
        ({"rule": "referrer", "any_of": ["cat"]}, "any_of"),
        ({"rule": "age", "from": 18, "eval": "import os"}, "eval"),
        ({"rule": "one_of", "rules": [YOUNG]}, "rules"),
        ({"rule": "one_of", "rules": [YOUNG, {"rule": "age"}]}, "rules"),
    ],
)
def test_what_the_language_cannot_say_is_refused_by_its_place(written: Any, where: str) -> None:
    faults = refused(YOUNG, written)

    assert list(faults) == [1]
    assert list(faults[1]) == [where]


def test_rules_within_rules_have_an_end() -> None:
    deep: dict[str, Any] = EITHER
    for _ in range(5):
        deep = {"rule": "one_of", "rules": [YOUNG, deep]}

    assert refused(deep)


def test_a_guide_with_a_rule_nobody_knows_is_refused(matching: Matching) -> None:
    with pytest.raises(GuideRefusedError) as caught:
        matching.publishes(a_service(ADVICE, rules=[{"rule": "age"}]))

    assert caught.value.errors[0].pointer.startswith("/services/0/rules/0")


@pytest.mark.usefixtures("where")
def test_a_request_is_put_to_a_service_by_its_further_rules_and_told_no_street(
    matching: Matching,
) -> None:
    matching.publishes(a_service(ADVICE, rules=[ROUND]))
    home = (WANDSWORTH, "E05014012")

    on = matching.asks(ADVICE, area_codes=(*home, ON))
    off = matching.asks(ADVICE, area_codes=(*home, OFF))

    told = matching.the_referral(on).explanation["criteria"][-1]
    assert (told["criterion"], told["fact"]) == ("street", "listed street")
    assert matching.referrals(off) == []
    (failed,) = matching.announced("match.failed")
    assert (failed["reasons"], failed["area_codes"]) == (["OUT_OF_AREA"], list(home))
    assert matching.gaps()[0].area_codes == list(home)


written = st.deferred(lambda: st.one_of(leaf, several))
codes_of = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2)
leaf = st.one_of(
    st.builds(lambda low: {"rule": "age", "from": low}, st.integers(0, 90)),
    st.builds(lambda low: {"rule": "threshold", "from": low, "to": 4}, st.integers(1, 4)),
    st.builds(
        lambda kind, some: {"rule": kind, "any_of": some},
        st.sampled_from(["area", "group", "language", "street_list", "postcode_list", "needs"]),
        codes_of,
    ),
    st.builds(
        lambda some: {"rule": "referrer", "any_of": some},
        st.lists(st.sampled_from(REFERRERS), min_size=1, max_size=2),
    ),
)
several = st.builds(
    lambda rules: {"rule": "one_of", "rules": rules}, st.lists(leaf, min_size=2, max_size=3)
)
any_codes = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True).map(tuple)
people = st.builds(
    Situation,
    needs=st.just(("a",)),
    area_codes=any_codes,
    age=st.none() | st.integers(0, 99),
    language=st.sampled_from(["a", "en"]),
    threshold=st.none() | st.integers(1, 4),
    groups=any_codes,
    lists=st.lists(
        st.sampled_from(["listed:a", "listed:b", "unlisted:a", "unlisted:b"]), max_size=2
    ).map(tuple),
    referrer=st.none() | st.sampled_from(REFERRERS),
)


@given(st.lists(written, max_size=4), people)
def test_whatever_the_rules_the_quick_answer_is_the_whole_one_and_every_unknown_asks(
    rules: list[dict[str, Any]], person: Situation
) -> None:
    criteria = Criteria(needs=("a",), further=rules_of(rules))

    findings = evaluate(criteria, person)

    result, reason = judge(criteria, person)
    assert result is overall(findings)
    assert (reason is not None) == (result is Result.NOT_MET)
    for found in findings:
        assert (found.result is Result.UNKNOWN) == (found.ask is not None)
        assert (found.result is Result.NOT_MET) == (found.reason is not None)
        assert not (found.fact or "").startswith(("listed:", "unlisted:"))


@given(st.lists(written, min_size=1, max_size=3), people)
def test_learning_more_never_turns_a_yes_or_a_no_around(
    rules: list[dict[str, Any]], person: Situation
) -> None:
    criteria = Criteria(needs=("a",), further=rules_of(rules))
    less = Situation(person.needs, language=person.language)

    before, after = judge(criteria, less)[0], judge(criteria, person)[0]

    assert before is Result.UNKNOWN or after is before
