"""The portal and the guide in a real browser: phone and desk, scripts on and off."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from driving.examining import axe_violations
from driving.serving import Serving, hold_cookie
from services.matching import create_app
from services.matching.usecases import Came, Reason, cancel, complete, start
from shared.testing.sign_on import sign_in
from shared.web import sessions
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("ONWARD_SHOTS")
WIDTHS = (1280, 360)  # a page is opened on the phone that the one before was left on
REFUSED = "the server responded with a status of 422"  # Chromium's own remark


class Served:
    """Matching behind a real server, with a worker signed in."""

    def __init__(self, folder: Path) -> None:
        self.matching = Matching(folder)
        self._fill()
        app = create_app(self.matching.settings, self.matching.store)
        client = app.test_client()
        sign_in(app, client, "worker", "manager", agency_id=ADVICE, name="Priya Nair")
        found = client.get_cookie(sessions.cookie_name("matching"))
        assert found is not None
        self.cookie = (found.key, found.value)
        self.serving = Serving(app)

    def _fill(self) -> None:
        m = self.matching
        advice = a_service(ADVICE, places=19, description="We help you deal with debts.")
        phone = a_service(MONEY, name="Debt advice by phone", description="By phone.")
        unknown = a_service(ADVICE, name="Immigration advice", needs=["immigration"], places=None)
        food = a_service(ADVICE, name="Food parcels", needs=["food"], places=3)
        self.services = m.publishes(advice, phone, unknown, food)
        self._help()
        self.late = self._sent(urgency="urgent")
        m.clock.advance(timedelta(days=9))
        self.new = self._sent()
        self.opened = m.opens(self._sent())
        self.enquiry = m.opens(
            m.the_referral(
                m.asks(ADVICE, needs=("immigration",), services=(self.services[2],), age=None)
            )
        )
        self.taken = m.accepts(m.opens(self._sent()), note="Ring the side door")
        self.declined = m.declines(self._sent(), "AGE_CRITERION")
        self.halted = self._halted()
        self.unwanted = m.opens(self._sent())
        with m.store.begin(actor=a_client(SURGERY)) as tx:
            cancel(self.unwanted.id, self.unwanted.version, Reason("PLAN_CHANGED"), tx)

    def _help(self) -> None:
        """Let somebody wait past the waiting target, one be helped, and one have been."""
        m, helping = self.matching, Helping(self.matching)
        m.says_places(self.services[3], 0, takes_waiting_list=True)
        asked = {"needs": ("food",), "services": (self.services[3],)}
        self.waiting = m.accepts(m.opens(m.the_referral(m.asks(ADVICE, **asked))))
        m.clock.advance(timedelta(days=33))
        m.says_places(self.services[0], 19)
        m.says_places(self.services[3], 1, takes_waiting_list=True)  # so that the wait may end
        self.active = m.accepts(m.opens(self._sent(urgency="urgent")))
        helping.does(start, self.active, helping.today)
        helping.tries(self.active)
        onward = {"referrer_agency_id": ADVICE, "onward_of": self.active.id}
        m.asks(MONEY, services=(self.services[1],), reference="ONW-ARD", **onward)
        self.completed = m.accepts(m.opens(self._sent()))
        helping.does(start, self.completed, helping.today)
        outcome = Came("debt", "ACHIEVED", ("DEBT_REDUCED",), pounds_once=1240)
        helping.does(complete, self.completed, (outcome,))

    def _halted(self) -> Any:
        ear, request = Ear(self.matching), self.matching.asks(ADVICE, services=self.services[:1])
        ear.hears(ear.ended(request, request.consent_id, grant(ADVICE)))
        return self.matching.the_referral(request)

    def _sent(self, **values: Any) -> Any:
        return self.matching.the_referral(
            self.matching.asks(ADVICE, services=(self.services[0],), **values)
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.serving.stop()


def signed_in(browser: Browser, served: Served, **how: Any) -> BrowserContext:
    context = browser.new_context(base_url=served.serving.url, **how)
    hold_cookie(context, served.cookie)
    return context


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


PAGES = {
    "inbox": "/agency/",
    "inbox-newest": "/agency/?sort=newest",
    "inbox-completed": "/agency/?tab=completed",
    "inbox-search": "/agency/?q=HDJ",
    "waiting": "/agency/waiting",
    "no-inbox-found": "/agency/?q=ZZZZ",
    "new": "/agency/referrals/{new.id}",
    "opened": "/agency/referrals/{opened.id}",
    "decision": "/agency/referrals/{opened.id}/decision",
    "declined": "/agency/referrals/{declined.id}",
    "accept": "/agency/referrals/{enquiry.id}/accept",
    "notes": "/agency/referrals/{taken.id}/notes",
    "decline": "/agency/referrals/{opened.id}/decline",
    "halted": "/agency/referrals/{halted.id}",
    "acknowledge": "/agency/referrals/{halted.id}/acknowledge",
    "unwanted": "/agency/referrals/{unwanted.id}",
    "confirm-cancel": "/agency/referrals/{unwanted.id}/confirm-cancel",
    "refuse-cancel": "/agency/referrals/{unwanted.id}/refuse-cancel",
    "ask": "/agency/referrals/{opened.id}/ask",
    "on-the-list": "/agency/referrals/{waiting.id}",
    "start": "/agency/referrals/{waiting.id}/start",
    "review": "/agency/referrals/{waiting.id}/review",
    "wait": "/agency/referrals/{taken.id}/wait",
    "active": "/agency/referrals/{active.id}",
    "record-contact": "/agency/referrals/{active.id}/record-contact",
    "hold": "/agency/referrals/{active.id}/hold",
    "complete": "/agency/referrals/{active.id}/complete",
    "withdraw": "/agency/referrals/{active.id}/withdraw",
    "reassign": "/agency/referrals/{active.id}/reassign",
    "completed": "/agency/referrals/{completed.id}",
    "reopen": "/agency/referrals/{completed.id}/reopen",
    "redirect": "/agency/referrals/{opened.id}/redirect",
    "capacity": "/agency/services/{services[0]}/capacity",
    "guide": "/guide",
}


def test_every_page_is_accessible_fits_and_breaks_no_policy_on_a_phone_and_a_desk(
    browser: Browser, served: Served
) -> None:
    context = signed_in(browser, served, viewport={"width": 360, "height": 800})
    page, said, wrong = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    for name, path in PAGES.items():
        page.goto(path.format(**vars(served)))
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
def test_a_worker_opens_corrects_and_accepts(
    browser: Browser, served: Served, scripts: bool
) -> None:
    referral = served._sent()
    start = served.matching.clock.now() + timedelta(days=4)
    context = signed_in(browser, served, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"/agency/referrals/{referral.id}")

    page.get_by_role("button", name="Open this referral").click()
    page.get_by_role("link", name="Accept").click()
    page.get_by_label("A note for the referrer (optional)").fill("Ring the side door")
    page.get_by_role("button", name="Accept this referral").click()
    assert "Enter the day" in page.locator(".govuk-error-summary").inner_text()
    assert page.get_by_label("A note for the referrer (optional)").input_value()
    for part, value in (("Day", start.day), ("Month", start.month), ("Year", start.year)):
        page.get_by_label(part, exact=True).fill(str(value))
    page.get_by_role("button", name="Accept this referral").click()

    assert "You have accepted" in page.locator(".govuk-notification-banner").inner_text()
    assert served.matching._now(referral).state == "accepted"
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_worker_asks_and_confirms_a_stop_by_keyboard(
    browser: Browser, served: Served, scripts: bool
) -> None:
    referral, halted = served.matching.opens(served._sent()), served._halted()
    context = signed_in(browser, served, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"/agency/referrals/{referral.id}")

    page.get_by_role("link", name="Ask a question").press("Enter")
    page.get_by_role("button", name="Send the question").press("Enter")
    assert "Write your question" in page.locator(".govuk-error-summary").inner_text()
    page.get_by_label("What do you need to know?").fill("Since when?")
    page.get_by_role("button", name="Send the question").press("Enter")
    assert "Your question is sent" in page.locator(".govuk-notification-banner").inner_text()
    page.goto(f"/agency/referrals/{halted.id}")
    page.get_by_role("link", name="Confirm that you have stopped").press("Enter")
    page.get_by_label("We have stopped").check()
    page.get_by_role("button", name="Confirm").press("Enter")

    assert "you have stopped" in page.locator(".govuk-notification-banner").inner_text()
    assert served.matching._now(halted).acknowledged_at is not None
    assert served.matching._now(referral).state == "info_requested"
    context.close()
