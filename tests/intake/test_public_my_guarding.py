"""/my/safety, and the same on the phone: only who should can open the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake.desk import Desk
from intake.own_page import WORD, OwnPage, words
from intake.telling import ADVICE, HUB, REFERRER, a_body

from services.intake.storage.hidden import hide
from services.intake.usecases.trying import FREE_TRIES, LONGEST_WAIT, wait_after
from shared.ids import new_id
from shared.testing.sign_on import sign_in


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all: each test has a request of its own."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "var")
    yield desk
    desk.store.close()


@pytest.fixture
def mine(desk: Desk) -> OwnPage:
    return OwnPage.of(desk).opens()


@pytest.fixture
def without_word(desk: Desk) -> OwnPage:
    return OwnPage.of(desk, word=None).opens()


def code_on(page: Any) -> str:
    found = re.search(r"<dd>([0-9A-Z-]+)</dd>", page.text)
    assert found, words(page)
    return found[1]


def begins_a_new_code(mine: OwnPage) -> str:
    begun = mine.post("/my/code", {"code": mine.submitted.return_code})
    assert begun.headers["Location"] == "/my/code"
    return code_on(mine.get("/my/code"))


def test_a_new_code_counts_once_it_was_typed_and_the_old_opens_nothing(
    desk: Desk, mine: OwnPage
) -> None:
    elsewhere = mine.at_another(desk).opens()
    new = begins_a_new_code(mine)
    assert mine.at_another(desk).signs_in(code=new).status_code == 422
    assert mine.at_another(desk).signs_in().status_code == 303

    used = mine.post("/my/code/use", {"code": new.lower()})

    assert used.headers["Location"] == "/my?done=code"
    assert mine.get("/my").status_code == 200
    assert elsewhere.get("/my").headers["Location"] == "/my/sign-in"
    assert mine.at_another(desk).signs_in().status_code == 422
    assert mine.at_another(desk).signs_in(code=new).status_code == 303
    assert mine.get("/my/code").headers["Location"] == "/my/safety"


def test_a_new_code_mistyped_does_not_count_yet(desk: Desk, mine: OwnPage) -> None:
    new = begins_a_new_code(mine)

    refused = mine.post("/my/code/use", {"code": new[:-1]})

    assert refused.status_code == 422
    assert new in refused.text
    assert mine.at_another(desk).signs_in().status_code == 303


def test_an_open_page_alone_is_not_enough_for_a_new_code(mine: OwnPage) -> None:
    for _ in range(FREE_TRIES - 1):
        assert mine.post("/my/code", {"code": "CCCC"}).status_code == 422
    last = mine.post("/my/code", {"code": "CCCC"})

    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    assert mine.get("/my/code").status_code == 303


def test_a_code_that_waits_is_sealed(desk: Desk, mine: OwnPage) -> None:
    new = begins_a_new_code(mine)

    assert new.encode() not in desk.everything_stored()


def test_hidden_details_open_for_the_code_word_alone(desk: Desk, mine: OwnPage) -> None:
    mine.post("/my/show")
    elsewhere = mine.at_another(desk).shows()

    assert mine.post("/my/hidden").headers["Location"] == "/my?done=hidden"

    for page in (mine, elsewhere):
        assert page.get("/my/details").status_code == 303
        assert page.post("/my/show").status_code == 422
    assert "This is not your code word" in mine.post("/my/show", {"word": "Magpie"}).text
    assert mine.post("/my/show", {"word": " KINGFISHER "}).headers["Location"] == "/my/details"
    assert "Marigold" in mine.text("/my/details")


def test_guessing_the_code_word_is_slowed_and_ends(desk: Desk, mine: OwnPage) -> None:
    mine.post("/my/hidden")
    for _ in range(FREE_TRIES):
        last = mine.post("/my/show", {"word": "Magpie"})
    assert last.status_code == 429
    assert mine.post("/my/show", {"word": WORD}).status_code == 429

    desk.clock.advance(timedelta(seconds=int(last.headers["Retry-After"])))

    assert mine.post("/my/show", {"word": WORD}).status_code == 303


def test_a_frozen_page_opens_for_no_code_and_agencies_go_on(desk: Desk, mine: OwnPage) -> None:
    elsewhere = mine.at_another(desk).opens()

    frozen = mine.post("/my/frozen")

    assert frozen.headers["Location"] == "/my/frozen"
    assert "Your page is frozen" in mine.text("/my/frozen")
    for page in (mine, elsewhere):
        assert page.get("/my").headers["Location"] == "/my/sign-in"
    answer = mine.signs_in()
    assert answer.status_code == 200
    assert "Ring Wandle Hub on 020 in office hours" in words(answer)
    assert mine.signs_in(code="CCCC").status_code == 422
    assert mine.announced("consent.withdrawn.v1") == []


@pytest.mark.parametrize("what", ["hidden", "frozen"])
def test_nobody_hides_or_freezes_without_a_word_to_come_back_by(
    desk: Desk, without_word: OwnPage, what: str
) -> None:
    for word in ("", "abc", "* * *"):
        refused = without_word.post(f"/my/{what}", {"word": word})
        assert refused.status_code == 422
        assert "Choose a code word" in refused.text

    assert without_word.post(f"/my/{what}", {"word": "Sandpiper"}).status_code == 303

    phone = without_word.works_at(HUB)
    done = by_phone(phone, "thaw" if what == "frozen" else "unhide", "sandpiper")
    assert done.status_code == 303
    assert b"Sandpiper" not in desk.everything_stored()


def by_phone(page: OwnPage, action: str, word: str = WORD, reference: str | None = None) -> Any:
    typed = {"reference": reference or page.submitted.reference, "word": word, "action": action}
    return page.staff_post("/requests/on-the-phone", typed)


def shown_after(page: OwnPage, answer: Any) -> Any:
    """Follow an answer to the page that shows the new code."""
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/requests/on-the-phone/code"
    return page.staff_get(answer.headers["Location"])


def test_a_new_code_is_shown_once_and_back_and_reload_make_no_other(
    desk: Desk, mine: OwnPage
) -> None:
    mine.works_at(HUB)

    new = code_on(shown_after(mine, by_phone(mine, "code")))
    again = mine.staff_get("/requests/on-the-phone/code")

    assert "There is no new code to show" in again.text
    assert new not in again.text
    assert mine.signs_in(code=new).status_code == 303
    assert new.encode() not in desk.everything_stored()


def test_a_new_code_shows_to_nobody_else_at_the_same_computer(mine: OwnPage) -> None:
    mine.works_at(HUB)
    by_phone(mine, "code")
    sign_in(mine.desk.app, mine.staff, "worker", agency_id=HUB)

    assert "There is no new code to show" in mine.staff_get("/requests/on-the-phone/code").text


def test_what_was_done_on_the_phone_is_said_on_the_page_after(mine: OwnPage) -> None:
    mine.works_at(HUB)

    answer = by_phone(mine, "freeze")

    assert answer.status_code == 303
    assert "No code opens their page now" in mine.staff_get(answer.headers["Location"]).text


def test_on_the_phone_a_new_code_is_told_once_after_the_code_word(
    desk: Desk, mine: OwnPage
) -> None:
    mine.works_at(HUB)

    new = code_on(shown_after(mine, by_phone(mine, "code", "king fisher")))

    assert mine.get("/my").status_code == 303
    assert mine.signs_in().status_code == 422
    assert mine.signs_in(code=new).status_code == 303
    assert new not in mine.staff_get("/requests/on-the-phone").text
    granted = mine.announced("access.granted.v1")[-1]
    assert (granted["what"], granted["purpose"]) == (["own_page.code"], "on_the_phone")
    assert granted["recipient_agency_id"] == str(HUB)
    mine.post("/my/show")
    seen = "on the phone, after the code word: They gave you a new return code."
    assert seen in mine.text("/my/details")


def test_on_the_phone_a_page_is_hidden_frozen_and_opened_again(desk: Desk, mine: OwnPage) -> None:
    mine.works_at(HUB)

    by_phone(mine, "freeze")
    assert "cannot be opened now" in mine.signs_in().text
    by_phone(mine, "thaw")
    mine.opens()
    by_phone(mine, "hide")
    assert mine.post("/my/show").status_code == 422
    by_phone(mine, "unhide")
    assert mine.post("/my/show").status_code == 303


def test_a_wrong_word_an_unknown_reference_and_a_request_of_others_are_answered_alike(
    desk: Desk, mine: OwnPage
) -> None:
    mine.works_at(HUB)
    wrong = words(by_phone(mine, "code", "Magpie"))
    unknown = words(by_phone(mine, "code", WORD, "CCCC-CCCC"))
    mine.works_at(ADVICE)
    of_others = words(by_phone(mine, "code", WORD))

    assert wrong == unknown == of_others
    assert "do not belong together" in wrong
    reasons = [denied["reason"] for denied in mine.announced("access.denied.v1")]
    assert reasons == ["WRONG_CODE_WORD", "NOT_YOURS"]
    assert mine.signs_in().status_code == 303


def test_guessing_the_code_word_on_the_phone_is_slowed(mine: OwnPage) -> None:
    mine.works_at(HUB)
    for _ in range(FREE_TRIES):
        last = by_phone(mine, "code", "Magpie")

    assert last.status_code == 429
    assert by_phone(mine, "code").status_code == 429


def test_where_no_word_was_agreed_nothing_opens_the_page(without_word: OwnPage) -> None:
    without_word.works_at(HUB)

    for word in ("", "*", "None"):
        assert by_phone(without_word, "code", word).status_code == 422
    page = without_word.staff_get(f"/requests/{without_word.id}/page")
    assert "This cannot be done on the phone" in page.text


@pytest.mark.parametrize("agency", [ADVICE, REFERRER])
def test_the_worker_of_another_agency_finds_nothing(mine: OwnPage, agency: Any) -> None:
    mine.works_at(agency)

    for path in (f"/requests/{mine.id}/page", f"/requests/{new_id()}/page"):
        assert mine.staff_get(path).status_code == 404
        assert mine.staff_post(path, {"word": WORD, "action": "code"}).status_code == 404


def test_from_whom_a_request_is_hidden_it_is_hidden_on_the_phone(desk: Desk, mine: OwnPage) -> None:
    mine.works_at(HUB)
    with desk.store.begin() as tx:
        hide(mine.id, [HUB], [], tx)

    assert by_phone(mine, "code").status_code == 422
    assert mine.staff_get(f"/requests/{mine.id}/page").status_code == 404


def test_the_agency_that_made_a_request_gives_the_first_code_and_no_second(
    desk: Desk,
) -> None:
    made = desk.posts(a_body()).get_json()
    page = OwnPage(desk, _Made(made), desk.app.test_client()).works_at(REFERRER)
    path = f"/requests/{made['id']}/page"
    assert "no return code yet" in page.staff_get(path).text

    code = code_on(shown_after(page, page.staff_post(path, {"action": "first"})))

    assert page.signs_in(code=code).status_code == 303
    assert page.staff_post(path, {"action": "first"}).status_code == 404
    hub = page.works_at(HUB)
    assert hub.staff_post(path, {"action": "first"}).status_code == 404


class _Made:
    def __init__(self, made: dict[str, Any]) -> None:
        self.id, self.reference, self.return_code = made["id"], made["reference"], None


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**9), st.integers(1, 50))
def test_no_wait_is_longer_than_its_bound_and_none_is_shorter_than_before(
    failures: int, free: int
) -> None:
    now, then = wait_after(failures, free), wait_after(failures + 1, free)

    assert timedelta() <= now <= then <= LONGEST_WAIT
    assert (now > timedelta()) == (failures >= free)
