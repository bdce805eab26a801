"""Forms as data: what a definition may say, and what it means."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.forms import DefinitionError, Told, day_from, faults, journey, say, schema_of
from services.intake.forms.conditions import OPERATORS, condition
from services.intake.forms.grouping import grouped
from services.intake.forms.reading import JOURNEYS, sentences
from services.intake.forms.spelling import MONTHS
from services.intake.forms.wording import shown, wording_of
from services.intake.hours import reading
from shared.codes import codes

PHONE = {"phone": {"phone": "020", "phone_safe": "yes"}, "access": {"needs": ["bsl", "relay"]}}
TODAY = date(2026, 11, 23)
LEAVES: list[tuple[dict[str, Any], bool]] = [
    ({"is": ["phone.phone_safe", "yes"]}, True),
    ({"is": ["phone.phone_safe", "no", "yes"]}, True),
    ({"is": ["nowhere.at_all", "yes"]}, False),
    ({"includes": ["access.needs", "bsl"]}, True),
    ({"includes": ["access.needs", "audio"]}, False),
    ({"answered": "phone.phone"}, True),
    ({"answered": "phone.other"}, False),
    ({"placed": "phone.phone"}, True),
    ({"placed": "phone.other"}, False),
    ({"fact": "agencies"}, True),
    ({"fact": "moon"}, False),
]


def told() -> Told:
    return Told(PHONE, frozenset({"agencies"}))


@pytest.mark.parametrize(("data", "holds"), LEAVES)
def test_a_condition_holds_as_its_operator_says(data: dict[str, Any], holds: bool) -> None:
    assert condition(data)(told()) is holds


@given(st.lists(st.sampled_from(LEAVES), max_size=5))
def test_conditions_combine_like_logic(parts: list[tuple[dict[str, Any], bool]]) -> None:
    data, truths = [d for d, _ in parts], [holds for _, holds in parts]

    assert condition({"all": data})(told()) is all(truths)
    assert condition({"any": data})(told()) is any(truths)
    assert condition({"not": {"all": data}})(told()) is not all(truths)


@pytest.mark.parametrize(
    "data", [{"eval": "1"}, {"__import__": "os"}, {}, {"is": ["a"], "any": []}, "is", ["is"]]
)
def test_what_is_no_operator_is_refused(data: object) -> None:
    with pytest.raises(DefinitionError):
        condition(data)


def test_every_operator_is_tried_here() -> None:
    tried = {next(iter(data)) for data, _ in LEAVES} | {"all", "any", "not"}

    assert tried == set(OPERATORS)


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_is_whole_in_every_language_it_names(name: str) -> None:
    read = journey(name)

    for page in read.pages:
        for language in read.languages:
            assert say(page.title, language)
            assert schema_of(page, language) is schema_of(page, language)


def test_a_journey_is_compiled_once() -> None:
    assert journey("self") is journey("self")


@pytest.mark.parametrize("name", JOURNEYS)
def test_easy_read_is_said_in_short_sentences(name: str) -> None:
    for page in journey(name).pages:
        for text in (page.title, *page.lead, *page.after):
            for part in say(text, "easy_read").split("."):
                assert len(part.split()) <= 15, part


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_sentence_to_act_on_is_there_for_whatever_may_be_wrong(name: str) -> None:
    for page in journey(name).pages:
        assert [f.name for f in page.fields if not f.wrong and f.type != "instead"] == []


def test_the_path_follows_what_is_told() -> None:
    read, known = journey("self"), frozenset({"agencies", "practice", "under_16"})
    everything = [page.slug for page in read.pages]

    assert "ringing" not in [p.slug for p in read.path(Told({}, known))]
    assert [p.slug for p in read.path(Told(PHONE | {"place": {"postcode": "?"}}, known,
                                           lambda _: False))] == everything  # fmt: skip
    assert read.first_missing(Told({})) == "needs"
    assert read.before("needs", Told({})) is None
    assert read.after("practices", Told({}, known)) is None
    assert read.first_missing(Told({slug: {} for slug in everything}, known)) == "young"


def test_an_answer_of_a_button_needs_no_other() -> None:
    page = journey("self").by_slug["place"]

    assert faults(page, Told({"place": {"postcode": "", "where": "none"}}), {}, "en") == {}
    assert set(faults(page, Told({"place": {"postcode": "", "where": ""}}), {}, "en")) == {
        "postcode"
    }


def test_words_have_a_hash_that_changes_with_every_word() -> None:
    english, easy = wording_of("self", "en"), wording_of("self", "easy_read")

    assert english.sha256 != easy.sha256
    assert wording_of("self", "en").sha256 == english.sha256
    assert shown("self", "en", {"a": 1}).consent != shown("self", "en", {"a": 2}).consent


@given(st.dates(min_value=date(1000, 1, 1)), st.data())
def test_a_day_is_read_as_it_is_commonly_written(day: date, data: st.DataObject) -> None:
    month = data.draw(st.sampled_from([str(day.month), *MONTHS[day.month - 1]]))
    ways = [
        f"{day.day} {month} {day.year}",
        f"{day.day}th of {month.upper()}, {day.year}",
        day.isoformat(),
    ]

    assert day_from(str(day.day), month, str(day.year)) == day
    assert {day_from(way, "", "") for way in ways} == {day}


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_what_is_no_day_is_a_value_error_and_nothing_else(a: str, b: str, c: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(day_from(a, b, c), date)


def test_every_need_in_force_is_offered_exactly_once() -> None:
    offered = [code.code for _, members in grouped("needs", TODAY) for code in members]

    assert sorted(offered) == sorted(codes("needs"))


@pytest.mark.parametrize("language", ["en", "easy_read"])
def test_every_word_of_the_consent_page_is_there(language: str) -> None:
    assert all(say(text, language) for text in sentences("sharing").values())


@pytest.mark.parametrize(
    ("moment", "now", "next_at"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), True, "2026-11-23T09:00"),
        (datetime(2026, 11, 23, 8, 59, tzinfo=UTC), False, "2026-11-23T09:00"),
        (datetime(2026, 11, 27, 17, 0, tzinfo=UTC), False, "2026-11-30T09:00"),
        (datetime(2026, 12, 24, 18, 0, tzinfo=UTC), False, "2026-12-29T09:00"),
        (datetime(2026, 7, 1, 8, 30, tzinfo=UTC), True, "2026-07-01T09:30"),
    ],
)
def test_who_writes_out_of_hours_is_told_when_it_is_read(
    moment: datetime, now: bool, next_at: str
) -> None:
    found = reading(moment, "england")

    assert found.now is now
    assert found.next_at.isoformat().startswith(next_at)
