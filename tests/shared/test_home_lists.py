"""Whether a home is on a list: told as a code, never as a street, and only where it is sure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.home_lists import home_lists, told_of_home

ROUND, CODES = "doorstep_round", "doorstep_postcodes"


def of(name: str, postcode: str | None, *lines: str) -> str | None:
    told = told_of_home(postcode, lines)
    return next((one.partition(":")[0] for one in told if one.endswith(f":{name}")), None)


@pytest.mark.parametrize(
    "line",
    [
        "4 Tin Kettle Lane",
        "17b tin kettle ln.",
        "Flat 3, Osier House, Basket St",
        "BASKET STREET",
        "41, Candle Yard",
    ],
)
def test_a_street_is_known_however_it_is_written(line: str) -> None:
    assert of(ROUND, "SW11 2ZA", line) == "listed"


def test_a_street_of_the_same_name_elsewhere_is_off_the_list() -> None:
    assert of(ROUND, "SW18 2PU", "4 Tin Kettle Lane") == "unlisted"


@pytest.mark.parametrize("line", ["4 Tin Ketle Lane", "", "Rose Cottage"])
def test_a_street_nearby_that_nobody_can_place_is_not_known(line: str) -> None:
    assert of(ROUND, "SW11 2ZA", line) is None


def test_a_postcode_is_on_its_list_or_off_it() -> None:
    assert of(CODES, "sw112zb") == "listed"
    assert of(CODES, "SW11 2ZZ") == "unlisted"


@pytest.mark.parametrize("postcode", [None, "", "LL57 2DG", "nonsense"])
def test_without_a_postcode_we_know_nothing_is_told(postcode: str | None) -> None:
    assert told_of_home(postcode, ["4 Tin Kettle Lane"]) == ()


@given(st.text(max_size=12), st.lists(st.text(max_size=40), max_size=3))
def test_whatever_is_typed_only_the_names_of_lists_are_told(
    postcode: str, lines: list[str]
) -> None:
    codes = {f"{on}{name}" for name in home_lists() for on in ("listed:", "unlisted:")}

    assert set(told_of_home(postcode, lines)) <= codes
