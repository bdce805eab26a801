"""Every journey of intake in a real browser: on a phone and a desk, with scripts and without.

Each walk is walked twice, on a phone with scripts and at a desk without; every page of it is
looked at in both widths meanwhile (axe needs scripts, so it speaks on the first walk only).
Short walks are walked in all four ways. Staff sign in once: a code opens the door only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from driving.intake_people import AtTheKeyboard, Writer, asks_unseen, member
from driving.looking import Eyes
from driving.people import Staff
from driving.running import RunningHub

pytestmark = pytest.mark.browser

STORY = "The rent is late and I am afraid of the letters."
TOLD: dict[str, dict[str, Any]] = {
    "needs": {"needs": ["debt", "housing"]},
    "place": {"postcode": "SW18 2PU"},
    "about-you": {"given_name": "Ottilie", "family_name": "Quillfeather"},
    "age": {"day": "27", "month": "3", "year": "1980"},
    "email": {"email": "ottilie@example.org", "email_safe": "yes"},
    "phone": {"phone": "07700 900123", "phone_safe": "yes"},
    "ringing": {"phone_message": "no"},
    "text": {"text_safe": "no"},
    "code-word": {"code_word": "marmalade"},
    "story": {"story": STORY},
}
LIST = (
    "Job,Customer name,House,Street,Postcode,Tel,Details\n"
    "J1,Quentin Quayle,7,Zebra Lane,SW18 2PU,07700 900111,Bulky waste\n"
    "J2,Nobody,,,SW18 2PU,,No address\n"
    "J3,Vera Vole,3,Lost Lane,ZZ99 9ZZ,,=HYPERLINK(1)\n"
)
LONG = [(360, True), (1280, False)]
SHORT = [(360, True), (1280, True), (360, False), (1280, False)]
NAMES = {True: "scripts", False: "plain"}


def _ids(ways: list[tuple[int, bool]]) -> list[str]:
    return [f"{width}-{NAMES[scripts]}" for width, scripts in ways]


long_walk = pytest.mark.parametrize("eyes", LONG, ids=_ids(LONG), indirect=True)
short_walk = pytest.mark.parametrize("eyes", SHORT, ids=_ids(SHORT), indirect=True)


@pytest.fixture
def eyes(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Eyes]:
    """Whoever walks with these, nothing they pass may be wrong."""
    width, scripts = request.param
    eyes = Eyes(browser, width, scripts)
    yield eyes
    eyes.close(request.node.name)
    assert eyes.complaints == []


Enter = Callable[[str, Eyes], Writer]


@pytest.fixture(scope="module")
def signed_in(running_hub: RunningHub) -> Enter:
    """Staff at their desks; each signs in once and keeps the session."""
    kept: dict[str, Any] = {}

    def enter(email: str, eyes: Eyes) -> Writer:
        page = eyes.someone(storage_state=kept.get(email))
        if email not in kept:
            staff = Staff(running_hub, page, eyes.look)
            staff.signs_in("/requests/overrides/", member(running_hub, email))
            kept[email] = page.context.storage_state()
        return Writer(running_hub, page, eyes.look)

    return enter


@pytest.mark.parametrize("eyes", [(360, True)], ids=["360-scripts"], indirect=True)
def test_eyes_see_what_is_wrong_with_a_page(eyes: Eyes) -> None:
    page = eyes.someone()
    page.set_content("<p style='width: 700px'>wide</p><img src='data:,'>")
    eyes.look(page)

    seen, eyes.complaints = "\n".join(eyes.complaints), []
    for fault in (
        "scrolls sideways at 360",
        "at 360: about:blank: image-alt",
        "at 1280: about:blank: image-alt",
    ):
        assert fault in seen
    assert "sideways at 1280" not in seen


@long_walk
def test_a_person_asks_stops_comes_back_by_code_and_sends(
    running_hub: RunningHub, eyes: Eyes
) -> None:
    person = Writer(running_hub, eyes.someone(), eyes.look)
    person.opens("/")
    person.presses("Ask for help")
    person.presses("Start")
    person.presses("Continue")
    assert person.sees("Choose at least one thing")
    person.answers(TOLD, end="/about-you")
    person.follows("Stop here and come back later")
    person.presses("Show me a code")
    (code,) = person.kept()

    person = Writer(running_hub, eyes.someone(), eyes.look)
    person.opens("/ask/resume")
    person.fills({"code": code})
    person.presses("Carry on")
    person.answers(TOLD, end="/sharing")
    person.ticks_all_of(person.first_offered())
    person.presses("Continue")
    assert person.sees(STORY)
    person.follows("Open a copy that you can print")
    person.page.go_back()
    person.presses("Send my request")
    reference, return_code = person.kept()
    assert person.sees("What happens next")
    assert len(return_code.replace("-", "")) == 14
    person.presses("I have written it down: clear this phone")
    assert person.sees("Your answers are gone from this phone")
    assert reference not in person.page.content()


@long_walk
def test_somebody_asks_for_a_person_who_is_with_them(running_hub: RunningHub, eyes: Eyes) -> None:
    helper = Writer(running_hub, eyes.someone(), eyes.look)
    told = TOLD | {
        "helper": {"helper_name": "Nora Neighbour", "relationship": "neighbour"},
        "knows": {"knows": "away"},
    }
    helper.opens("/ask")
    helper.follows("Ask for help for someone")
    helper.presses("Start")
    helper.answers(told, end="/not-yet")
    assert helper.sees("We need to hear it from them")
    helper.follows("Back")
    helper.answers(told | {"knows": {"knows": "here"}}, end="/sharing")
    assert helper.sees("This page is for the person you are helping")
    helper.ticks_all_of(helper.first_offered())
    helper.presses("Continue")
    helper.presses("Send this request")
    assert helper.sees("Give both to the person now")
    assert len(helper.kept()) == 2


@short_walk
def test_a_neighbour_tells_of_a_worry_and_is_given_nothing_to_follow(
    running_hub: RunningHub, eyes: Eyes
) -> None:
    neighbour = Writer(running_hub, eyes.someone(), eyes.look)
    told = {
        "worry": {"worry": "The curtains are never open."},
        "door": {"door": "7 Zebra Lane, the blue door", "door_postcode": "SW18 2PU"},
    }
    neighbour.opens("/ask")
    neighbour.follows("Tell us that you are worried")
    neighbour.presses("Start")
    neighbour.answers(told, end="/check")
    assert neighbour.sees("7 Zebra Lane")
    neighbour.presses("Send this")
    assert neighbour.sees("It was right to say something")
    assert neighbour.kept() == ()


@long_walk
def test_staff_enter_what_is_told_on_the_telephone(signed_in: Enter, eyes: Eyes) -> None:
    worker = signed_in("sally.pope", eyes)
    told = TOLD | {
        "call": {"call": "phone"},
        "about-you": {"given_name": f"Ottilie {eyes.width}"},  # nobody asks twice for the same
    }
    worker.opens("/requests/phone")
    worker.presses("Start")
    worker.answers(told, end="/sharing")
    assert worker.sees("Read this page to the person word for word")
    worker.ticks_all_of(worker.first_offered())
    worker.presses("Continue")
    assert worker.path.endswith("/agreed")
    worker.page.locator("input[name=service]").nth(1).check()
    worker.presses("Continue")
    assert worker.sees("Enter who said yes")
    worker.fills({"spoken_to": "Petronella Phone"})
    worker.presses("Continue")
    worker.presses("Send this request")
    assert worker.sees("Say both slowly, twice")
    assert len(worker.kept()) == 2
    worker.presses("Clear, and enter another request")


@long_walk
def test_a_person_stays_in_control_of_what_they_sent(running_hub: RunningHub, eyes: Eyes) -> None:
    agency, reference, code = asks_unseen(running_hub)
    person = Writer(running_hub, eyes.someone(), eyes.look)
    person.opens("/my")
    person.fills({"reference": reference, "code": "not-the-code"})
    person.presses("Open my page")
    assert person.sees("We do not know this reference and return code together")
    person.fills({"reference": reference, "code": code})
    person.presses("Open my page")
    assert not person.sees("Canary")
    person.presses("Show names and what you told us")
    assert person.sees("Ludmila")

    person.goes("/my/contact/0")
    person.fills({"safe": "no"})
    person.presses("Save")
    person.goes("/my/sharing")
    assert person.sees(agency)
    person.page.locator("input[name=stop]").last.check()
    person.presses("Stop sharing what I ticked")
    person.opens("/my/receipts")
    person.page.locator("main section a").first.click()
    eyes.look(person.page)
    assert person.sees(agency)
    for path in ("/my/stop", "/my/safety", "/my/help", "/my/danger"):
        person.opens(path)
    person.opens("/my")
    person.presses("Close my page")
    assert person.sees("Your page is closed")


PERSON = {
    "given_name": "Marigold", "family_name": "Thistlewood", "born-day": "2", "born-month": "1",
    "born-year": "1980", "postcode": "SW18 2PU", "email": "marigold@example.org",
    "email_safe": "yes",
}  # fmt: skip
WISH = {"why": "They know the family.", "how": "Lives here", "discussed": "no"}
AGREED = {
    "agreed": "yes", "method": "in_person_verbal", "witness": "Wilhelmina Witness",
    "until-day": "1", "until-month": "11", "until-year": "2027",
}  # fmt: skip


@long_walk
def test_a_referrer_drafts_sends_follows_and_puts_right(signed_in: Enter, eyes: Eyes) -> None:
    worker = signed_in("sally.pope", eyes)
    name = f"Marigold {eyes.width}"
    worker.opens("/requests/")
    worker.follows("Ask for help for someone")
    worker.presses("Begin a draft")
    worker.goes("/person")
    worker.fills({**PERSON, "given_name": name})
    worker.presses("Save and continue")
    worker.goes("/story")
    worker.fills({"story": STORY, "urgency": "soon", "needs": ["debt"]})
    worker.presses("Save and continue")
    worker.goes("/services")
    worker.follows("Ask this service")
    worker.fills(WISH)
    worker.presses("Save and continue")
    worker.follows("Continue")
    worker.goes("/agreement")
    worker.presses("Save and continue")
    assert worker.sees("Please put this right")
    worker.fills(AGREED)
    for box in worker.page.locator("input[name=share]").all():
        box.check()
    worker.presses("Save and continue")
    worker.goes("/check")
    assert worker.sees(name)
    worker.presses("Send this request")
    assert worker.sees("The request is sent")
    assert worker.sees("Return code")

    worker.follows("Put something right")
    worker.fills({"reason": "They told me more.", "phone": "07700 900123", "phone_safe": "yes"})
    worker.presses("Make this change")
    assert worker.sees("The change is made")
    assert worker.sees("What has changed")
    worker.follows("The person no longer wants it")
    worker.follows("Back")
    worker.opens("/requests/on-the-phone")


@short_walk
def test_a_safeguarding_lead_reaches_the_grave_form_with_a_code_just_given(
    running_hub: RunningHub, signed_in: Enter, eyes: Eyes
) -> None:
    _agency, reference, _code = asks_unseen(running_hub)
    lead = signed_in("tom.whitfield", eyes)
    lead.opens("/requests/overrides/")
    lead.fills({"reference": reference})
    lead.presses("Continue")
    assert lead.sees("On which ground in law?")
    lead.presses("Share it now")
    assert lead.sees("There is a problem")


@long_walk
def test_a_list_becomes_visits_and_a_visit_becomes_a_request(signed_in: Enter, eyes: Eyes) -> None:
    team = signed_in("maureen.bright", eyes)
    team.opens("/outreach/patch")
    team.page.locator("input[name=area]").first.check()
    team.page.get_by_label("All of Wandsworth").check()
    team.presses("Save")
    team.opens("/outreach/")
    file = {"name": f"week {eyes.width}.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    team.page.set_input_files("input[name=list]", file)  # type: ignore[arg-type]
    team.presses("Upload")
    team.presses("Read the list")
    team.waits_to_see("Take the list")
    assert team.sees("could not be used")
    team.follows("Look at the rows we keep")
    team.presses("Show the rows (this is recorded)")
    assert team.sees("Zebra Lane")
    team.page.locator("a.govuk-back-link").click()
    team.presses("Take the list")
    team.page.locator("input[name=ward]").first.check()
    for field, colleague in (("one", "Maureen Bright"), ("two", "Samir Haddad")):
        team.page.select_option(f"select[name={field}]", label=colleague)
    team.presses("Send them")
    team.opens("/outreach/round")
    team.presses("Show the addresses (this is recorded)")
    team.follows("Zebra Lane")
    team.presses("Show the address (this is recorded)")
    team.fills({"result": "AGREED"})
    team.presses("Save")
    told: dict[str, Any] = {
        "given_name": f"Quentin {eyes.width}",
        "postcode": "SW18 2PU",
        "needs": ["debt"],
    }
    team.fills(told)
    team.presses("Save and continue")
    assert team.sees("Ask them if this is safe to use")
    team.fills({"phone_safe": "yes"})
    team.presses("Save and continue")
    for box in team.page.locator("fieldset").first.locator("input[name=share]").all():
        box.check()
    team.presses("Send their request")
    assert team.sees("We have their request")
    assert team.sees("Return code")


@short_walk
def test_an_officer_finds_a_request_among_peoples_rights(
    running_hub: RunningHub, signed_in: Enter, eyes: Eyes
) -> None:
    _agency, reference, _code = asks_unseen(running_hub)
    officer = signed_in("grace.adeyemi", eyes)
    officer.opens("/rights/")
    officer.fills({"reference": reference})
    officer.presses("Find the request")
    assert officer.sees(reference)
    assert not officer.sees("Ludmila")
    officer.opens("/rights/schedule")


PRESSED = {
    "needs": (["input[value=debt]"], {}),
    "place": ([], {"postcode": "SW18 2PU"}),
    "about-you": ([], {"given_name": "Ottilie"}),
    "email": (["[name=email_safe][value=yes]"], {"email": "ottilie@example.org"}),
    "story": ([], {"story": STORY}),
}


@pytest.mark.parametrize("eyes", [(1280, True)], ids=["1280-scripts"], indirect=True)
def test_all_of_it_is_asked_and_sent_without_a_mouse(running_hub: RunningHub, eyes: Eyes) -> None:
    person = AtTheKeyboard(running_hub, eyes.someone(), lambda _page: None)
    person.opens("/ask")
    person.enters("main a.govuk-button")
    while not person.page.url.endswith("/sharing"):
        boxes, texts = PRESSED.get(person.page.url.rpartition("/")[2], ([], {}))
        for name, text in texts.items():
            person.types(f"[name={name}]", text)
        for box in boxes:
            person.ticks(box)
        person.enters("main form button:not([name])")
    for offered in person.page.locator("section.onward-offer").first.locator("input").all():
        person.ticks(f"#{offered.get_attribute('id')}")
    person.enters("main form button:not([name])")
    assert person.sees("What you told us")
    person.enters("main form button")
    assert person.sees("Your return code")
