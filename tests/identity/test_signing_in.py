"""Two steps to sign in, one sign-on for every service, and every way it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from identity.front import AGENCY, MARTA, OMAR, Browser, FrontDesk, query

from services.identity import passwords
from services.identity.passwords import code_at
from shared.web import standing

ON_BOTH = pytest.mark.usefixtures("where")


@pytest.fixture
def browser(desk: FrontDesk) -> Browser:
    return desk.browser()


def test_a_page_of_staff_leads_to_sign_in_and_back(desk: FrontDesk, browser: Browser) -> None:
    page = browser.sign_in("/agency/?page=2")

    assert page.text == "inbox of Marta Quinn"
    assert browser.path == "/agency/?page=2"
    assert "session.started.v1" in desk.announced()


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(browser: Browser) -> None:
    browser.give_password(browser.open("/agency/"))
    done = browser.give_code()

    for cookie in done.headers.getlist("Set-Cookie"):
        if cookie.startswith("__Host-onward-identity="):
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
            break
    else:
        pytest.fail("there is no cookie")


def test_what_is_stored_is_not_the_cookie_the_password_or_the_secret(
    desk: FrontDesk, browser: Browser
) -> None:
    browser.give_password(browser.open("/sign-in"), "canary", "parrot")
    browser.sign_in()

    files = b"".join(path.read_bytes() for path in desk.settings.var.rglob("*") if path.is_file())
    for jar in browser.jars.values():
        for cookie in jar._cookies.values():
            assert cookie.value.encode() not in files
    assert desk.passwords["marta"].encode() not in files
    assert desk.secrets["marta"].encode() not in files
    assert b"canary" not in files
    assert b"parrot" not in files


@pytest.mark.parametrize("name", ["marta", "nobody"])
def test_a_wrong_password_and_an_unknown_account_look_the_same(browser: Browser, name: str) -> None:
    page = browser.give_password(browser.open("/sign-in"), name, "wrong")

    assert page.status_code == 422
    assert "Check your e-mail address and password" in page.text
    assert f'value="{name}.quinn@wandle.example.org"' in page.text
    assert "wrong" not in page.text


REAL_HASHER = passwords._HASHER


def test_passwords_cost_what_owasp_asks() -> None:
    cost = REAL_HASHER.time_cost, REAL_HASHER.memory_cost, REAL_HASHER.parallelism

    assert (REAL_HASHER.type.name, cost) == ("ID", (2, 19 * 1024, 1))


class Counting:
    """Counts what it is asked to compare."""

    def __init__(self, real: Any) -> None:
        self.real, self.compared = real, 0

    def verify(self, stored: str, given: str) -> None:
        self.compared += 1
        self.real.verify(stored, given)


@pytest.mark.parametrize("name", ["marta", "nobody"])
def test_an_unknown_account_costs_as_much_as_a_known_one(
    desk: FrontDesk, browser: Browser, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    counting = Counting(passwords._HASHER)
    monkeypatch.setattr(passwords, "_HASHER", counting)
    before = _writes(desk)

    browser.give_password(browser.open("/sign-in"), name, "wrong")

    assert counting.compared == 1
    assert _writes(desk) == before + 1


def test_the_password_for_unknown_accounts_is_hashed_like_any_other() -> None:
    assert passwords._decoy().split("$")[:4] == passwords.hash_password("x").split("$")[:4]


def _writes(desk: FrontDesk) -> int:
    with desk.store.read() as tx:
        tables = [tx.table("outbox"), tx.table("refusal")]
        return sum(len(tx.execute(table.select()).all()) for table in tables)


def test_a_refused_password_of_a_known_account_is_announced_without_what_was_typed(
    desk: FrontDesk, browser: Browser
) -> None:
    browser.give_password(browser.open("/sign-in"), "marta", "wrong")

    kind, event = desk.messages()[-1]
    assert kind == "session.refused.v1"
    assert event == {"staff_id": str(MARTA), "agency_id": str(AGENCY), "reason": "password"}


def test_empty_fields_are_named(browser: Browser) -> None:
    page = browser.send("/sign-in", browser.open("/sign-in"), email="", password="")

    assert page.status_code == 422
    assert "Enter your work e-mail address" in page.text
    assert "Enter your password" in page.text


def test_a_form_without_its_token_is_refused(browser: Browser, desk: FrontDesk) -> None:
    answer = desk.app.test_client().post(
        "/sign-in", data={"email": "a@example.org", "password": "x"}
    )

    assert answer.status_code == 400


def test_the_password_alone_opens_nothing(browser: Browser) -> None:
    browser.give_password(browser.open("/agency/"))

    assert "Sign in" in browser.open("/agency/").text
    assert browser.step("/account/").status_code == 303


@ON_BOTH
def test_a_code_works_once(desk: FrontDesk, browser: Browser) -> None:
    browser.sign_in()
    second = desk.browser()
    second.give_password(second.open("/agency/"))

    page = second.give_code()

    assert page.status_code == 422
    assert desk.messages()[-1][1]["reason"] == "code_reused"


@pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 303), (30, 303), (60, 422)])
def test_a_code_is_good_half_a_minute_either_side(
    desk: FrontDesk, browser: Browser, seconds: int, status: int
) -> None:
    browser.give_password(browser.open("/agency/"))
    code = code_at(desk.secrets["marta"], desk.clock.now() + timedelta(seconds=seconds))

    assert browser.give_code(code=code).status_code == status


@pytest.mark.parametrize("code", ["000000", "12345", "abcdef", "١٢٣٤٥٦", "1" * 4000])
def test_a_wrong_code_is_refused(desk: FrontDesk, browser: Browser, code: str) -> None:
    browser.give_password(browser.open("/agency/"))

    page = browser.give_code(code=code)

    assert page.status_code == 422
    assert desk.messages()[-1][1]["reason"] == "code"


def test_spaces_in_a_code_do_no_harm(desk: FrontDesk, browser: Browser) -> None:
    browser.give_password(browser.open("/agency/"))
    code = code_at(desk.secrets["marta"], desk.clock.now())

    assert browser.give_code(code=f"{code[:3]} {code[3:]}").status_code == 303


def test_five_minutes_after_the_password_it_begins_again(desk: FrontDesk, browser: Browser) -> None:
    browser.give_password(browser.open("/agency/"))
    desk.clock.advance(timedelta(minutes=5))

    page = browser.give_code()

    assert page.headers["Location"] == "/sign-in?expired=1"


@ON_BOTH
def test_after_five_failures_each_try_waits_but_never_for_ever(
    desk: FrontDesk, browser: Browser
) -> None:
    page = browser.open("/sign-in")
    for _ in range(5):
        assert browser.give_password(page, "marta", "wrong").status_code == 422

    refused = browser.give_password(page)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 2
    assert "marta.quinn@wandle.example.org" in refused.text

    desk.clock.advance(timedelta(seconds=2))
    assert browser.give_password(page).status_code == 303


def test_the_longest_wait_is_five_minutes(desk: FrontDesk, browser: Browser) -> None:
    with desk.store.begin() as tx:
        email = "marta.quinn@wandle.example.org"
        tx.remember_tries("account", tx.vault.blind_index("email", email), 10_000)
    page = browser.open("/sign-in")
    assert browser.give_password(page).status_code == 429

    desk.clock.advance(timedelta(minutes=5))

    assert browser.give_password(page).status_code == 303


def test_an_unknown_account_is_slowed_down_too(browser: Browser) -> None:
    page = browser.open("/sign-in")
    answers = [browser.give_password(page, "nobody", "x").status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_one_address_trying_many_accounts_is_slowed_down(browser: Browser) -> None:
    page = browser.open("/sign-in")
    answers = [browser.give_password(page, f"n{n}", "x").status_code for n in range(41)]

    assert answers[39:] == [422, 429]


def test_one_address_slows_down_no_other_however_addresses_are_written(browser: Browser) -> None:
    page, client = browser.open("/sign-in"), browser.jars["identity"]
    client.environ_base["REMOTE_ADDR"] = "::ffff:203.0.113.7"
    for n in range(41):
        browser.give_password(page, f"n{n}", "x")

    client.environ_base["REMOTE_ADDR"] = "::ffff:198.51.100.9"

    assert browser.give_password(page).status_code == 303


def test_signing_in_forgives_the_failures_before(desk: FrontDesk, browser: Browser) -> None:
    page = browser.open("/sign-in")
    for _ in range(3):
        browser.give_password(page, "marta", "wrong")
    browser.sign_in()
    for _ in range(5):
        answer = browser.give_password(page, "marta", "wrong")

    assert answer.status_code == 422


def test_another_service_needs_no_second_password(desk: FrontDesk, browser: Browser) -> None:
    browser.sign_in()
    browser.jars["matching"] = desk.matching.test_client()

    assert browser.open("/agency/").text == "inbox of Marta Quinn"


@pytest.mark.parametrize("minutes", [15, 60, 600])
def test_an_idle_sign_on_is_over_everywhere(
    desk: FrontDesk, browser: Browser, minutes: int
) -> None:
    browser.sign_in()

    desk.clock.advance(timedelta(minutes=minutes))

    assert "Work e-mail address" in browser.open("/agency/").text


def test_work_keeps_the_sign_on_alive_for_ten_hours(desk: FrontDesk, browser: Browser) -> None:
    browser.sign_in()
    for _ in range(42):
        desk.clock.advance(timedelta(minutes=14))
        assert browser.open("/agency/").text == "inbox of Marta Quinn"

    desk.clock.advance(timedelta(minutes=14))

    assert "Work e-mail address" in browser.open("/agency/").text


@ON_BOTH
def test_signing_out_ends_the_sign_on_and_tells_everybody(
    desk: FrontDesk, browser: Browser
) -> None:
    browser.sign_in()

    page = browser.send("/sign-out", browser.open("/sign-out"))

    assert "You have signed out" in page.text
    gone = [c for c in page.headers.getlist("Set-Cookie") if "Max-Age=0" in c]
    assert any(c.startswith("__Host-onward-matching=") for c in gone)
    kind, event = desk.messages()[-1]
    assert kind == "session.ended.v1"
    assert event["reason"] == "signed_out"
    _deliver(desk, event)
    assert "Work e-mail address" in browser.open("/agency/").text


def _deliver(desk: FrontDesk, event: dict[str, Any]) -> None:
    from uuid import UUID

    with desk.matching.extensions["store"].begin() as tx:
        standing.end_session(standing.SessionEnded(UUID(event["session_id"])), tx)


def test_opening_the_sign_out_page_signs_nobody_out(browser: Browser) -> None:
    browser.sign_in()
    browser.open("/sign-out")

    assert browser.step("/account/").status_code == 200


def test_the_account_page_says_since_when_by_the_clock_on_the_wall(
    desk: FrontDesk, browser: Browser
) -> None:
    browser.sign_in()
    summer = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    sign_on = desk.store.metadata.tables["sign_on"]
    with desk.store.begin() as tx:
        tx.execute(sign_on.update().values(started_at=summer))

    page = browser.step("/account/").text

    assert "1 July 2026 at 00:30" in page
    assert "UTC" not in page


def test_signing_in_again_ends_the_sign_on_before(desk: FrontDesk, browser: Browser) -> None:
    browser.sign_in()
    desk.clock.advance(timedelta(minutes=1))
    browser.give_password(browser.open("/sign-in"))
    browser.give_code()

    assert [e["reason"] for k, e in desk.messages() if k == "session.ended.v1"] == [
        "signed_in_again"
    ]


@pytest.mark.parametrize(
    "changes", [{"roles": ["trustee"]}, {"active": False}, {"name": "Marta Jones"}]
)
def test_a_change_of_staff_ends_their_sign_ons(
    desk: FrontDesk, browser: Browser, changes: dict[str, Any]
) -> None:
    browser.sign_in()

    desk.load(staff=[desk.member(MARTA, "marta") | changes, desk.member(OMAR, "omar")])

    assert desk.announced()[-2:] == ["session.ended.v1", "staff.changed.v1"]
    assert browser.step("/account/").status_code == 303


@ON_BOTH
def test_loading_the_same_directory_again_changes_nothing(desk: FrontDesk) -> None:
    before = desk.announced()

    desk.load()

    assert desk.announced() == before


def test_staff_of_an_agency_that_left_cannot_sign_in(desk: FrontDesk, browser: Browser) -> None:
    agency = {"id": str(AGENCY), "name": "Wandle Advice", "active": False}
    desk.load(agencies=[agency])

    assert browser.give_password(browser.open("/sign-in")).status_code == 422


@ON_BOTH
def test_the_account_page_shows_and_ends_other_sign_ons(desk: FrontDesk, browser: Browser) -> None:
    browser.sign_in()
    desk.clock.advance(timedelta(minutes=1))
    elsewhere = desk.browser()
    elsewhere.sign_in()

    page = browser.open("/account/")
    assert "Another browser or computer" in page.text
    browser.send("/account/elsewhere", page)

    assert elsewhere.step("/account/").status_code == 303
    assert browser.step("/account/").status_code == 200


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "/agency/", "x"]
)
def test_sign_in_leads_nowhere_but_here(browser: Browser, onward: str) -> None:
    browser.give_password(browser.open(f"/sign-in?next={onward}"))

    assert browser.give_code().headers["Location"] == "/account/"


def test_a_sign_on_begun_in_another_browser_is_not_taken(desk: FrontDesk) -> None:
    mallory, victim = desk.browser(), desk.browser()
    mallory.sign_in(name="omar")
    start = mallory.step("/matching/session/start?next=/agency/").headers["Location"]
    answer = mallory.step(start.removeprefix(desk.settings.base_url)).headers["Location"]

    page = victim.step(answer.removeprefix(desk.settings.base_url))

    assert query(answer)["code"]
    assert page.status_code == 400
    assert victim.step("/agency/").status_code == 303


@pytest.mark.parametrize("change", ["state", "iss", "code"])
def test_an_answer_that_was_changed_is_refused(desk: FrontDesk, change: str) -> None:
    browser = desk.browser()
    browser.sign_in()
    start = browser.step("/matching/session/start").headers["Location"]
    given = query(browser.step(start).headers["Location"])

    path = "&".join(f"{k}={'x' if k == change else v}" for k, v in given.items())

    assert browser.step(f"/matching/session/callback?{path}").status_code == 400
