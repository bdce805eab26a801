"""Officers' pages in a real browser: phone and desk, scripts on and off, nothing axe objects to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.telling import ADVICE, HUB, a_consent, a_submission, naming
from playwright.sync_api import Browser, Page

from driving.examining import axe_violations
from driving.serving import Serving, hold_cookie
from services.intake.retention import RetentionSweep
from services.intake.usecases import disclose
from services.intake.usecases import rights as usecases
from services.intake.usecases.ending import withdraw_request
from shared.identity import Principal
from shared.testing.sign_on import sign_in
from shared.web import sessions

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("ONWARD_SHOTS")
OFFICER = Principal("staff", id=str(UUID(int=901)), agency_id=HUB, roles=frozenset({"officer"}))
VIEWS = {"phone": (360, True), "desk": (1280, True), "plain": (360, False)}


class Office:
    """Intake behind a real server, with an officer signed in."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self._fill()
        client = self.desk.app.test_client()
        sign_in(self.desk.app, client, "officer", agency_id=HUB, name="Oliver Stone")
        found = client.get_cookie(sessions.cookie_name("intake"))
        assert found is not None
        self.cookie = (found.key, found.value)
        self.serving = Serving(self.desk.app)

    def _fill(self) -> None:
        old = self.desk.takes_in()
        with self.desk.store.begin(actor=Principal("person", id=str(old.id))) as tx:
            withdraw_request(old.id, None, tx)
        self.desk.clock.advance(timedelta(days=800))
        RetentionSweep(self.desk.store).look()
        told = {"referrals": naming(how_eligible="Lives here")}
        agreed = a_consent(valid_until=date(2029, 11, 1))
        self.asked = self.desk.takes_in(a_submission(**told, consent=agreed))
        referral = self.desk.put_to(self.asked, "sent", "accepted")
        worker = {"agency_id": ADVICE, "roles": frozenset({"worker"}), "purpose": "refer"}
        with self.desk.store.begin(actor=Principal("staff", id=str(UUID(int=900)), **worker)) as tx:
            disclose(self.asked.id, referral, ADVICE, "refer", tx)
        with self.desk.store.begin(actor=OFFICER) as tx:
            for kind in ("rectification", "restriction", "erasure"):
                ground = "CONTESTED" if kind == "restriction" else "PERSON_ASKED"
                usecases.ask(self.asked.id, kind, ground, tx)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office") / "var")
    yield office
    office.serving.stop()
    office.desk.store.close()


@pytest.mark.parametrize("view", VIEWS)
def test_an_officer_finds_reads_and_decides(office: Office, browser: Browser, view: str) -> None:
    width, scripts = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts
    )
    hold_cookie(context, office.cookie)
    page = context.new_page()

    page.goto(f"{office.serving.url}/rights/")
    looks_right(page, view, "list")
    page.get_by_label("Find a request by its reference").fill(office.asked.reference)
    presses(page, "Find the request")
    looks_right(page, view, "request")
    presses(page, "Write it down")
    assert "Choose what is asked and why." in page.inner_text(".govuk-error-summary")
    looks_right(page, view, "fault")
    page.goto(f"{office.serving.url}/rights/requests/{office.asked.id}")
    presses(page, "Show it to print (this is recorded)")
    assert "Marigold" in page.inner_text("body")
    looks_right(page, view, "everything")
    page.goto(f"{office.serving.url}/rights/schedule")
    looks_right(page, view, "schedule")
    context.close()


def presses(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def looks_right(page: Page, view: str, name: str) -> None:
    if VIEWS[view][1]:
        assert axe_violations(page) == []
    wide: Any = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= VIEWS[view][0], f"{name} scrolls sideways"
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/rights-{name}-{view}.png", full_page=True)
