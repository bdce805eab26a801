"""The guide and an agency's own services in a real browser: on a phone and at a desk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from driving.examining import axe_violations
from driving.serving import Serving, hold_cookie
from services.matching import create_app
from services.matching.usecases.closing import Closure, close_service
from shared.testing.sign_on import sign_in
from shared.web import sessions
from tests.matching.drivers import ADVICE, MONEY, Matching, a_client, a_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("ONWARD_SHOTS")
WIDTHS = (1280, 360)  # a page is opened on the phone that the one before was left on
REFUSED = "the server responded with a status of 422"  # Chromium's own remark
CONTACT = {"name": "Priya Nair", "role": "Lead", "phone": "07700 900101", "email": "p@example.org"}
RULES = [
    {
        "rule": "one_of",
        "rules": [
            {"rule": "street_list", "any_of": ["doorstep_round"]},
            {"rule": "group", "any_of": ["carers", "lone_parents"]},
        ],
    },
    {"rule": "language", "any_of": ["en", "pl"], "interpreters": True},
]
PAGES = {
    "guide": "/guide",
    "guide-entry": "/guide/{open}",
    "guide-closed": "/guide/{closed}",
    "services": "/agency/services",
    "service": "/agency/services/{open}",
    "service-closed": "/agency/services/{closed}",
    "entry": "/agency/services/{open}/edit",
    "rules": "/agency/services/{open}/rules",
    "rule-kind": "/agency/services/{open}/rules/new?beside=1",
    "rule-new": "/agency/services/{open}/rules/new?kind=age",
    "rule-codes": "/agency/services/{open}/rules/0-1",
    "rule-band": "/agency/services/{open}/rules/new?kind=threshold",
    "rule-removed": "/agency/services/{open}/rules/1/remove",
    "for-all": "/agency/services/for-all",
    "closure": "/agency/services/{open}/closure",
    "places": "/agency/services/{open}/capacity",
    "workers-guide": "/agency/guide",
    "workers-entry": "/agency/guide/{quiet}",
}


class Served:
    """Matching behind a real server, with a manager who is a trustee too."""

    def __init__(self, folder: Path) -> None:
        self.matching = m = Matching(folder)
        m.agencies[0]["shared"] = {"contact": CONTACT, "website": "https://advice.example.org/"}
        services = m.publishes(
            a_service(
                ADVICE, who_for="Anyone", threshold=[1, 3], description="We help.", rules=RULES
            ),
            a_service(ADVICE, name="Rights at work", reviewed_days_ago=400),
            a_service(MONEY, name="Safe support", listed="by_worker_only", contact_public="none"),
        )
        self.ids = dict(zip(("open", "closed", "quiet"), services, strict=True))
        with m.store.begin(actor=a_client(ADVICE)) as tx:
            until = m.clock.now().date().replace(month=12)
            close_service(services[1], Closure("The board", "Illness", until, "We ring"), tx)
        app = create_app(m.settings, m.store)
        client = app.test_client()
        roles = ("worker", "manager", "trustee")
        sign_in(app, client, *roles, agency_id=ADVICE, name="Colin Frost")
        found = client.get_cookie(sessions.cookie_name("matching"))
        assert found is not None
        self.cookie = (found.key, found.value)
        self.serving = Serving(app)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("guide"))
    yield served
    served.serving.stop()


def signed_in(browser: Browser, served: Served, width: int, *, scripts: bool) -> BrowserContext:
    context = browser.new_context(
        base_url=served.serving.url,
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
    )
    context.set_default_timeout(5000)
    hold_cookie(context, served.cookie)
    return context


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_every_page_of_the_guide_is_accessible_and_fits_on_a_phone_and_a_desk(
    browser: Browser, served: Served
) -> None:
    context = signed_in(browser, served, 360, scripts=True)
    page, said, wrong = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))

    for name, path in PAGES.items():
        answer = page.goto(path.format(**served.ids))
        assert answer is not None
        assert answer.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            shot(page, f"{name}-{width}")
            wrong += axe_violations(page)
            if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
                wrong.append(f"{name} scrolls sideways at {width}")

    context.close()
    assert wrong == []
    assert [line for line in said if REFUSED not in line] == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_manager_tells_places_in_one_click_and_changes_an_entry(
    browser: Browser, served: Served, *, scripts: bool
) -> None:
    context = signed_in(browser, served, 360, scripts=scripts)
    page = context.new_page()

    page.goto("/agency/services")
    places = page.get_by_role("group", name="Places of Debt advice")
    places.get_by_role("button", name="Full now").click()
    assert "Saved" in page.locator(".govuk-notification-banner").inner_text()
    assert served.matching.capacity(served.ids["open"]).places == 0
    places.get_by_role("button", name="One more").click()
    page.goto(f"/agency/services/{served.ids['open']}/edit")
    page.get_by_label("Name of the service").fill("Debt help")
    page.get_by_label("Youngest age (optional)").fill("21")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save the change").click()

    assert page.get_by_role("heading", name="Debt help").is_visible()
    page.goto(f"/agency/services/{served.ids['open']}/edit")
    page.get_by_label("Name of the service").fill("Debt advice")
    page.get_by_label("Youngest age (optional)").fill("18")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save the change").click()
    served.matching.says_places(served.ids["open"], 3)
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_back_from_a_service_leads_to_what_was_found_and_sends_nothing_again(
    browser: Browser, served: Served, *, scripts: bool
) -> None:
    context = signed_in(browser, served, 360, scripts=scripts)
    page, sent = context.new_page(), []
    page.on("request", lambda one: sent.append(one.method) if "/guide" in one.url else None)
    page.goto("/guide")
    page.get_by_label("What do you need help with?").select_option("debt")
    page.get_by_label("Your postcode (optional)").fill("SW18")
    page.get_by_role("button", name="Show services").click()
    assert "whole postcode" in page.locator(".govuk-error-summary").inner_text()
    page.get_by_label("Your postcode (optional)").fill("SW18 2PU")
    page.get_by_role("button", name="Show services").click()
    assert page.url == f"{served.serving.url}/guide/found"
    shot(page, f"found-{scripts}")
    if scripts:
        assert axe_violations(page) == []

    page.get_by_role("link", name="Debt advice").click()
    page.go_back()
    page.reload()

    assert page.get_by_role("heading", name="Debt in Wandsworth").is_visible()
    assert sent.count("POST") == 2
    context.close()
