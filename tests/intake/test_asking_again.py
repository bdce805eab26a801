"""Whoever asks again tells nothing twice, and nothing that was hidden comes to light by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from intake.own_page import WORD, OwnPage
from intake.telling import ADVICE, EMAIL, HOMES, REFERRER, STORY, a_submission
from intake.test_hiding import NOSY, UNKNOWN, hidden_now, works

from services.intake.domain.submission import Household, Person
from services.intake.http.public.again import answers_again
from services.intake.storage.holds import RESTRICTED, hold
from services.intake.usecases.hiding import Hiding, hide_own
from shared.identity import Principal

if TYPE_CHECKING:
    from intake.desk import Desk

AFRESH: dict[str, dict[str, Any]] = {
    "email": {"email": "new@example.org", "email_safe": "yes"},
    "phone": {"phone": "", "phone_safe": ""},
    "text": {"text": "", "text_safe": "no"},
    "letter": {"letter_safe": "no"},
    "code-word": {"code_word": ""},
    "withhold": {"hidden": []},
}


@pytest.fixture
def mine(desk: Desk) -> OwnPage:
    return OwnPage.of(desk, household=Household(("partner",), "and a dog"))


def begins(mine: OwnPage) -> Any:
    """Fill in what was told, and look what is asked next."""
    assert mine.post("/my/again").headers["Location"] == "/ask/check"
    return mine.get("/ask/check")


def test_only_what_must_be_said_afresh_is_asked(mine: OwnPage) -> None:
    mine.shows()

    asked = [begins(mine).headers["Location"]]
    for slug, answer in AFRESH.items():
        assert asked[-1] == f"/ask/{slug}"
        assert EMAIL not in mine.text(f"/ask/{slug}")
        mine.post(f"/ask/{slug}", answer)
        asked.append(mine.get("/ask/check").headers["Location"])

    copy = mine.text("/ask/copy")
    assert all(told in copy for told in ("Marigold", "2 January 1980", STORY, "a dog"))
    assert not any(told in copy for told in (EMAIL, WORD, "07700 900123"))


def test_it_opens_only_where_the_page_shows_names_and_each_time_is_recorded(
    mine: OwnPage,
) -> None:
    mine.opens()
    assert mine.get("/my/again").headers["Location"] == "/my/show?to=again"
    assert mine.post("/my/again").headers["Location"] == "/my/show?to=again"
    assert mine.get("/ask/copy").headers["Location"] == "/ask"

    mine.post("/my/show", {"to": "again"})
    assert mine.get("/my/again").status_code == 200
    before = len(mine.announced("access.granted.v1"))
    begins(mine)

    assert len(mine.announced("access.granted.v1")) == before + 1
    assert mine.announced("access.granted.v1")[-1]["purpose"] == "own_page"


def test_hidden_details_are_not_brought_back_by_asking_again(mine: OwnPage) -> None:
    mine.shows()
    mine.post("/my/hidden")

    assert mine.post("/my/again").headers["Location"] == "/my/show?to=again"
    assert mine.get("/ask/copy").headers["Location"] == "/ask"


def test_whoever_must_not_know_does_not_know_of_the_next_one_either(
    desk: Desk, mine: OwnPage
) -> None:
    works(desk, NOSY, "Bob Brute")
    mine.shows()
    who = Principal(kind="person", id=str(mine.id))
    with desk.store.begin(actor=who) as tx:
        whom = Hiding(agencies=(HOMES, REFERRER), names=("Bob Brute", UNKNOWN))
        hide_own(mine.id, whom, tx, version=None)
    before = hidden_now(desk, mine.id)
    assert {("agency", HOMES), ("staff", NOSY)} <= before

    begins(mine)
    for slug, answer in AFRESH.items():
        mine.post(f"/ask/{slug}", answer)
    shown = mine.get("/ask/copy").text + mine.get("/ask/sharing").text
    assert "Bob Brute" not in shown
    assert UNKNOWN not in shown
    assert f"{HOMES}." not in shown
    sends(mine)

    (new,) = [
        one for one in desk.announced("request.submitted.v1") if one["request_id"] != str(mine.id)
    ]
    assert hidden_now(desk, UUID(new["request_id"])) == before
    waiting = desk.announced("request.names_to_find.v1")
    assert new["request_id"] in {one["request_id"] for one in waiting}


def sends(mine: OwnPage) -> None:
    page = mine.get("/ask/sharing").text
    assert f"{ADVICE}." in page
    mine.fills("/ask/sharing", {"share": [f"{ADVICE}.who"]})
    assert mine.fills("/ask/check", {}).headers["Location"] == "/ask/done"


def test_what_is_restricted_is_not_used_again(desk: Desk, mine: OwnPage) -> None:
    mine.shows()
    with desk.store.begin() as tx:
        hold(mine.id, RESTRICTED, tx)

    assert mine.post("/my/again").headers["Location"] == "/ask"
    assert mine.get("/ask/copy").headers["Location"] == "/ask"


def test_what_was_filled_in_is_gone_after_an_hour_unless_it_was_saved(
    desk: Desk, mine: OwnPage
) -> None:
    mine.shows()
    begins(mine)
    desk.clock.advance(timedelta(minutes=59))
    assert "Marigold" in mine.text("/ask/copy")
    desk.clock.advance(timedelta(minutes=2))
    assert mine.get("/ask/copy").headers["Location"] == "/ask"

    mine.shows()
    begins(mine)
    mine.post("/ask/save")
    desk.clock.advance(timedelta(days=27))
    assert "Marigold" in mine.text("/ask/copy")


def test_what_this_browser_had_begun_is_said_to_be_lost_and_never_mixed(mine: OwnPage) -> None:
    mine.shows()
    assert "were not sent" not in mine.text("/my/again")
    mine.post("/ask/about-you", {"given_name": "Somebody", "family_name": "Else"})
    assert "were not sent" in mine.text("/my/again")

    begins(mine)

    assert "Somebody" not in mine.text("/ask/copy")


def test_a_number_of_years_told_long_ago_is_asked_again() -> None:
    told = a_submission(person=Person("Marigold", age=46))

    assert "age" not in answers_again(told)
    assert answers_again(a_submission())["age"]["year"] == "1980"
