"""Agreements, the register, feedback and case review in a real browser: phone and desk, axe."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from driving.examining import axe_violations
from driving.serving import Serving, hold_cookie
from services.matching import create_app
from services.matching.domain.deals import Party, Stage
from services.matching.usecases.case_reviews import Action, Review, record_review
from services.matching.usecases.keeping_deals import Terms, admit, make_deal
from shared.identity import Principal
from shared.ids import new_id
from shared.web import sessions
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching
from tests.matching.test_case_review import HUB, Panel

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("ONWARD_SHOTS")
WIDTHS = (1280, 360)  # a page is opened on the phone that the one before was left on


class Served:
    """Matching behind a real server, with agreements, a panel and answers to learn from."""

    def __init__(self, folder: Path) -> None:
        self.matching = Matching(folder)
        self.panel = Panel(self.matching)
        self.deal = self._agreed()
        self._answered()
        self.case = self._reviewed()
        app = create_app(self.matching.settings, self.matching.store)
        self.cookies = {
            "keeper": self._cookie(app.name, self.panel.hub, "coordinator"),
            "manager": self._cookie(app.name, self.panel.advice, "worker", "manager"),
            "surgery": self._cookie(app.name, replace(self.panel.hub, agency_id=SURGERY), "worker"),
        }
        self.serving = Serving(app)

    def _agreed(self) -> str:
        today = self.matching.clock.now().date()
        terms = Terms("Refer both ways", date(2026, 1, 5), today + timedelta(30), ("identity",))
        parties = [Party(ADVICE, Stage.FULL), Party(SURGERY, Stage.INVITED)]
        with self.matching.store.begin() as tx:
            deal = make_deal(terms, parties, tx)
            admit(deal, 1, Party(SURGERY, Stage.TRIAL, trial_limit=20), tx)
        return str(deal)

    def _answered(self) -> None:
        m = self.matching
        with m.store.read() as tx:
            phone = next(row.id for row in tx.services_of(MONEY))
        for _ in range(3):
            m.accepts(m.opens(m.the_referral(m.asks(ADVICE))))
            asked = m.opens(m.the_referral(m.asks(ADVICE)))
            m.declines(asked, "BELOW_THRESHOLD", comment="Early help.", alternatives=(phone,))

    def _reviewed(self) -> str:
        self.panel.asks(
            HUB, reference="KLM-456", threshold=3, needs=("debt", "benefits", "housing")
        )
        self.panel.asks(HUB, reference="ABC-123", threshold=3, needs=("debt", "food", "energy"))
        case = self.panel.lists(self.panel.hub, "KLM-456")
        later = self.matching.clock.now().date() + timedelta(7)
        todo = Action("Ring the landlord and ask for time", ADVICE, later)
        said = Review("AGAIN", "We talked about the rent.", (todo,), later)
        with self.panel.by(self.panel.hub) as tx:
            record_review(case, 1, said, tx)
        return str(case)

    def _cookie(self, name: str, who: Principal, *roles: str) -> tuple[str, str]:
        signed = replace(who, session=str(new_id()), name="Priya Nair", roles=frozenset(roles))
        with self.matching.store.begin(actor=signed) as tx:
            value = sessions.begin_session(tx, signed, started=tx.now, code_at=None)
        return sessions.cookie_name(name), value


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.serving.stop()


def signed_in(browser: Browser, served: Served, who: str, width: int) -> BrowserContext:
    size = {"width": width, "height": 740}
    context = browser.new_context(base_url=served.serving.url, viewport=size)
    hold_cookie(context, served.cookies[who])
    return context


PAGES = {
    "deals": ("keeper", "/agency/agreements/"),
    "deals-manager": ("manager", "/agency/agreements/"),
    "deal": ("keeper", "/agency/agreements/{deal}"),
    "deal-new": ("keeper", "/agency/agreements/new"),
    "deal-terms": ("keeper", "/agency/agreements/{deal}/terms"),
    "deal-join": ("keeper", "/agency/agreements/{deal}/join"),
    "deal-stage": ("keeper", "/agency/agreements/{deal}/parties/" + str(SURGERY)),
    "both-ways": ("keeper", "/agency/agreements/both-ways"),
    "both-ways-manager": ("manager", "/agency/agreements/both-ways"),
    "feedback": ("surgery", "/agency/feedback"),
    "panels": ("keeper", "/agency/case-review/"),
    "panel-new": ("keeper", "/agency/case-review/new"),
    "seats": ("keeper", "/agency/case-review/{panel.id}/seats"),
    "agenda": ("manager", "/agency/case-review/{panel.id}"),
    "case": ("manager", "/agency/case-review/cases/{case}"),
    "review": ("keeper", "/agency/case-review/cases/{case}/review"),
}


def overflow(page: Page) -> int:
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(script))


def test_every_page_reads_on_a_phone_and_a_desk_and_axe_finds_nothing(
    browser: Browser, served: Served
) -> None:
    wrong, narrow = [], 360
    readers = {who: signed_in(browser, served, who, narrow).new_page() for who in served.cookies}
    for name, (who, path) in PAGES.items():
        page = readers[who]
        answer = page.goto(path.format(**vars(served)))
        assert answer is not None
        assert answer.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
            wrong += axe_violations(page) if width == narrow else []
            wrong += [f"{path} is {over} px too wide"] if (over := overflow(page)) > 0 else []
    for page in readers.values():
        page.context.close()

    assert wrong == []


def test_a_fault_leads_to_its_field_and_a_case_is_put_on_the_agenda_without_scripts(
    browser: Browser, served: Served
) -> None:
    context = browser.new_context(base_url=served.serving.url, java_script_enabled=False)
    hold_cookie(context, served.cookies["manager"])
    page = context.new_page()
    page.goto(f"/agency/case-review/{served.panel.id}")

    page.get_by_label("Reference of the request").fill("ZZZ-999")
    page.get_by_role("button", name="Put it on the agenda").click()
    assert "There is no such request" in page.inner_text("body")
    assert page.get_by_label("Reference of the request").input_value() == "ZZZ-999"
    page.get_by_role("button", name=re.compile("Put on the agenda.*ABC-123")).click()

    assert "It is on the agenda." in page.inner_text("body")
    context.close()
