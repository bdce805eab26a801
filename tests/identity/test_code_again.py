"""Before something grave, whoever is signed on gives a code again; nobody else is led through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from identity.front import Browser, FrontDesk, query

from services.identity.domain import is_code_due
from shared.web import sessions

GRAVE = "/agency/grave"


def later(desk: FrontDesk, minutes: float) -> None:
    desk.clock.advance(timedelta(minutes=minutes))


@pytest.fixture
def browser(desk: FrontDesk) -> Browser:
    """Marta, who signed in six minutes ago."""
    browser = desk.browser()
    browser.sign_in()
    later(desk, 6)
    return browser


def test_the_code_of_a_sign_in_just_now_is_fresh_enough(desk: FrontDesk) -> None:
    browser = desk.browser()

    assert "csrf_token" in browser.sign_in(GRAVE).text


def test_an_older_code_is_asked_for_again_and_then_the_page_opens(
    desk: FrontDesk, browser: Browser
) -> None:
    asked = browser.open(GRAVE)
    assert "Enter a new code" in asked.text

    given = browser.give_code_again(asked)
    page = browser.open(given.headers["Location"])

    assert browser.path == GRAVE
    assert "csrf_token" in page.text
    assert desk.announced().count("session.started.v1") == 1
    assert "session.ended.v1" not in desk.announced()


def test_other_pages_ask_for_no_code(desk: FrontDesk, browser: Browser) -> None:
    assert "inbox of Marta Quinn" in browser.open("/agency/").text
    del desk


def test_a_wrong_code_leads_nowhere_and_is_told(desk: FrontDesk, browser: Browser) -> None:
    asked = browser.open(GRAVE)

    refused = browser.give_code_again(asked, code="000000")

    assert refused.status_code == 422
    assert "That code does not match" in refused.text
    assert ("session.refused.v1", "code") in [
        (kind, body.get("reason")) for kind, body in desk.messages()
    ]
    assert "Enter a new code" in browser.open(GRAVE).text


def test_a_code_is_used_once(desk: FrontDesk, browser: Browser) -> None:
    browser.give_code_again(browser.open(GRAVE))
    later(desk, 0)

    again = browser.give_code_again(browser.step("/account/confirm"))

    assert again.status_code == 422


def test_wrong_codes_must_wait_and_then_the_right_one_is_taken(
    desk: FrontDesk, browser: Browser
) -> None:
    asked = browser.open(GRAVE)
    answers = [browser.give_code_again(asked, code="000000") for _ in range(6)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    later(desk, 5)
    assert browser.give_code_again(asked).status_code == 303


def test_a_form_opened_with_a_fresh_code_may_be_sent_later_but_not_for_ever(
    desk: FrontDesk, browser: Browser
) -> None:
    page = browser.open(browser.give_code_again(browser.open(GRAVE)).headers["Location"])
    later(desk, 14)

    assert browser.send(GRAVE, page).text == "done by Marta Quinn"

    later(desk, 7)
    browser.open("/agency/")
    late = browser.send(GRAVE, page)
    assert late.status_code == 303
    assert "/session/start" in late.headers["Location"]


def test_asking_again_does_not_make_the_session_longer(desk: FrontDesk, browser: Browser) -> None:
    for _ in range(42):
        later(desk, 14)
        browser.open("/agency/")
    asked = browser.open(GRAVE)
    if "Enter a new code" in asked.text:
        browser.open(browser.give_code_again(asked).headers["Location"])
    later(desk, 6)

    assert "Sign in" in browser.open("/agency/").text


def test_only_whoever_is_signed_on_is_asked(desk: FrontDesk) -> None:
    browser = desk.browser()

    answer = browser.step("/account/confirm")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("next_", ["https://evil.example.org/", "//evil.example.org", "/ask"])
def test_the_page_leads_only_to_where_it_was_wanted(
    desk: FrontDesk, browser: Browser, next_: str
) -> None:
    asked = browser.step(f"/account/confirm?next={next_}")

    done = browser.give_code_again(asked)

    assert done.headers["Location"] == "/account/"
    del desk


def test_an_issuer_that_did_not_ask_again_is_not_believed(
    desk: FrontDesk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.identity.http.oauth.is_code_due", lambda *_: False)

    refused = browser.open(GRAVE)

    assert refused.status_code == 400
    assert "Please sign in again" in refused.text
    del desk


def test_the_service_asks_by_max_age(browser: Browser) -> None:
    started: Any = browser.step(browser.step(GRAVE).headers["Location"])

    assert query(started.headers["Location"])["max_age"] == str(int(sessions.FRESH.total_seconds()))


@pytest.mark.parametrize(
    ("max_age", "minutes", "due"),
    [
        (None, 600, False),
        ("300", 4, False),
        ("300", 6, True),
        ("0", 0.5, False),
        ("0", 2, True),
        ("-1", 2, True),
        ("soon", 2, True),
        ("9" * 5000, 60 * 25, True),
    ],
)
def test_how_old_a_code_may_be(max_age: str | None, minutes: float, *, due: bool) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)

    assert is_code_due(max_age, now - timedelta(minutes=minutes), now) is due


def test_nothing_of_it_is_written_in_plain(desk: FrontDesk, tmp_path: Path) -> None:
    browser = desk.browser()
    browser.sign_in()
    later(desk, 6)
    browser.give_code_again(browser.open(GRAVE), code="314159")

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"314159" in file.read_bytes()]
