"""The closed lists are whole, unambiguous and in every language."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

import shared.codes
from shared.codes import LISTS, UnknownCodeError, codes, label

FOLDER = Path(shared.codes.__file__).parent
REASONS = ("decline_reasons", "end_reasons")
DECLINES = """NO_CAPACITY WAIT_TOO_LONG CLOSED_TO_REFERRALS CANNOT_MATCH OUT_OF_AREA AGE_CRITERION
GROUP_CRITERION NOT_ELIGIBLE_OTHER BELOW_THRESHOLD ABOVE_THRESHOLD SERVICE_NOT_PROVIDED
INCOMPLETE_INFORMATION PREREQUISITE_MISSING PRIORITY_INAPPROPRIATE DUPLICATE ALREADY_SUPPORTED
CONFLICT_OF_INTEREST CONSENT_NOT_VALID PERSON_UNAWARE SAFETY_RISK REDIRECTED_BETTER_SERVICE
FUNDING_CRITERION OTHER"""
COMMENTED = """CANNOT_MATCH NOT_ELIGIBLE_OTHER BELOW_THRESHOLD ABOVE_THRESHOLD
INCOMPLETE_INFORMATION PREREQUISITE_MISSING PRIORITY_INAPPROPRIATE PERSON_UNAWARE SAFETY_RISK
REDIRECTED_BETTER_SERVICE FUNDING_CRITERION OTHER"""
GAPS = """NO_CAPACITY WAIT_TOO_LONG CLOSED_TO_REFERRALS CANNOT_MATCH OUT_OF_AREA ABOVE_THRESHOLD
SERVICE_NOT_PROVIDED SAFETY_RISK FUNDING_CRITERION"""
ENDS = """PERSON_DECLINED NO_LONGER_WANTED NEEDS_MET_ELSEWHERE NEEDS_CHANGED MOVED_AWAY NOT_ENGAGED
COULD_NOT_CONTACT ILLNESS_OR_CARING DIED CONSENT_WITHDRAWN MADE_IN_ERROR RE_REFER_LATER
RETURNED_TO_REFERRER REFERRER_CANCELLED PLAN_CHANGED OTHER"""
NEEDS = """debt housing benefits food energy mental_health isolation family_support domestic_abuse
immigration employment disability older_people young_people substance_use"""
ROLES = """worker manager trustee safeguarding coordinator officer governance_lead agency_admin
hub_admin"""


def test_every_file_is_a_list_and_every_list_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_no_code_stands_twice(name: str) -> None:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        listed = [row["code"] for row in csv.DictReader(file)]

    assert len(listed) == len(set(listed)) == len(codes(name)) > 0


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", shared.codes.LANGUAGES)
def test_every_code_has_words_in_every_language(name: str, language: str) -> None:
    assert [code for code in codes(name) if not label(name, code, language).strip()] == []


@pytest.mark.parametrize("name", LISTS)
def test_no_code_ends_before_it_begins(name: str) -> None:
    for code in codes(name).values():
        assert code.effective_to is None or code.effective_from < code.effective_to


@pytest.mark.parametrize("name", LISTS)
def test_easy_read_sentences_are_short(name: str) -> None:
    for code in codes(name).values():
        assert all(len(part.split()) <= 15 for part in code.easy_read.split("."))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("purposes", "refer tell_gp tell_health_visitor case_review statistics"),
        ("categories", "identity contact address story household access_needs health risk"),
        ("urgency", "routine soon urgent"),
        ("threshold_bands", "1 2 3 4"),
        ("roles", ROLES),
        ("decline_reasons", DECLINES),
        ("end_reasons", ENDS),
    ],
)
def test_closed_lists_hold_exactly_what_was_agreed(name: str, expected: str) -> None:
    assert list(codes(name)) == expected.split()


def test_the_needs_people_bring_are_all_there() -> None:
    assert set(NEEDS.split()) <= set(codes("needs"))


def test_declining_needs_a_comment_where_the_code_alone_tells_too_little() -> None:
    declines = codes("decline_reasons").values()

    assert {c.code for c in declines if c.comment_required} == set(COMMENTED.split())


def test_declines_that_show_a_gap_are_counted_as_one() -> None:
    declines = codes("decline_reasons").values()

    assert {c.code for c in declines if c.gap} == set(GAPS.split())


@pytest.mark.parametrize("name", REASONS)
def test_every_reason_tells_who_gives_it_and_what_comes_next(name: str) -> None:
    for code in codes(name).values():
        assert code.party in {"provider", "person", "referrer", "system"}
        assert code.next_step
        assert code.label_plain
        assert set(code.who_may_use) <= {*codes("roles"), "system"}
        assert code.superseded_by is None or code.superseded_by in codes(name)


def test_results_are_scored_and_nothing_else_is() -> None:
    scored = {c.code: c.score for c in codes("outcomes").values() if c.score is not None}

    assert {code: float(score) for code, score in scored.items()} == {
        "ACHIEVED": 1,
        "PARTLY": 0.5,
        "NOT_ACHIEVED": 0,
    }


def test_a_code_is_in_force_from_its_first_day_until_the_day_it_ends() -> None:
    code = codes("needs")["debt"]

    assert code.in_force(code.effective_from)
    assert not code.in_force(code.effective_from - timedelta(days=1))
    assert code.in_force(date(2126, 1, 1))


def test_an_unknown_language_falls_back_to_english() -> None:
    assert label("needs", "debt", "xx") == "Debt"


def test_unknown_codes_and_lists_are_named_errors() -> None:
    with pytest.raises(UnknownCodeError):
        label("needs", "no_such_need")
    with pytest.raises(UnknownCodeError):
        codes("../secrets")
