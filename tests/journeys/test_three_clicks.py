"""A referral is answered in three clicks from the link in the mail, the details read on the way."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from driving.examining import axe_violations
from driving.partner import Partner
from driving.people import PHONE, Staff, staff_of
from driving.stories import a_story

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

    from driving.running import RunningHub

pytestmark = pytest.mark.browser

LINK = re.compile(r"(/agency/referrals/[0-9a-f-]{36}/read)\b")
WITHIN = 90.0


@pytest.fixture(scope="module")
def signed_in(running_hub: RunningHub, browser: Browser) -> StorageState:
    """The cookies of a worker who signed in once: a code opens the door only once."""
    context = browser.new_context()
    worker = Staff(running_hub, context.new_page(), lambda _: None)
    worker.signs_in("/agency/", staff_of(running_hub, agency_of(running_hub), "worker"))
    worker.opens("/requests/")
    return context.storage_state()


def agency_of(hub: RunningHub) -> str:
    name: str = hub.credentials["clients"][1]["agency"]
    return name


class Clicking(Staff):
    """A worker whose clicks are counted; typing is none."""

    clicks = 0

    def clicks_on(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]
        self.page.wait_for_load_state()
        self._look(self.page)
        self.clicks += 1


def mailed_link(hub: RunningHub, page: Page, reference: str) -> str:
    """Return the link of the mail about *reference*, once it has come."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        page.goto(f"{hub.base_url}/demo/mail")
        mails = page.get_by_role("link", name=f"New referral {reference}")
        if mails.count():
            mails.first.click()
            found = LINK.search(page.inner_text("body"))
            assert found is not None
            return found[1]
        page.wait_for_timeout(250)
    pytest.fail(f"no mail about {reference}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("answer", ["Accept", "Decline"])
def test_a_referral_is_answered_in_three_clicks_from_the_mail(
    running_hub: RunningHub,
    browser: Browser,
    signed_in: StorageState,
    answer: str,
    *,
    scripts: bool,
) -> None:
    known = running_hub.credentials
    sender, receiver = (Partner(known, client) for client in known["clients"][:2])
    sent = sender.submit(a_story(sender.notice, [receiver.agency_id])).json
    context = browser.new_context(
        viewport=PHONE, java_script_enabled=scripts, storage_state=signed_in
    )
    wrong: list[str] = []

    def look(page: Page) -> None:
        if scripts:
            wrong.extend(axe_violations(page))

    worker = Clicking(running_hub, context.new_page(), look)
    link = mailed_link(running_hub, worker.page, sent["reference"])
    worker.opens(link)
    assert not worker.sees("Thistlewood")

    worker.clicks_on("button", "Show the details (this is recorded)")
    assert worker.sees("Thistlewood")
    worker.clicks_on("link", answer)
    if answer == "Accept":
        start = datetime.now(UTC) + timedelta(days=3)
        for name, value in (("day", start.day), ("month", start.month), ("year", start.year)):
            worker.page.fill(f"input[name$={name}]", str(value))
    else:
        worker.page.get_by_label("Outside the area", exact=True).press("Space")
    worker.clicks_on("button", f"{answer} this referral")

    assert worker.sees(f"You have {answer.lower()}")
    assert worker.clicks == 3
    assert wrong == []
    context.close()
