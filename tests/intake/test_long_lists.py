"""Who must not know is found on a phone without a script: shelved by letter, ticks in sight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from intake.desk import Desk
from intake.own_page import OwnPage
from intake.public_site import Site
from intake.telling import ADVICE

from services.intake.http.public.long_lists import FEW, shelves

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.lists(st.text(max_size=12), unique=True, max_size=60)
LETTERS = "ABCDEFGHIJKL"
SHELF = re.compile(r"<details class=\"govuk-details\"( open)?>.*?Names: ([^<]*)<", re.DOTALL)


@given(NAMES)
def test_every_name_is_on_one_shelf_and_no_letter_on_two(names: list[str]) -> None:
    items = [{"value": str(n), "text": name} for n, name in enumerate(names)]

    found = shelves(items, {"0"})

    assert sorted(one["value"] for s in found for one in s.items) == sorted(
        one["value"] for one in items
    )
    edges = [edge for shelf in found for edge in {shelf.first, shelf.last}]
    assert len(edges) == len(set(edges))
    assert all(len(s.items) <= FEW or s.first == s.last for s in found)
    assert [s.ticked for s in found if s.ticked] == [1] * bool(names)


def crowd(site: Site) -> list[UUID]:
    """Let a dozen agencies stand in the guide, one for each letter."""
    agencies = [UUID(int=500 + place) for place in range(len(LETTERS))]
    for place, (agency, letter) in enumerate(zip(agencies, LETTERS, strict=True)):
        site.opens(agency, f"{letter}ncora Trust", UUID(int=700 + place))
    return agencies


def test_a_long_list_of_agencies_is_shelved_and_what_was_ticked_lies_open(tmp_path: Path) -> None:
    site = Site.at(tmp_path)
    agencies = crowd(site)
    site.answers("withhold")

    asked = site.get("/ask/withhold").text
    assert SHELF.findall(asked) == [("", "A to H"), ("", "I to L")]
    assert asked.count('type="checkbox"') == len(LETTERS)
    assert site.post("/ask/withhold", {"hidden": [str(agencies[-1])]}).status_code == 303

    again = site.get("/ask/withhold").text
    assert SHELF.findall(again) == [("", "A to H"), (" open", "I to L")]
    assert f'value="{agencies[-1]}" checked' in again
    wrong = site.post("/ask/withhold", {"hidden": ["nobody"]}).text
    assert SHELF.findall(wrong)[0] == (" open", "A to H"), "the fault is where its link leads"
    assert 'id="hidden-error"' in wrong


def test_a_few_agencies_stand_open(desk: Desk) -> None:
    page = OwnPage.of(desk).shows()

    assert "Names: " not in page.get("/my/hidden-from").text
    assert f'value="{ADVICE}"' in page.get("/my/hidden-from").text
