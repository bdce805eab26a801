"""The further rules of an entry, written in a browser without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from services.matching.domain.rules_written import beside, removed, replaced, rule_at
from services.matching.http import rule_form
from services.matching.http.rule_words import rule_words
from services.matching.rule_schema import MOST, SHAPES, Rules
from tests.matching.drivers import ADVICE, MONEY, Matching, a_service
from tests.matching.test_portal import Worker

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

YOUNG = {"rule": "age", "to": 25}
CARERS = {"rule": "group", "any_of": ["carers"]}
BAND = {"rule": "threshold", "from": 1, "to": 3}
POLISH = {"rule": "language", "any_of": ["pl"], "interpreters": True}
ROUND = {"rule": "street_list", "any_of": ["doorstep_round"]}
BY_WORKERS = {"rule": "referrer", "any_of": ["professional", "outreach"]}
EITHER = {"rule": "one_of", "rules": [ROUND, CARERS]}
NEEDS = {"rule": "needs", "any_of": ["debt"]}
AREA = {"rule": "area", "any_of": ["E09000032"]}
HOMES = {"rule": "postcode_list", "any_of": ["doorstep_postcodes"]}
EVERY: list[dict[str, Any]] = [YOUNG, CARERS, BAND, POLISH, ROUND, BY_WORKERS, NEEDS, AREA, HOMES]
SIMPLE = st.sampled_from(EVERY)
ANY_RULE: st.SearchStrategy[dict[str, Any]] = st.one_of(
    SIMPLE, st.lists(SIMPLE, min_size=2, max_size=4).map(lambda r: {"rule": "one_of", "rules": r})
)


@pytest.fixture
def manager(app: Flask) -> Worker:
    return Worker(app, "manager")


def rules_page(service: UUID, page: str = "") -> str:
    return f"/agency/services/{service}/rules{page and '/' + page}"


def rules_of(matching: Matching, service: UUID) -> list[dict[str, Any]]:
    with matching.store.read() as tx:
        own = tx.own_of(service) or {}
    return list(own["rules"])


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def publishes(manager: Worker, path: str, typed: dict[str, Any]) -> Any:
    """Fill the form of a rule, look at whom it moves, and say yes to it."""
    page = manager.sees(f"{path}?kind={typed.get('kind', '')}")
    told = {"version": version_in(page), **typed}
    looked = manager.fills(path, told, page)
    assert "This changes who fits" in looked.text, looked.text
    return manager.fills(path, {**told, "sure": "yes"}, looked.text)


def test_a_rule_is_added_after_a_look_at_whom_it_moves(matching: Matching, manager: Worker) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    for _ in range(5):
        matching.asks(ADVICE, age=46)
    path = rules_page(service, "new")
    typed = {"kind": "age", "version": "1", "from": "", "to": "25"}

    looked = manager.fills(path, typed, manager.sees(f"{path}?kind=age"))

    assert "Would fit no longer" in looked.text
    assert "Nothing is saved yet" in looked.text
    assert "Now: Age: 25 or younger." in looked.text
    assert rules_of(matching, service) == []
    done = manager.fills(path, {**typed, "sure": "yes"}, looked.text)
    assert done.status_code == 303
    assert rules_of(matching, service) == [YOUNG]
    page = manager.sees(rules_page(service))
    assert "Age: 25 or younger" in page
    assert matching.announced("service.published")[-1]["service_id"] == str(service)


def test_a_rule_is_changed_and_the_others_stay_as_they_were(
    matching: Matching, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, rules=[EITHER, YOUNG]))
    path = rules_page(service, "1")
    assert 'value="25"' in manager.sees(path)

    answer = publishes(manager, path, {"kind": "age", "from": "16", "to": "24"})

    assert answer.status_code == 303
    assert rules_of(matching, service) == [EITHER, {"rule": "age", "from": 16, "to": 24}]


def test_one_of_several_is_built_changed_and_taken_apart_again(
    matching: Matching, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, rules=[ROUND]))
    new = rules_page(service, "new")
    assert "What is the other way about?" in manager.sees(f"{new}?beside=0")

    publishes(manager, new, {"kind": "group", "beside": "0", "any_of": ["carers"]})

    assert rules_of(matching, service) == [EITHER]
    assert "One of these is enough" in manager.sees(rules_page(service))
    publishes(manager, rules_page(service, "0-1"), {"kind": "group", "any_of": ["men"]})
    men = {"rule": "group", "any_of": ["men"]}
    assert rules_of(matching, service) == [{"rule": "one_of", "rules": [ROUND, men]}]
    gone = rules_page(service, "0-0/remove")
    looked = manager.sees(gone)
    assert "This changes who fits" in looked
    assert "Removed: Streets the service covers: Doorstep round." in looked
    sure = {"sure": "yes", "version": version_in(looked)}
    assert manager.fills(gone, sure, looked).status_code == 303
    assert rules_of(matching, service) == [men]


def test_a_list_within_a_list_is_added_to_as_any_other(matching: Matching, manager: Worker) -> None:
    nested = {"rule": "one_of", "rules": [YOUNG, EITHER]}
    (service,) = matching.publishes(a_service(ADVICE, rules=[nested]))
    page, new = manager.sees(rules_page(service)), rules_page(service, "new")
    assert f"{new}?beside=0-1" in page
    assert f"{new}?beside=0-0" not in page

    publishes(manager, new, {"kind": "group", "beside": "0-1", "any_of": ["men"]})

    wider = {**EITHER, "rules": [ROUND, CARERS, {"rule": "group", "any_of": ["men"]}]}
    assert rules_of(matching, service) == [{"rule": "one_of", "rules": [YOUNG, wider]}]


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"kind": "age", "from": "", "to": ""}, "Say from which age, or to which."),
    ({"kind": "age", "from": "old", "to": "9"}, "Enter a whole number from 0 to 130."),
    ({"kind": "age", "from": "60", "to": "9"}, "The end lies before the beginning."),
    ({"kind": "threshold", "to": "2"}, "Choose one."),
    ({"kind": "threshold", "from": "3", "to": "2"}, "The end lies before the beginning."),
    ({"kind": "group"}, "Tick at least one."),
    ({"kind": "group", "any_of": "nobody"}, "Tick at least one."),
    ({"kind": "spell"}, "Choose what the rule asks about."),
    ({}, "Choose what the rule asks about."),
]


def test_a_rule_that_the_api_would_refuse_is_refused_beside_its_question(
    matching: Matching, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    path = rules_page(service, "new")
    page = manager.sees(f"{path}?kind=age")

    answers = [manager.fills(path, {"version": "1", **typed}, page) for typed, _ in REFUSED]

    assert [answer.status_code for answer in answers] == [422] * len(REFUSED)
    for (typed, said), answer in zip(REFUSED, answers, strict=True):
        assert said in answer.text
        assert all(f'value="{text}"' in answer.text for text in typed.values() if text == "60")
    assert rules_of(matching, service) == []


def test_rules_changed_meanwhile_are_not_written_over_and_what_was_typed_stays(
    matching: Matching, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, rules=[YOUNG]))
    path = rules_page(service, "0")
    page = manager.sees(path)
    publishes(manager, path, {"kind": "age", "to": "30"})

    answer = manager.fills(path, {"kind": "age", "version": "1", "to": "77", "sure": "yes"}, page)

    assert answer.status_code == 422
    assert "nothing was saved" in answer.text
    assert 'value="77"' in answer.text
    gone = manager.fills(f"{path}/remove", {"version": "1", "sure": "yes"}, page)
    assert (gone.status_code, "nothing was saved" in gone.text) == (422, True)
    assert rules_of(matching, service) == [{"rule": "age", "to": 30}]


def test_there_is_an_end_to_how_many_rules_stand_together(
    matching: Matching, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, rules=[CARERS] * MOST))
    path = rules_page(service, "new")
    typed = {"kind": "age", "version": "1", "to": "25"}

    answer = manager.fills(path, typed, manager.sees(f"{path}?kind=age"))

    assert (answer.status_code, "Remove one first" in answer.text) == (422, True)
    assert "No more rules can be added" in manager.sees(rules_page(service))


def test_only_a_manager_of_the_agency_changes_its_rules(
    matching: Matching, app: Flask, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, rules=[YOUNG, EITHER]))
    other = Worker(app, "manager", agency_id=MONEY)

    for page in ("", "new", "new?kind=age", "0", "0/remove"):
        Worker(app).sees(rules_page(service, page), status=403)
        other.sees(rules_page(service, page), status=404)
    for page in ("9", "0-0", "x", "1", "9/remove", "x/remove"):
        manager.sees(rules_page(service, page), status=404)
    assert "Further rules" in Worker(app).sees(f"/agency/services/{service}")


def test_no_kind_of_rule_is_without_words_and_a_form(app: Flask) -> None:
    assert {rule["rule"] for rule in EVERY} == set(SHAPES)
    with app.app_context():
        for rule in EVERY:
            assert rule_form.questions(str(rule["rule"]), {}, {})
            assert rule_words(rule)


@given(SIMPLE)
def test_a_rule_that_is_shown_and_sent_back_is_the_same_rule(rule: dict[str, Any]) -> None:
    kind = rule["rule"]
    asked = rule_form.questions(kind, rule_form.typed_from(rule), {})
    typed = [
        (field["name"], one["value"])
        for field in asked
        for one in field["items"] or [{"value": field["value"], "checked": True}]
        if one["checked"]
    ]

    again, errors = rule_form.read_rule(kind, MultiDict(typed))

    assert errors == {}
    assert {**again, "any_of": set(again.get("any_of", ()))} == {
        **rule,
        "any_of": set(rule.get("any_of", ())),
    }


def places(rules: list[dict[str, Any]], above: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    found = [((*above, n), rule) for n, rule in enumerate(rules)]
    return [p for place, rule in found for p in [place, *places(rule.get("rules", []), place)]]


@given(st.data())
def test_a_change_at_one_place_leaves_a_list_that_the_api_takes(data: st.DataObject) -> None:
    rules = data.draw(st.lists(ANY_RULE, min_size=1, max_size=4))
    place, new = data.draw(st.sampled_from(places(rules))), data.draw(SIMPLE)
    old = rule_at(rules, place)
    assert old is not None

    for changed in (removed(rules, place), replaced(rules, place, new)):
        Rules().deserialize(changed)
    assert replaced(rules, place, old) == rules
    assert rule_at(replaced(rules, place, new), place) == new


@given(st.lists(ANY_RULE, min_size=1, max_size=4), SIMPLE)
def test_another_way_that_is_taken_away_again_leaves_what_was(
    rules: list[dict[str, Any]], new: dict[str, Any]
) -> None:
    wider = beside(rules, (0,), new)
    ways = wider[0]["rules"]

    Rules().deserialize(wider)
    assert ways[-1] == new
    assert removed(wider, (0, len(ways) - 1)) == rules
