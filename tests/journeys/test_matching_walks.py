"""What each role does with referrals and the guide, walked in a real browser on one running hub.

Each walk is walked twice, on a phone with scripts and at a desk without; every page of it is
looked at in both widths meanwhile (axe needs scripts, so it speaks on the first walk only).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState

from driving.intake_people import Writer, asks_unseen, member
from driving.looking import Eyes
from driving.partner import Partner
from driving.people import Staff, staff_of
from driving.running import RunningHub
from driving.stories import a_story

pytestmark = pytest.mark.browser

WAYS = [(360, True), (1280, False)]
walk = pytest.mark.parametrize("eyes", WAYS, ids=["360-scripts", "1280-plain"], indirect=True)
PLAN = "We ring everybody this week."
PATH, WITHIN = "/api/v1/referrals/", 90.0
Enter = Callable[..., Writer]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A demonstration of one's own: here services are closed and places are given away."""
    with RunningHub(tmp_path_factory.mktemp("walks") / "var") as hub:
        yield hub


@pytest.fixture
def eyes(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Eyes]:
    """Whoever walks with these, nothing they pass may be wrong."""
    width, scripts = request.param
    eyes = Eyes(browser, width, scripts)
    yield eyes
    eyes.close(request.node.name)
    assert eyes.complaints == []


@pytest.fixture(scope="module")
def enters(hub: RunningHub) -> Enter:
    """Staff at their desks; each signs in once, on the way to the page they want."""
    kept: dict[str, StorageState] = {}

    def enter(email: str, eyes: Eyes, path: str) -> Writer:
        page = eyes.someone(storage_state=kept.get(email))
        if email in kept:
            writer = Writer(hub, page, eyes.look)
            writer.opens(path)
            return writer
        Staff(hub, page, eyes.look).signs_in(path, member(hub, email))
        kept[email] = page.context.storage_state()
        return Writer(hub, page, eyes.look)

    return enter


def day(name: str, days: int) -> dict[str, str]:
    """Return the three boxes of a day, so many days from now."""
    on = datetime.now(UTC) + timedelta(days=days)
    parts = {"day": on.day, "month": on.month, "year": on.year}
    return {f"{name}-{part}": str(value) for part, value in parts.items()}


def partner_asks(hub: RunningHub, sender: str, agreed: str, need: str = "debt") -> str:
    """Let one agency's system ask for somebody who agreed to another; return the reference."""
    known = hub.credentials
    clients = {client["agency"]: client for client in reversed(known["clients"])}
    partner = Partner(known, clients[sender])
    story = a_story(partner.notice, [clients[agreed]["agency_id"]], needs=[need])
    reference: str = partner.submit(story).json["reference"]
    return reference


def declined(hub: RunningHub, sender: str, receiver: str) -> str:
    """Let *sender* ask *receiver* for somebody, and be told no; return the reference."""
    reference, known = partner_asks(hub, sender, receiver), hub.credentials
    partner = Partner(known, next(one for one in known["clients"] if one["agency"] == receiver))
    deadline, path = time.monotonic() + WITHIN, ""
    while not path:
        assert time.monotonic() < deadline, f"{reference} never came"
        told = partner.call("GET", "/api/v1/referrals?role=receiver&limit=200").json["items"]
        path = next((f"{PATH}{one['id']}" for one in told if one["reference"] == reference), "")
    for step, said in (("open", {}), ("decline", {"reason": "CANNOT_MATCH", "comment": PLAN})):
        etag = partner.call("GET", path).headers["ETag"]
        assert partner.call("POST", f"{path}/{step}", said, {"If-Match": etag}).status == 200
    return reference


def at_home(hub: RunningHub, eyes: Eyes, reference: str, code: str) -> Writer:
    """Return a person on their own page."""
    person = Writer(hub, eyes.someone(), eyes.look)
    person.opens("/my")
    person.fills({"reference": reference, "code": code})
    person.presses("Open my page")
    return person


def finds(writer: Writer, name: str, reference: str) -> None:
    """Open a list until *reference* is in it, and open that."""
    writer.waits_to_see(reference)
    writer.follows(reference)
    assert writer.sees(name)


@walk
def test_a_referral_goes_from_the_mail_to_an_outcome_and_the_person_sees_each_step(
    hub: RunningHub, enters: Enter, eyes: Eyes
) -> None:
    agency, reference, code = asks_unseen(hub)
    post = Writer(hub, eyes.someone(), eyes.look)
    post.opens("/demo/mail")
    post.waits_to_see(f"New referral {reference}")
    post.follows(f"New referral {reference}")
    _, _, link = post.page.inner_text("body").partition(f"answer here: {hub.base_url}")
    email = staff_of(hub, agency, "worker")["email"]

    worker = enters(email, eyes, link.split()[0])
    worker.presses("Show the details (this is recorded)")
    assert worker.sees("Letters keep coming.")
    worker.follows("Accept")
    worker.fills(day("start", 3))
    worker.presses("Accept this referral")
    referral = worker.path
    assert not worker.sees("listed:"), "areas stand there by name, not lists by code"
    worker.follows("Put on the waiting list")
    worker.fills({**day("expected", 9), "occasional": "yes"})
    worker.presses("Put on the waiting list")
    assert worker.sees("Waiting, not yet supported")
    person = at_home(hub, eyes, reference, code)
    person.waits_to_see("You are on the waiting list")

    worker.opens("/agency/waiting")
    assert worker.page.locator(".onward-counts__number").first.inner_text() == "1"
    worker.follows(reference)
    worker.follows("Say that support has started")
    worker.fills(day("started", 0))
    worker.presses("Support has started")
    person.waits_to_see("The agency is helping you now")
    worker.follows("Write down an attempt to reach the person")
    worker.presses("Save")
    assert worker.sees("How did it go? Choose one.")
    worker.fills({"code": "DELIVERED", "channel": "phone", **day("on", 0)})
    worker.presses("Save")
    worker.follows("Finish: you have done your part")
    worker.fills({"result-debt": "ACHIEVED", "codes-debt": "ADVICE_GIVEN"})
    worker.presses("Finish this referral")
    assert worker.path == referral
    assert worker.sees("What came of it")

    person.waits_to_see("The agency has finished helping you")
    person.follows("Tell us in a minute")
    person.fills({"got_help": "yes"})
    person.presses("Send my answer")
    assert person.sees("Thank you for telling us")
    assert not person.sees("Tell us in a minute")


@walk
def test_a_worker_writes_to_the_referrer_and_a_manager_gives_it_to_a_colleague(
    hub: RunningHub, enters: Enter, eyes: Eyes
) -> None:
    reference = partner_asks(hub, "Battersea Money Centre", "Wandle Advice")
    worker = enters("priya.nair", eyes, "/agency/")
    finds(worker, "Why this service", reference)
    worker.follows("Write to the other agency")
    worker.fills({"text": "Which day suits them?"})
    worker.presses("Send the message")
    assert worker.sees("Which day suits them?")

    referral = worker.path.removesuffix("/notes")
    referrer = enters("samir.haddad", eyes, referral)
    assert referrer.sees("until the agency answers")
    referrer.follows("Read and write notes")
    assert referrer.sees("Which day suits them?")

    manager = enters("colin.frost", eyes, referral)
    manager.follows("Choose who looks after it")
    manager.page.get_by_label("Priya Nair", exact=True).check()
    manager.presses("Save")
    assert manager.sees("It is in their own list now")
    worker.opens("/agency/?tab=my")
    assert worker.sees(reference)


@walk
def test_a_manager_tells_places_looks_before_changing_an_entry_and_reads_agreements(
    enters: Enter, eyes: Eyes
) -> None:
    manager = enters("colin.frost", eyes, "/agency/services")
    places = manager.page.get_by_role("group", name="Places of Debt casework")
    places.get_by_role("button", name="One fewer").click()
    eyes.look(manager.page)
    assert manager.sees("Saved")
    manager.follows("Debt casework")
    manager.follows("Change this entry")
    manager.page.get_by_label("Youngest age (optional)").fill("21")
    manager.presses("Save")
    assert manager.sees("Nothing is saved yet")
    manager.follows("Do not save")
    assert manager.sees("Aged 18 or over")

    manager.opens("/agency/agreements/")
    manager.follows("The deal: refer both ways")
    assert manager.sees("Who takes part")
    manager.opens("/agency/agreements/both-ways")
    manager.follows("What we learn")
    manager.opens("/agency/case-review/")


@walk
def test_a_trustee_closes_a_service_and_opens_it_again_and_sees_no_referral(
    hub: RunningHub, enters: Enter, eyes: Eyes
) -> None:
    trustee = enters("robert.lyle", eyes, "/agency/")
    assert not trustee.sees("Inbox")
    trustee.follows("Services")
    trustee.follows("Advocacy")
    trustee.follows("Close to new referrals")
    trustee.presses("Close to new referrals")
    assert trustee.sees("Please put this right")
    decided = {"decided_by": "The board", "reason": "Two of us are ill.", "plan_for_waiting": PLAN}
    trustee.fills({**decided, **day("until", 30)})
    trustee.presses("Close to new referrals")
    service = trustee.path.rpartition("/")[2]
    public = Writer(hub, eyes.someone(), eyes.look)
    public.opens(f"/guide/{service}")
    assert public.sees(PLAN)
    trustee.presses("Take referrals again")
    assert trustee.sees("Open to referrals again")
    waiting = trustee.page.request.get(f"{hub.base_url}/agency/waiting")
    assert waiting.status == 403


@walk
def test_a_coordinator_takes_what_nobody_helps_with_and_puts_it_to_a_service(
    hub: RunningHub, enters: Enter, eyes: Eyes
) -> None:
    reference = declined(hub, "Battersea Money Centre", "Wandle Advice")
    coordinator = enters("marta.quinn", eyes, "/agency/desk/")
    finds(coordinator, "Nobody helps yet", reference)
    if coordinator.page.get_by_role("button", name="Make this mine").count():
        coordinator.presses("Make this mine")
    coordinator.fills({"decision": "LOOK_AGAIN", **day("look", 7)})
    coordinator.presses("Record this decision")
    assert not coordinator.sees(reference)
    coordinator.follows("Later")
    coordinator.follows(reference)
    coordinator.follows("Put it to a service")
    coordinator.page.get_by_label("Hardship and rent support").check()
    coordinator.fills({"reason": "They take people at short notice."})
    coordinator.presses("Put it to this service")
    assert coordinator.sees("Nothing is sent until they agree")

    coordinator.opens("/agency/agreements/")
    coordinator.follows("The deal: refer both ways")
    coordinator.follows("Change what it says")
    coordinator.opens("/agency/case-review/")
    coordinator.follows("Wandle case review")
    coordinator.fills({"reference": reference})
    coordinator.presses("Put it on the agenda")
    assert coordinator.sees("Please put this right"), "nobody agreed to a case review"
    coordinator.follows("Change who sits here")
    assert coordinator.sees("Ruth Ferreira")
    assert not coordinator.sees("Robert Lyle"), "a trustee sees no referral"


@walk
def test_anybody_finds_a_service_and_prints_the_guide_without_saying_who_they_are(
    hub: RunningHub, eyes: Eyes
) -> None:
    anybody = Writer(hub, eyes.someone(), eyes.look)
    anybody.opens("/guide")
    anybody.fills({"need": "domestic_abuse"})
    anybody.presses("Show services")
    assert anybody.sees("Ask for help anyway")
    anybody.fills({"need": "debt", "postcode": "SW18 2PU", "age": "40"})
    anybody.presses("Show services")
    anybody.follows("Debt casework")
    assert anybody.sees("Whom to ask")
    anybody.follows("Back to what was found")
    link = anybody.page.get_by_role("link", name="Print the whole guide (PDF)")
    printed = anybody.page.request.get(hub.base_url + str(link.get_attribute("href")))
    assert printed.body().startswith(b"%PDF-")


@pytest.fixture(scope="module", autouse=True)
def _nothing_breaks(hub: RunningHub) -> Iterator[None]:
    """No page and no message of these walks may fail behind the scenes."""
    yield
    errors: list[Any] = [line for line in hub.said().splitlines() if '"level":"error"' in line]
    assert errors == []
