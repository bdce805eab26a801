"""Bringing a guide in, in a real browser without scripts: phone and desk, axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from driving.examining import axe_violations
from driving.serving import Serving, hold_cookie
from services.matching import create_app
from shared.ids import new_id
from shared.web import sessions
from tests.matching.drivers import MONEY, Matching
from tests.matching.helping import a_worker

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("ONWARD_SHOTS")
URL = "/agency/guide/import"
FILE = """agency,name,needs,minimum_age,favourite_colour
Wandle Advice,Debt advice,debt,18,blue
Wandle Advice,Benefits advice,benefits; knitting,16,
Nobody We Know,Housing help,housing,,
Wandle Advice,Work and learning,employment,old,
"""


@pytest.fixture
def served(matching: Matching) -> Iterator[tuple[str, tuple[str, str]]]:
    """Return the address and the cookie of a coordinator."""
    matching.hub_is(MONEY)
    matching.publishes()
    app = create_app(matching.settings, matching.store)
    who = replace(a_worker(MONEY, "coordinator"), session=str(new_id()), name="Sam Lee")
    with matching.store.begin(actor=who) as tx:
        value = sessions.begin_session(tx, who, started=tx.now, code_at=None)
    with Serving(app) as serving:
        yield serving.url, (sessions.cookie_name(app.name), value)


def looked_at(page: Page, name: str, width: int) -> None:
    assert axe_violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"import-{name}-{width}.png"), full_page=True)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_file_is_looked_at_then_brought_in(
    browser: Browser, served: tuple[str, tuple[str, str]], tmp_path: Path, width: int
) -> None:
    url, cookie = served
    file = tmp_path / "guide.csv"
    file.write_text(FILE, encoding="utf-8")
    context = browser.new_context(base_url=url, viewport={"width": width, "height": 740})
    hold_cookie(context, cookie)
    page = context.new_page()

    page.goto("/agency/guide")
    page.get_by_role("link", name="Bring in entries from a file").click()
    looked_at(page, "form", width)
    page.get_by_role("button", name="Bring it in").click()
    page.get_by_role("heading", name="Please put this right").wait_for()
    looked_at(page, "fault", width)
    page.get_by_label("The file").set_input_files(file)
    page.get_by_label("Only show me what would happen").check()
    page.get_by_role("button", name="Bring it in").click()
    page.get_by_role("heading", name="What would come of your file").wait_for()
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Bring it in").click()
    page.get_by_role("heading", name="What came of your file").wait_for()

    looked_at(page, "told", width)
    assert page.get_by_role("heading", name="New entries: 2").is_visible()
    assert page.get_by_text("line 5, column minimum_age").is_visible()
    context.close()
