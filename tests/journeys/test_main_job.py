"""The main job in a real browser: ask, agree, accept, see where it stands, find it in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from driving.examining import axe_violations
from driving.people import PHONE, PersonAsking, Staff, staff_of
from driving.running import RunningHub
from driving.served import ServedHub

pytestmark = pytest.mark.browser

WORDS = {
    "given_name": "Ottilie",
    "family_name": "Quillfeather",
    "day": "27",
    "month": "3",
    "year": "1980",
    "email": "ottilie@example.org",
    "phone": "07700 900123",
    "story": "The rent is late and I am afraid of the letters.",
}


class Eyes:
    """Looks at each page: no script error, no refused resource, nothing axe would name."""

    def __init__(self, *, scripts: bool) -> None:
        self.scripts = scripts
        self.complaints: list[str] = []

    def watch(self, context: BrowserContext) -> BrowserContext:
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._console)
        return context

    def _console(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind == "error" and "422" not in text:
            self.complaints.append(text)

    def look(self, page: Page) -> None:
        if not self.scripts:
            return
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.complaints.append(f"{page.url} scrolls sideways")
        self.complaints += axe_violations(page)


def scripts_on(browser: Browser, eyes: Eyes) -> BrowserContext:
    return eyes.watch(browser.new_context(viewport=PHONE))


def scripts_blocked(browser: Browser, eyes: Eyes) -> BrowserContext:
    """Without our scripts, yet axe can run: it never finishes where JavaScript is off."""
    context = browser.new_context(viewport=PHONE)
    context.route("**/*.js", lambda route: route.abort())
    return context


def javascript_off(browser: Browser, eyes: Eyes) -> BrowserContext:
    return browser.new_context(viewport=PHONE, java_script_enabled=False)


WAYS: list[tuple[str, Callable[[Browser, Eyes], BrowserContext], bool]] = [
    ("running_hub", scripts_on, True),
    ("running_hub", scripts_blocked, True),
    ("running_hub", javascript_off, False),
    ("served_hub", scripts_on, True),
]


@pytest.mark.parametrize(
    ("hub", "open_context", "axe"), WAYS, ids=[f"{hub}-{way.__name__}" for hub, way, _ in WAYS]
)
def test_a_request_goes_from_a_persons_words_to_the_log(
    hub: str,
    request: pytest.FixtureRequest,
    browser: Browser,
    open_context: Callable[[Browser, Eyes], BrowserContext],
    *,
    axe: bool,
) -> None:
    running_hub: RunningHub | ServedHub = request.getfixturevalue(hub)
    eyes = Eyes(scripts=axe)

    def someone() -> Page:
        return open_context(browser, eyes).new_page()

    person = PersonAsking(running_hub, someone(), eyes.look)
    person.asks_for_help(WORDS)
    agency = person.page.locator("section.onward-offer h3").first.inner_text()
    person.agrees_to_tell(agency)
    assert person.sees("Quillfeather")
    reference, code = person.sends_it()

    worker = Staff(running_hub, someone(), eyes.look)
    worker.signs_in("/agency/", staff_of(running_hub, agency, "worker"))
    worker.waits_to_see(reference)
    assert not worker.sees("Quillfeather")
    worker.follows(reference)
    worker.presses("Open this referral")
    worker.page.get_by_role("link", name="this is recorded").click()
    worker.presses("Show the details (this is recorded)")
    assert worker.sees("Quillfeather")
    assert not worker.sees(WORDS["phone"]), "how to reach someone is told after accepting"
    worker.opens("/agency/")
    worker.follows(reference)
    worker.follows("Accept")
    start = datetime.now(UTC) + timedelta(days=3)
    for name, value in (("day", start.day), ("month", start.month), ("year", start.year)):
        worker.page.fill(f"input[name$={name}]", str(value))
    worker.presses("Accept this referral")
    assert worker.sees("You have accepted this referral")

    person.returns(reference, code)
    person.waits_to_see("Accepted")
    for name in (agency, "Quillfeather"):
        assert not person.sees(name), "the first view shows stages only"
    person.presses("Show names and what you told us")
    for name in (agency, "Quillfeather"):
        assert person.sees(name)

    officer = Staff(running_hub, someone(), eyes.look)
    officer.signs_in("/governance/", staff_of(running_hub, "", "governance_lead"))
    officer.opens(f"/governance/?reference={reference}")
    officer.waits_to_see("An agency said yes")
    for event in ("Someone asked for help", "The details of a person were read"):
        assert officer.sees(event)
    assert not officer.sees("Quillfeather")
    officer.opens("/governance/verify")
    officer.presses("Verify the log now")
    assert officer.sees("The log is intact")

    assert eyes.complaints == []
