"""/my: how it stands, for whoever knows reference and return code, and for nobody else."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from intake.desk import Desk
from intake.own_page import OwnPage
from intake.telling import ADVICE, EMAIL, HOMES, PERSONAL
from sqlalchemy import Engine, event

from services.intake.domain.references import return_code_from
from services.intake.domain.stages import STAGES
from services.intake.http.public import standing_words as words
from services.intake.usecases.trying import FREE_FROM_ONE_PLACE, FREE_TRIES
from services.intake.visits import IDLE, LONGEST
from shared.ids import new_id
from shared.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from werkzeug.test import TestResponse

WRONG = return_code_from(bytes(16))
NOBODYS = "CCCC-CCCC"


@pytest.fixture
def mine(desk: Desk) -> OwnPage:
    return OwnPage.of(desk)


def visits(desk: Desk) -> list[Any]:
    with desk.store.read() as tx:
        return tx.all(tx.table("visit").select())


def test_without_a_visit_the_page_asks_for_reference_and_code(mine: OwnPage) -> None:
    assert mine.get("/my").headers["Location"] == "/my/sign-in"
    assert mine.get("/my/sign-in").status_code == 200


def test_reference_and_code_open_the_page_however_they_are_typed(mine: OwnPage) -> None:
    reference, code = mine.submitted.reference, str(mine.submitted.return_code)

    opened = mine.signs_in(f" {reference.lower().replace('-', ' ')}", code.lower().replace("-", ""))

    assert opened.headers["Location"] == "/my"
    assert reference in mine.text()


def test_the_first_view_shows_stages_and_no_name_of_anybody(desk: Desk, mine: OwnPage) -> None:
    desk.put_to(mine.submitted, "proposed", "sent", "opened", "accepted")

    page = mine.opens().get("/my").text

    for secret in (*PERSONAL, "07700", "Wandle Advice", "Debt advice", str(mine.id)):
        assert secret not in page
    assert "The agency said yes. You are waiting; they do not support you yet." in page
    assert "We asked the agency to help you." in page
    assert page.index("said yes") < page.index("We asked")


def test_names_and_story_come_after_show_and_go_after_hide(desk: Desk, mine: OwnPage) -> None:
    desk.put_to(mine.submitted, "proposed", "sent", "opened", "accepted")
    mine.opens()
    assert mine.get("/my/details").headers["Location"] == "/my/show?to=details"

    mine.shows()

    page = mine.text("/my/details")
    for told in ("Marigold Thistlewood", "2 January 1980", "1 High St", EMAIL, "Wandle Advice"):
        assert told in page
    assert "Letters keep coming" in page
    assert "Marigold" not in mine.get("/my").text
    mine.post("/my/hide")
    assert mine.get("/my/details").status_code == 303


def test_each_view_of_the_details_is_recorded(desk: Desk, mine: OwnPage) -> None:
    mine.shows()
    mine.get("/my/details")
    mine.get("/my/details")

    looks = [a for a in desk.announced("access.granted.v1") if a["purpose"] == "own_page"]

    assert len(looks) == 2
    assert looks[0]["request_id"] == str(mine.id)


def test_the_page_says_when_it_was_opened_before(desk: Desk, mine: OwnPage) -> None:
    mine.opens()
    assert "never opened before" in mine.text()
    desk.clock.advance(timedelta(days=2))

    mine.opens()

    assert "last opened on 23 November 2026, 10:00am" in mine.text()


def test_it_says_what_happens_next_and_by_when(desk: Desk, mine: OwnPage) -> None:
    assert "If none stands here by 24 November 2026, please ring Wandle Hub." in mine.opens().text()
    referral = new_id()
    by = desk.clock.now() + timedelta(days=7)
    desk.hears_of_referral("sent", mine.id, referral, 1, answer_by=by)
    mine.opens()
    assert "The agency reads it and answers by 30 November 2026." in mine.text()

    desk.clock.advance(timedelta(days=9))
    mine.opens()
    assert "should have answered by 30 November 2026. They are late." in mine.text()

    desk.hears_of_referral("accepted", mine.id, referral, 2, forecast_start="2026-12-10")
    assert "They expect to start on 10 December 2026." in mine.text()


def test_a_refusal_is_told_with_its_reason_and_what_comes_next(desk: Desk, mine: OwnPage) -> None:
    desk.put_to(mine.submitted, "proposed", "sent", "declined")
    mine.shows()

    page = mine.text("/my/details")

    assert "Not possible" in page
    assert "This service has no free place at the moment." in page
    assert "choose another agency" in page
    assert "free place" not in mine.text()
    assert "Ask someone else" in mine.text(), "there is a way to do so"


def test_the_person_sees_who_looked_at_what_and_why(desk: Desk, mine: OwnPage) -> None:
    mine.shows()
    assert "Nobody has opened your details yet" in mine.text("/my/details")

    with desk.store.begin() as tx:
        tx.keep_opening(mine.id, ADVICE, ["identity", "story"], "refer")
        tx.keep_opening(mine.id, HOMES, ["accept_note", "decline_comment"], "case_review")

    page = mine.text("/my/details")
    seen = "to see if they can help you: Name and date of birth; What you told us."
    assert f"Wandle Advice, 23 November 2026, 10:00am, {seen}" in page
    assert "because you agreed that they talk about it together: What agencies wrote" in page


def test_whoever_would_rather_speak_is_told_whom_to_ring(mine: OwnPage) -> None:
    assert "Ring Wandle Hub on 020 in office hours" in mine.opens().text()


def test_every_stage_has_its_words() -> None:
    stages = set(STAGES.values())

    assert stages == set(words.TONES) == stages & words.HAPPENED.keys() & words.NEXT.keys()


def test_a_wrong_code_is_answered_exactly_like_an_unknown_reference(
    desk: Desk, mine: OwnPage
) -> None:
    wrong, unknown = mine.signs_in(code=WRONG), mine.signs_in(NOBODYS, WRONG)

    assert wrong.status_code == unknown.status_code == 422
    assert _bare(wrong) == _bare(unknown).replace(f'"{NOBODYS}"', f'"{mine.submitted.reference}"')
    assert visits(desk) == []


def test_a_wrong_code_and_an_unknown_reference_take_the_same_work(
    desk: Desk, mine: OwnPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work is counted, not timed: statements that reach the database, and keyed hashes."""
    mine.signs_in(code=WRONG, place="192.0.2.7")
    mine.signs_in(NOBODYS, WRONG, place="192.0.2.8")

    with work_of(monkeypatch) as known:
        mine.signs_in(code=WRONG, place="192.0.2.7")
    with work_of(monkeypatch) as unknown:
        mine.signs_in(NOBODYS, WRONG, place="192.0.2.8")

    assert known == unknown
    assert known["hash"] >= 4
    assert sum(known.values()) > known["hash"]


def work_of(patch: pytest.MonkeyPatch) -> AbstractContextManager[Counter[str]]:
    index = Vault.blind_index

    @contextmanager
    def counting() -> Iterator[Counter[str]]:
        counted: Counter[str] = Counter()

        def note(*facts: Any) -> None:
            counted[facts[2]] += 1

        def hashed(vault: Vault, *what: str) -> bytes:
            counted["hash"] += 1
            return index(vault, *what)

        event.listen(Engine, "before_cursor_execute", note)
        patch.setattr(Vault, "blind_index", hashed)
        yield counted
        event.remove(Engine, "before_cursor_execute", note)
        patch.setattr(Vault, "blind_index", index)

    return counting()


def test_whoever_lost_only_the_code_reads_whom_to_ring_and_what_to_say(mine: OwnPage) -> None:
    told = mine.text("/my/sign-in")

    assert "Ring Wandle Hub on" in told
    assert "Say your reference and your code word" in told


def test_too_many_wrong_codes_must_wait_known_reference_or_not(mine: OwnPage) -> None:
    for reference in (mine.submitted.reference, NOBODYS):
        answers = [mine.signs_in(reference, WRONG) for _ in range(FREE_TRIES + 1)]

        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert "then try again" in answers[-1].text
    assert mine.signs_in().status_code == 429


def test_however_hard_others_guess_the_person_is_let_in_from_elsewhere(mine: OwnPage) -> None:
    for number in range(40):
        mine.signs_in(code=WRONG, place=f"198.51.100.{number}")

    assert mine.signs_in(code=WRONG, place="198.51.100.1").status_code == 429
    assert mine.signs_in(place="203.0.113.9").status_code == 303


def test_whoever_waits_as_told_is_let_in_from_the_same_place(desk: Desk, mine: OwnPage) -> None:
    for _ in range(FREE_TRIES):
        last = mine.signs_in(code=WRONG)

    desk.clock.advance(timedelta(seconds=int(last.headers["Retry-After"])))

    assert mine.signs_in().status_code == 303


def test_one_place_that_tries_many_references_is_slowed(desk: Desk, mine: OwnPage) -> None:
    for number in range(FREE_FROM_ONE_PLACE):
        mine.signs_in(f"{NOBODYS[:-1]}{number}", WRONG, place="2001:db8::1")

    assert mine.signs_in(place="2001:db8::2").status_code == 429
    assert mine.signs_in(place="2001:db8:1::1").status_code == 303
    desk.clock.advance(timedelta(hours=1))
    assert mine.signs_in(place="2001:db8::1").status_code == 303


def test_no_address_is_kept(desk: Desk, mine: OwnPage) -> None:
    mine.signs_in(code=WRONG, place="198.51.100.77")

    assert b"198.51.100.77" not in desk.everything_stored()


@pytest.mark.parametrize(("reference", "code"), [("", "x"), ("x", ""), ("", "")])
def test_an_empty_field_is_asked_for(mine: OwnPage, reference: str, code: str) -> None:
    refused = mine.signs_in(reference, code)

    assert refused.status_code == 422
    assert "<title>Error: " in refused.text


def test_a_forged_sign_in_is_refused(desk: Desk, mine: OwnPage) -> None:
    data = {"reference": mine.submitted.reference, "code": mine.submitted.return_code}

    assert mine.browser.post("/my/sign-in", data=data).status_code == 400
    assert visits(desk) == []


def test_the_page_closes_after_fifteen_minutes_without_a_look(desk: Desk, mine: OwnPage) -> None:
    mine.opens()
    for _ in range(2):
        desk.clock.advance(IDLE - timedelta(seconds=1))
        assert mine.get("/my").status_code == 200
    desk.clock.advance(IDLE)

    assert mine.get("/my").headers["Location"] == "/my/sign-in"


def test_the_page_closes_after_ten_hours_whatever_happens(desk: Desk, mine: OwnPage) -> None:
    mine.opens()
    for _ in range(60):
        desk.clock.advance(LONGEST / 60)
        last = mine.get("/my")

    assert last.headers["Location"] == "/my/sign-in"
    mine.opens()
    assert len(visits(desk)) == 1


def test_closing_the_page_closes_it_on_the_server_too(desk: Desk, mine: OwnPage) -> None:
    mine.opens()
    cookie = mine.browser.get_cookie("onward-my")
    assert cookie is not None

    closed = mine.post("/my/sign-out")

    assert closed.headers["Location"] == "/my/closed"
    assert visits(desk) == []
    mine.browser.set_cookie("onward-my", cookie.value)
    assert mine.get("/my").status_code == 303


def test_leaving_quickly_closes_the_page(desk: Desk, mine: OwnPage) -> None:
    mine.opens()

    mine.browser.get("/exit", buffered=True)

    assert visits(desk) == []
    assert mine.browser.get_cookie("onward-my") is None


def test_a_made_up_visit_opens_nothing(mine: OwnPage) -> None:
    mine.browser.set_cookie("onward-my", "A" * 22)

    assert mine.get("/my").status_code == 303


def test_every_page_has_the_quick_way_out(mine: OwnPage) -> None:
    mine.shows()

    for path in PAGES:
        page = mine.get(path)
        assert page.status_code == 200, path
        assert 'href="/exit"' in page.text, path
        assert "onward-reference" in page.text or "<h1" in page.text, path


PAGES = (
    "/my", "/my/details", "/my/sharing", "/my/receipts", "/my/stop", "/my/help", "/my/safety",
    "/my/correct/name", "/my/correct/born", "/my/correct/home", "/my/correct/story",
    "/my/contact/0", "/my/contact/1", "/my/contact/add/text", "/my/frozen", "/my/sign-in",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/my/correct/nobody", "/my/contact/9", "/my/contact/add/fax"])
def test_what_is_not_there_is_not_found(mine: OwnPage, path: str) -> None:
    assert mine.shows().get(path).status_code == 404


def test_both_databases_count_keep_and_close_alike(where: Any, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "var")
    mine = OwnPage.of(desk)
    waits = [mine.signs_in(code=WRONG).headers.get("Retry-After") for _ in range(FREE_TRIES + 1)]
    assert waits == [None] * (FREE_TRIES - 1) + ["30", "30"]
    desk.clock.advance(timedelta(seconds=30))

    mine.shows()
    mine.post("/my/code", {"code": mine.submitted.return_code})
    (new,) = re.findall(r"<dd>([0-9A-Z-]+)</dd>", mine.get("/my/code").text)
    mine.post("/my/code/use", {"code": new})
    mine.post("/my/help", {"got_help": "partly"})
    mine.post("/my/hidden")

    assert mine.signs_in().status_code == 422
    assert mine.signs_in(code=new).status_code == 303
    assert mine.post("/my/show").status_code == 422
    assert mine.post("/my/frozen").headers["Location"] == "/my/frozen"
    assert visits(desk) == []
    desk.store.close()


def _bare(answer: TestResponse) -> str:
    """Return the page without what differs from one answer to the next: token and nonce."""
    return re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', "", answer.text)
