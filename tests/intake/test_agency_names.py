"""An agency is known by its name however people write it, and no other is taken for it."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.agency_names import agencies_meant

NAMES = (
    "The Wandle Women & Girls Centre CIO",
    "St Mary's Advice Ltd",
    "St Mary's",
    "Homes for All",
    "Homes",
    "Tooting Carers CIC",
    "Tooting Carers Limited",
    "The Ltd",
)
ON_FILE = tuple((UUID(int=place), name) for place, name in enumerate(NAMES, 1))


def meant(said: str) -> list[str]:
    return [NAMES[one.int - 1] for one in agencies_meant(said, ON_FILE)]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("wandle women and girls centre", NAMES[0]),
        ("The  Wandle Women&Girls Centre, C.I.O.", NAMES[0]),
        ("WANDLE WOMEN & GIRLS CENTRE", NAMES[0]),
        ("st marys advice", NAMES[1]),
        ("St Mary\u2019s Advice Limited", NAMES[1]),
        ("St. Mary's", NAMES[2]),
        ("the homes for all", NAMES[3]),
        ("homes", NAMES[4]),
        ("tooting carers cic", NAMES[5]),
        ("Ltd", NAMES[7]),
    ],
)
def test_a_name_means_its_agency_however_it_is_written(said: str, name: str) -> None:
    assert meant(said) == [name]


def test_between_two_that_differ_by_their_form_alone_nobody_chooses() -> None:
    assert meant("Tooting Carers") == [NAMES[5], NAMES[6]]


@pytest.mark.parametrize(
    "said", ["", " ", "the", "&", "Wandle", "Wandle Womens Girls Centre", "St Mary", "Homes 4 All"]
)
def test_what_is_not_the_name_means_nobody(said: str) -> None:
    assert meant(said) == []


@given(st.sampled_from(NAMES), st.sampled_from([" CIO", " Ltd.", ", Limited", ""]))
def test_a_form_put_behind_a_name_hides_from_no_other(name: str, form: str) -> None:
    assert {*meant(name.swapcase() + form)} <= {one for one in NAMES if name[:9] in one}
