"""Postcodes are read kindly and placed honestly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geography import area_of, dataset_version, known_areas, normalise_postcode


@pytest.mark.parametrize(
    "typed", ["SW18 2PU", "sw182pu", " Sw18  2Pu ", "s w 1 8 2 p u", "SW18\t2PU"]
)
def test_however_it_is_typed_it_is_the_same_postcode(typed: str) -> None:
    assert normalise_postcode(typed) == "SW18 2PU"


@pytest.mark.parametrize(
    "typed", ["M1 1AE", "B33 8TH", "W1A 0AX", "CR2 6XH", "DN55 1PT", "EC1A 1BB"]
)
def test_every_shape_of_postcode_is_known(typed: str) -> None:
    assert normalise_postcode(typed) == typed


@pytest.mark.parametrize(
    "typed",
    ["", "SW18", "SW18 2P", "SW18 2PUU", "SW18 PU2", "12345", "SW18 2CU", "SW\u0661\u0668 2PU"],
)
def test_what_is_no_postcode_is_none(typed: str) -> None:
    assert normalise_postcode(typed) is None
    assert area_of(typed) is None


@given(text=st.text(max_size=12))
def test_no_text_at_all_breaks_it(text: str) -> None:
    normal = normalise_postcode(text)

    assert normal is None or normalise_postcode(normal) == normal


def test_a_known_unit_has_its_ward_and_the_version_of_the_table() -> None:
    area = area_of("sw18 2pu")

    assert area is not None
    assert (area.district, area.ward) == ("Wandsworth", "Wandsworth Common")
    assert area.codes == ("E09000032", "E05014027")
    assert area.dataset == dataset_version()


def test_an_unlisted_unit_has_the_area_of_its_sector() -> None:
    area = area_of("SW18 2AB")

    assert area is not None
    assert area.ward == "Wandsworth Town"


def test_an_unlisted_postcode_is_an_unknown_area() -> None:
    assert area_of("LL57 2DG") is None


def test_a_neighbouring_district_is_known_as_another_one() -> None:
    area = area_of("CR4 3ZZ")

    assert area is not None
    assert area.district == "Merton"


def test_every_ward_has_one_code_and_every_code_one_ward() -> None:
    areas = known_areas()

    assert len({area.ward_code for area in areas}) == len({area.codes for area in areas})
    assert len(areas) == len({(area.district, area.ward) for area in areas}) > 20
