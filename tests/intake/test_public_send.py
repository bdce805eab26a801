"""Sending: what was checked is what is kept, once, and the code is told once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.intake import sealing
from services.intake.drafts import KEPT, sweep
from services.intake.usecases.trying import FREE_FROM_ONE_PLACE
from tests.intake.public_site import ADVICE, ANSWERS, DEBT, HOMES, HUB, RENT, Fields, Site

if TYPE_CHECKING:
    from pathlib import Path

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}")
REFERENCE = re.compile(r"<dd>([0-9A-Z]{4}-[0-9A-Z]{4})</dd>")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site.at(tmp_path)
    site.opens(ADVICE, "Wandle Advice", DEBT)
    site.opens(HOMES, "Southside Homes", RENT, needs=["housing"])
    return site


@pytest.fixture
def ready(site: Site) -> Site:
    site.answers()
    site.shares()
    return site


def test_the_check_page_shows_every_answer_with_a_way_to_change_it(ready: Site) -> None:
    page = ready.get("/ask/check").text

    for words in ("Debt", "SW18 2PU", "Ada", "Canary", "2 January 1980", "ada@example.org"):
        assert words in page
    assert "I am not sure. Then we do not use it." in page
    assert "I am scared." in page
    assert "May know: who you are and how to reach you, your story" in page
    assert "May not know anything" in page
    assert page.count("?change=1") == 14


def test_sending_makes_one_request_from_the_person(ready: Site) -> None:
    sent = ready.sends()

    assert sent.status_code == 303
    assert sent.headers["Location"] == "/ask/done"
    (request,) = ready.rows("request")
    assert request.source == "SELF_WEB"
    assert request.needs == ["debt", "housing"]


def test_exactly_what_was_ticked_is_granted_and_the_rest_refused(ready: Site) -> None:
    ready.sends()

    kept = {
        (grant.recipient_agency_id, grant.category, grant.decision)
        for grant in ready.rows("consent_grant")
    }
    given = {(ADVICE, category, "given") for category in ("identity", "contact", "story")}
    assert {grant for grant in kept if grant[2] == "given"} == given
    assert {grant[0] for grant in kept if grant[2] == "refused"} == {HOMES}
    (record,) = ready.rows("consent_record")
    assert (record.notice_id, record.method, record.given_by) == ("first", "online_form", "self")


def test_pressing_the_button_twice_makes_one_request(ready: Site) -> None:
    form = Fields(ready.get("/ask/check").text).hidden

    answers = [ready.browser.post("/ask/check", data=form) for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == ["/ask/done"] * 2
    assert len(ready.rows("request")) == 1


def test_two_presses_at_the_same_moment_make_one_request(ready: Site) -> None:
    form = Fields(ready.get("/ask/check").text).hidden
    cookies = "; ".join(
        f"{name}={ready.browser.get_cookie(name).value}"
        for name in ("onward-ask", "onward-intake-form")
    )

    def press(_: int) -> int:
        browser = ready.app.test_client(use_cookies=False)
        return browser.post("/ask/check", data=form, headers={"Cookie": cookies}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(press, range(4))) == [303] * 4
    assert len(ready.rows("request")) == 1


def test_a_form_of_another_draft_sends_nothing(ready: Site) -> None:
    refused = ready.post("/ask/check", {"token": "of another draft"})

    assert refused.headers["Location"] == "/ask/check"
    assert ready.rows("request") == []


def test_the_code_is_shown_once(ready: Site) -> None:
    ready.sends()

    first, second = ready.get("/ask/done"), ready.get("/ask/done")

    assert len(CODE.findall(first.text)) == 1
    assert CODE.search(second.text) is None
    assert REFERENCE.search(second.text)
    assert second.status_code == 200


def test_looking_without_reading_does_not_use_up_the_code(ready: Site) -> None:
    ready.sends()
    ready.browser.head("/ask/done")

    assert CODE.search(ready.get("/ask/done").text)


def test_whoever_lost_the_page_may_see_the_code_again_for_ten_minutes(ready: Site) -> None:
    ready.sends()
    code = CODE.search(ready.get("/ask/done").text)
    ready.clock.advance(timedelta(minutes=9))

    assert ready.post("/ask/done").status_code == 303
    assert code
    assert code.group() in ready.get("/ask/done").text
    ready.clock.advance(timedelta(minutes=1))
    assert CODE.search(ready.get("/ask/done").text) is None
    ready.post("/my/sign-in")  # any page gives a form token
    assert "There is nothing to show here" in ready.get("/ask/done").text


def test_a_bookmarked_confirmation_tells_a_stranger_nothing(ready: Site) -> None:
    ready.sends()
    ready.browser = ready.app.test_client()

    page = ready.get("/ask/done")

    assert page.status_code == 200
    assert "There is nothing to show here" in page.text
    assert "/my" in page.text


def test_without_a_safe_way_the_person_is_told_to_come_back(site: Site) -> None:
    site.knows(HUB, "Wandle Referral Hub", "hub")
    site.answers(email={}, phone={"phone": "07700 900123", "phone_safe": "no"})
    site.shares()
    site.sends()

    done = site.get("/ask/done").text
    assert "Please come back here" in done
    assert "ask in person at Wandle Referral Hub" in done


def test_going_back_after_sending_leads_to_the_confirmation(ready: Site) -> None:
    ready.sends()

    assert ready.get("/ask/check").headers["Location"] == "/ask/done"


def test_asking_again_after_sending_begins_with_nothing(ready: Site) -> None:
    ready.sends()

    assert Fields(ready.get("/ask/needs").text).ticked == []
    assert ready.get("/ask/sharing").headers["Location"] == "/ask/needs"


def test_nothing_typed_lies_readable_in_any_file(ready: Site, tmp_path: Path) -> None:
    typed = ["Ada", "Canary", "ada@example.org", "07700 900123", "+447700900123", "scared", "SW18"]
    typed += ["marmalade", "aunt Prudence"]
    before = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    ready.sends()
    code = CODE.search(ready.get("/ask/done").text)
    after = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    assert code
    for canary in [*typed, code.group(), code.group().replace("-", "")]:
        assert canary.encode() not in before + after
    assert ready.browser.get_cookie("onward-ask").value.encode() not in before + after


def test_an_agency_that_left_meanwhile_is_not_told(ready: Site) -> None:
    with ready.store.begin() as tx:
        tx.execute(tx.table("agency").update().values(active=False))

    assert ready.sends().headers["Location"] == "/ask/sharing"
    assert ready.rows("request") == []


def test_a_program_is_slowed_and_still_served(ready: Site) -> None:
    assert ready.post("/ask/check", {"website": "buy"}).status_code == 303
    assert ready.pauses == [1.0]
    assert len(ready.rows("request")) == 1


def test_a_person_who_took_their_time_is_not_slowed(ready: Site) -> None:
    ready.clock.advance(timedelta(seconds=4))
    ready.sends()

    assert ready.pauses == []


def test_a_draft_is_deleted_on_request_with_its_key(ready: Site) -> None:
    assert ready.post("/ask/delete").headers["Location"] == "/ask/cleared"

    assert ready.rows("draft") == []
    assert ready.browser.get_cookie("onward-ask") is None


def test_a_draft_nobody_came_back_to_is_swept(ready: Site) -> None:
    ready.clock.advance(KEPT - timedelta(minutes=1))
    with ready.store.begin() as tx:
        assert sweep(tx) == 0
    ready.clock.advance(timedelta(minutes=1))

    assert ANSWERS["about-you"]["given_name"] not in ready.get("/ask/about-you").text
    with ready.store.begin() as tx:
        assert sweep(tx) == 1
    assert ready.rows("draft") == []


def test_the_draft_cookie_is_closed_to_scripts_and_other_sites(site: Site) -> None:
    answered = site.post("/ask/story", {"story": "x"})
    cookie = next(c for c in answered.headers.getlist("Set-Cookie") if c.startswith("onward-ask="))

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_leaving_quickly_empties_browser_and_draft(ready: Site) -> None:
    left = ready.browser.get("/exit", buffered=True)

    assert left.status_code == 303
    assert left.headers["Location"].startswith("https://www.bbc.co.uk/")
    assert '"cookies"' in left.headers["Clear-Site-Data"]
    assert [ready.browser.get_cookie(n) for n in ("onward-ask", "onward-intake-form")] == [None] * 2
    assert ready.rows("draft") == []


def test_the_way_out_may_lead_elsewhere(site: Site) -> None:
    site.app.config["EXIT_TO"] = "http://127.0.0.1:1/weather"

    assert site.get("/exit").headers["Location"] == "http://127.0.0.1:1/weather"


def test_a_request_is_never_sent_with_a_consent_of_another_person(ready: Site) -> None:
    other = ready.app.test_client()
    form = Fields(ready.get("/ask/check").text).hidden
    token = Fields(other.get("/ask/story").text).hidden["csrf_token"]

    sent = other.post("/ask/check", data=form | {"csrf_token": token})

    assert sent.headers["Location"] == "/ask/needs"
    assert ready.rows("request") == []
    assert all(isinstance(row.id, UUID) for row in ready.rows("agency"))


def test_what_was_told_of_safety_is_kept_sealed_and_whole(ready: Site) -> None:
    ready.sends()
    (row,) = ready.rows("person")
    with ready.store.read() as tx:
        contact = sealing.open_person(tx.vault, tx.key_of(row.id), row, "contact")

    assert contact["code_word"] == "marmalade"
    email, phone, text = sealing.channels(contact)
    assert (email.kind, email.safe, email.who_else_sees) == ("email", "yes", "aunt Prudence")
    assert (phone.kind, phone.safe, phone.leave_message) == ("phone", "unknown", False)
    assert (text.kind, text.safe) == ("text", "no")


def test_an_answer_that_no_longer_counts_is_not_kept(site: Site) -> None:
    site.answers(phone={"phone": "07700 900123", "phone_safe": "yes"},
                 ringing={"phone_message": "yes", "phone_name": "Auntie"})  # fmt: skip
    site.post("/ask/phone", {"phone": "07700 900123", "phone_safe": "no"})
    site.shares()
    assert "Auntie" not in site.get("/ask/check").text
    site.sends()
    (row,) = site.rows("person")
    with site.store.read() as tx:
        contact = sealing.open_person(tx.vault, tx.key_of(row.id), row, "contact")

    assert sealing.channels(contact)[1].name_to_ask_for is None


def test_a_code_brings_the_answers_to_another_phone_and_only_there(ready: Site) -> None:
    ready.post("/ask/save")
    code = _code(ready.get("/ask/save").text)
    old, ready.browser, ready._token = ready.browser, ready.app.test_client(), None

    taken = ready.post("/ask/resume", {"code": code.lower().replace("-", " ")})

    assert taken.headers["Location"] == "/ask/check"
    assert "Canary" in ready.get("/ask/check").text
    assert "no longer here" in old.get("/ask/story").text
    assert "scared" not in old.get("/ask/story").text


def _code(page: str) -> str:
    found = CODE.search(page)
    assert found
    return found.group()


def test_the_code_of_a_draft_lies_nowhere_readable(ready: Site, tmp_path: Path) -> None:
    ready.post("/ask/save")
    code = _code(ready.get("/ask/save").text)
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept


@pytest.mark.parametrize("typed", ["", "HD3J-K4RF-7TM2-C9", "x" * 500])
def test_a_wrong_code_is_said_and_opens_nothing(ready: Site, typed: str) -> None:
    ready.browser, ready._token = ready.app.test_client(), None

    refused = ready.post("/ask/resume", {"code": typed})

    assert refused.status_code == 422
    assert "onward-ask=" not in str(refused.headers)


def test_guessing_codes_is_slowed_where_it_comes_from_and_nowhere_else(ready: Site) -> None:
    ready.post("/ask/save")
    code = _code(ready.get("/ask/save").text)
    for number in range(FREE_FROM_ONE_PLACE):
        ready.post("/ask/resume", {"code": f"HD3J-K4RF-7TM2-{number}"})

    slowed = ready.post("/ask/resume", {"code": code})
    ready.browser.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    elsewhere = ready.post("/ask/resume", {"code": code})

    assert (slowed.status_code, int(slowed.headers["Retry-After"]) > 0) == (429, True)
    assert elsewhere.headers["Location"] == "/ask/check"


def test_a_code_ends_with_its_answers(ready: Site) -> None:
    ready.post("/ask/save")
    code = _code(ready.get("/ask/save").text)
    assert "until 21 December 2026" in ready.get("/ask/save").text
    ready.clock.advance(KEPT)

    assert "We have no answers under this code" in ready.post("/ask/resume", {"code": code}).text


def test_a_code_opens_nothing_once_the_answers_were_sent(ready: Site) -> None:
    ready.post("/ask/save")
    code = _code(ready.get("/ask/save").text)
    ready.sends()

    assert "We have no answers under this code" in ready.post("/ask/resume", {"code": code}).text


def test_an_expired_draft_is_said_and_not_taken_for_a_new_one(ready: Site) -> None:
    ready.clock.advance(KEPT)

    assert "no longer here" in ready.get("/ask").text
    assert "no longer here" in ready.get("/ask/needs").text


def test_answers_in_two_tabs_are_both_kept(site: Site) -> None:
    site.post("/ask/story", {"story": "in one tab"})
    site.post("/ask/about-you", {"given_name": "Tabitha"})

    assert "in one tab" in site.get("/ask/story").text
    assert "Tabitha" in site.get("/ask/about-you").text


def test_a_tab_left_open_while_another_sent_begins_nothing_new(ready: Site) -> None:
    left_open = Fields(ready.get("/ask/story").text).hidden
    ready.sends()

    late = ready.browser.post("/ask/story", data=left_open | {"story": "too late"})

    assert late.headers["Location"] == "/ask/done"
    assert len(ready.rows("draft")) == 1


def test_the_way_back_leads_to_the_page_before_with_its_answer(site: Site) -> None:
    site.answers()
    page = site.get("/ask/about-you").text

    assert 'href="/ask/place" class="govuk-back-link"' in page
    site.post("/ask/place", {"where": "none"})
    assert 'href="/ask/place" class="govuk-back-link"' in site.get("/ask/about-you").text


def test_a_copy_for_printing_is_there_before_sending_and_ten_minutes_after(ready: Site) -> None:
    assert "Canary" in ready.get("/ask/copy").text
    ready.sends()
    assert "I am scared." in ready.get("/ask/copy").text
    assert CODE.search(ready.get("/ask/copy").text) is None
    ready.clock.advance(timedelta(minutes=10))
    assert ready.get("/ask/copy").headers["Location"] == "/ask"
