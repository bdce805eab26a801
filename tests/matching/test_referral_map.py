"""The page of what may happen to a referral is what the table says."""

from __future__ import annotations

from deploy import referral_map
from services.matching.domain.transitions import TABLE, After, Row, State


def arrows_of(row: Row) -> list[str]:
    return list(referral_map._arrows(row))


def test_the_committed_page_is_fresh() -> None:
    assert referral_map.FILE.read_text("utf-8") == referral_map.page(), "run `make docs`"


def test_every_row_is_listed_and_every_row_that_moves_is_drawn() -> None:
    page = referral_map.page()

    for row in TABLE:
        assert f"| {row.number} |" in page
        assert f"`{row.event}`" in page
        moves = row.then not in {After.SAME, After.ANOTHER}
        assert bool(arrows_of(row)) == moves
        if row.number not in referral_map.EVERYWHERE:
            assert all(arrow in page for arrow in arrows_of(row))


def test_a_rest_is_drawn_back_to_each_state_it_may_have_begun_in() -> None:
    (resume,) = [row for row in TABLE if row.action == "resume"]

    assert arrows_of(resume) == [
        "on_hold --> waiting: T22 resume",
        "on_hold --> active: T22 resume",
    ]


def test_every_state_has_its_plain_word() -> None:
    page = referral_map.page()

    assert all(f"| {state} | " in page for state in State)
