"""The layout in a real browser: on a phone and a desk, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PAGES = ["/tiny/page", "/tiny/page?area=staff", "/nothing", "/tiny/raise/full"]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
EXPECTED = "the server responded with a status of"  # Chromium's own remark on 404 and 503


@pytest.fixture(params=[360, 1280], ids=["phone", "desk"])
def page(browser: Browser, served: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(base_url=served, viewport={"width": request.param, "height": 800})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_fits_and_breaks_no_policy(page: Page, path: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path)

    found = Axe().run(page, options=WCAG).response

    assert found["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert [line for line in said if EXPECTED not in line] == []


def test_the_scripts_of_the_design_system_run_under_the_policy(page: Page) -> None:
    page.goto("/tiny/page")

    assert page.locator("[data-govuk-exit-this-page-init]").count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_form_is_sent_with_scripts_and_without(
    browser: Browser, served: str, scripts: bool
) -> None:
    context = browser.new_context(base_url=served, java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/tiny/page")

    page.get_by_label("Your first name").fill("Ann")
    page.get_by_role("button", name="Continue").click()

    assert page.get_by_text("stored Ann").is_visible()
    context.close()


def test_the_first_stop_of_the_keyboard_is_the_way_past_the_header(page: Page) -> None:
    page.goto("/tiny/page")

    stops = []
    for _ in range(2):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent.trim()"))

    assert stops == ["Skip to main content", "Exit this page quickly"]


def test_paper_shows_neither_buttons_nor_navigation(page: Page) -> None:
    page.goto("/tiny/page")
    page.emulate_media(media="print")

    assert page.get_by_role("heading", name="Your requests").is_visible()
    assert not page.get_by_role("button", name="Continue").is_visible()
    assert not page.locator(".govuk-exit-this-page").is_visible()
