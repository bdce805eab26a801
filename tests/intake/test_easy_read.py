"""Easy Read is said on every public page, sentence by sentence, with a picture beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from intake.desk import Desk
from intake.own_page import OwnPage
from intake.public_site import ADVICE, ANSWERS, DEBT, GP, HOMES, HUB, RENT, TICKS, Site
from intake.telling import HOMES as THE_HOMES

from services.intake.forms.easy_read import easy, in_easy_read, sentences_of
from services.intake.forms.reading import FOLDER, journey, read
from services.intake.http.public.pictures import OF_PAGE, OF_QUESTION
from services.intake.storage.holds import RESTRICTED, hold
from shared.codes import codes
from shared.ids import new_id
from shared.web.static_files import manifest

TEMPLATES = Path("services/intake/templates/intake/public")
LISTS = ("needs", "household", "access_needs", "languages", "purposes")
"""Long lists show each code's own words with its Easy Read below."""
NAMES = (
    r"(Wandle Advice|Homes First|Wandle Hub|Alton Family Centre|Dr Day)(:| service\.)?|They help\.",
    r"Debt advice|Hostel|Rent help|Homes First: (Hostel|Rent help)|Marigold Thistlewood",
    r"1 High St, SW18 2PU|We keep what you tell.*|Only those you tick are told\.",
    r"\d+ \w+ \d{4}(, [\d:]+[ap]m)?|[A-Z0-9]{4}(-[A-Z0-9]{2,4})+",
)
"""What is no sentence of ours: names, days, codes, and the notice of these tests."""


def easy_texts(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if isinstance(told.get("easy_read"), str):
            yield told["easy_read"]
        for value in told.values():
            yield from easy_texts(value)
    elif isinstance(told, list):
        for value in told:
            yield from easy_texts(value)


def defined() -> set[str]:
    names = (file.name for file in FOLDER.glob("*.json") if file.name != "easy.json")
    return {text for name in names for text in easy_texts(read(name))}


def pattern(text: str) -> str:
    return ".*?".join(map(re.escape, re.split(r"\{\w+\}", text)))


def known() -> re.Pattern[str]:
    said = set(read("easy.json").values()) | defined()
    listed = [code for name in LISTS for code in codes(name).values()]
    said |= {text for code in listed for text in (code.en, code.easy_read)}
    one = "|".join([*map(pattern, sorted(said, key=len, reverse=True)), *NAMES])
    return re.compile(rf"(Error: )?(({one})( |$))+(\u2013 Onward)?")


KNOWN = known()


def left_over(page: str) -> list[str]:
    """Return what a page says that is in no Easy Read text."""
    texts = (text for text in sentences_of(page) if re.search(r"[^\W\d_]{2}", text))
    return [text for text in texts if not KNOWN.fullmatch(text)]


def reads(told: dict[str, list[str]], path: str, answer: Any) -> None:
    found = left_over(answer.text)
    if found:
        told[path] = found
    assert answer.status_code < 500
    if answer.status_code != 303:
        assert 'class="onward-picture"' in answer.text, path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site.at(tmp_path)
    site.opens(ADVICE, "Wandle Advice", DEBT)
    site.opens(HOMES, "Homes First", RENT, needs=["housing"])
    site.knows(HUB, "Wandle Hub", "hub")
    site.knows(GP, "Dr Day", "practice")
    site.post("/ask/language", {"language": "easy_read"})
    return site


FIRST = (
    "/", "/ask", "/ask/language", "/ask/resume", "/ask/for-someone", "/ask/concern", "/ask/done",
    "/ask/cleared", "/my/sign-in", "/my/closed", "/my/frozen",
)  # fmt: skip


def test_asking_says_no_sentence_that_is_not_easy_read(site: Site) -> None:
    told: dict[str, list[str]] = {}

    def gets(*paths: str) -> None:
        for path in paths:
            reads(told, path, site.get(path))

    def posts(path: str, **data: Any) -> None:
        reads(told, f"POST {path}", site.post(path, data))

    gets(*FIRST, *(f"/ask/{slug}" for slug in ANSWERS), "/ask/practices")
    for path in ("/ask/resume", "/my/sign-in", "/ask/needs", "/ask/place", "/ask/about-you"):
        posts(path)
    posts("/ask/resume", code="HHHH-HHHH")
    posts("/my/sign-in", reference="HHHH", code="HHHH")
    site.answers()
    site.post("/ask/practices", {})
    gets("/ask", "/ask/save", "/ask/delete", "/ask/copy", "/ask/sharing")
    site.post("/ask/save")
    posts("/ask/sharing")
    site.post("/ask/sharing", {"nobody": "yes"})
    gets("/ask/save", "/ask/not-shared")
    site.shares(TICKS)
    gets("/ask/check", "/ask/copy")
    site.sends()
    gets("/ask/done", "/ask/done", "/ask/copy")

    assert told == {}


STEPS: dict[str, dict[str, Any]] = {
    "opened": {},
    "information_requested": {"answer_by": "2026-12-01T10:00:00Z"},
    "accepted": {"forecast_start": "2026-12-01"},
    "waiting": {"expected_start": "2027-01-01", "review_by": "2027-02-01T10:00:00Z",
                "occasional_support": True},
    "started": {},
    "held": {"review_on": "2026-12-20"},
    "completed": {},
    "declined": {},
    "redirected": {},
    "returned": {},
    "withdrawn": {"reason": "OTHER"},
}  # fmt: skip
PARTS = (
    "/my", "/my/details", "/my/sharing", "/my/receipts", "/my/help", "/my/stop", "/my/safety",
    "/my/danger", "/my/danger-told", "/my/hidden-from", "/my/correct/name", "/my/correct/born",
    "/my/correct/home", "/my/correct/story", "/my/contact/0", "/my/contact/1",
    "/my/contact/add/text", "/my/contact/add/letter", "/my/again",
)  # fmt: skip
WRONG: dict[str, dict[str, str]] = {
    "/my/sharing": {}, "/my/help": {}, "/my/danger": {}, "/my/correct/name": {"given_name": ""},
    "/my/correct/born": {"day": "x"}, "/my/correct/home": {"postcode": "x"},
    "/my/contact/1": {"value": "", "safe": ""}, "/my/code": {"code": "zz"},
    "/my/sharing/again": {},
}  # fmt: skip


@pytest.fixture
def mine(desk: Desk) -> OwnPage:
    page = OwnPage.of(desk)
    page.post("/ask/language", {"language": "easy_read"})
    return page.opens()


def test_ones_own_page_says_no_sentence_that_is_not_easy_read(desk: Desk, mine: OwnPage) -> None:
    told: dict[str, list[str]] = {}

    def gets(*paths: str) -> None:
        for path in paths:
            reads(told, path, mine.get(path))

    gets("/my", "/my/show")
    mine.post("/my/show")
    for state, facts in STEPS.items():
        referral = new_id()
        desk.hears_of_referral("sent", mine.id, referral, 1, answer_by="2026-12-01T10:00:00Z")
        desk.hears_of_referral(state, mine.id, referral, 2, **facts)
    asked = mine.is_asked_about(THE_HOMES)
    gets(*PARTS, f"/my/question/{asked}")
    for path, typed in WRONG.items():
        form = {"/my/code": "/my/safety", "/my/sharing/again": "/my/sharing"}.get(path, path)
        reads(told, f"POST {path}", mine.fills(form, typed, path))
    for done in ("code", "hidden", "stopped", "unshared", "help", "changed", "told", "narrowed"):
        gets(f"/my?done={done}")
    mine.post("/my/code", {"code": str(mine.submitted.return_code)})
    gets("/my/code")
    mine.post("/my/hidden")
    gets("/my/safety", "/my/show")
    mine.post("/my/show", {"word": "Kingfisher"})
    mine.post("/my/sharing/all")
    gets("/my/sharing", "/my/receipts")
    mine.post("/my/stop")
    gets("/my", "/my/stop", "/my/details")

    assert told == {}


def test_what_is_late_is_said_in_easy_read_too(desk: Desk, mine: OwnPage) -> None:
    told: dict[str, list[str]] = {}
    desk.hears_of_referral("sent", mine.id, new_id(), 1, answer_by="2026-11-20T10:00:00Z")

    answer = mine.get("/my")
    reads(told, "/my", answer)

    assert told == {}
    assert "did not answer by 20 November 2026. They are late." in answer.text


def test_while_a_request_is_restricted_nobody_is_called_late(desk: Desk, mine: OwnPage) -> None:
    told: dict[str, list[str]] = {}
    desk.hears_of_referral("sent", mine.id, new_id(), 1, answer_by="2026-11-20T10:00:00Z")
    with desk.store.begin() as tx:
        hold(mine.id, RESTRICTED, tx)

    answer = mine.get("/my")
    reads(told, "/my", answer)

    assert told == {}
    assert "Nobody uses it now. All dates wait." in answer.text
    assert "They are late" not in answer.text


def test_a_page_without_a_text_is_found() -> None:
    page = "<p>Kindly remit the documentation forthwith.</p><p>Check your answers</p>"

    assert left_over(page) == ["Kindly remit the documentation forthwith."]


def test_what_people_and_agencies_wrote_is_never_changed() -> None:
    theirs = "<p><bdi>We have your request</bdi></p><textarea>Not now</textarea>"
    notice = '<div class="onward-notice"><div>Sign in</div><p>Save it. Ring</p></div>'
    story = '<p class="govuk-body onward-told">Start</p>'

    assert in_easy_read(theirs + notice + story) == theirs + notice + story
    assert (
        in_easy_read("<p>You can ring A &amp; <b> on</p>") == "<p>You can ring A &amp; <b> on</p>"
    )
    assert in_easy_read("<h1>  Tell your story once\n</h1>") == "<h1>  Tell us once\n</h1>"
    assert easy("You can ring {A} & <B> on") == "You can phone {A} & <B> on"


def test_no_easy_sentence_of_a_question_or_of_the_consent_is_said_otherwise() -> None:
    changed = {text: easy(text) for text in defined() if easy(text) not in {None, text}}

    assert changed == {}


def test_each_sentence_is_short_and_fills_only_what_it_is_given() -> None:
    for text, said in read("easy.json").items():
        assert set(re.findall(r"\{\w+\}", said)) <= set(re.findall(r"\{\w+\}", text)), text
        assert all(len(part.split()) <= 15 for part in re.split(r"[.?!:]", said)), said


def test_every_page_and_every_question_has_a_picture_that_is_there() -> None:
    pages = {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html")}
    beside = {"page.html", "reading.html", "ask/answer-list.html", "ask/question.html",
              "ask/agreed.html", "ask/phone-begin.html", "my/correct.html",
              "my/receipt.html", "long-list.html"}  # fmt: skip
    slugs = {page.slug for page in journey("self").pages}

    assert pages - beside == set(OF_PAGE)
    assert slugs <= set(OF_QUESTION)
    assert {f"easy-{name}.svg" for name in {*OF_PAGE.values(), *OF_QUESTION.values()}} <= set(
        manifest()
    )


def test_pictures_stand_in_easy_read_alone_and_say_nothing_to_a_screen_reader(site: Site) -> None:
    assert re.search(
        r'<img class="onward-picture" src="/static/easy-[^"]+" alt=""', site.get("/").text
    )
    site.post("/ask/language", {"language": "en", "to": "/"})

    assert "onward-picture" not in site.get("/").text
    assert "Tell your story once" in site.get("/").text


@pytest.mark.parametrize(
    ("to", "leads"), [("/my", "/my"), ("/", "/"), ("https://bad.example", "/ask"), ("", "/ask")]
)
def test_whoever_chooses_other_words_reads_on_where_they_were(
    site: Site, to: str, leads: str
) -> None:
    answer = site.post("/ask/language", {"language": "easy_read", "to": to})

    assert answer.headers["Location"] == leads


def test_the_definition_is_json_that_anybody_can_correct() -> None:
    text = (FOLDER / "easy.json").read_text(encoding="utf-8")

    assert len(json.loads(text)) == text.count('": "')
