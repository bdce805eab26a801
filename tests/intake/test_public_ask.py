"""The questions of /ask: each on its own page, nothing typed is lost, nothing is sent yet."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import hours
from services.intake.forms import Told, faults, journey, tidy
from services.intake.http.public.ways import CHECK, SHARING
from shared.web.access import unguarded
from tests.intake.public_site import ANSWERS, STORY, Fields, Site

if TYPE_CHECKING:
    from pathlib import Path

PAGES = journey("self").by_slug
SLUGS = tuple(slug for slug in ANSWERS if slug != "withhold")  # nobody is known here
NEXT = dict(zip(SLUGS, [*SLUGS[1:], SHARING], strict=True))
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("needs", {}, "Choose at least one thing"),
    ("needs", {"needs": ["nonsense"]}, "Choose at least one thing"),
    ("place", {"postcode": ""}, "Enter your postcode"),
    ("place", {"postcode": "SW18 2"}, "or choose below that you would rather not say"),
    ("about-you", {"family_name": "Canary"}, "Enter your first name"),
    ("about-you", {"given_name": "x" * 101}, "100 letters or fewer"),
    ("age", {"day": "the third of March 1980"}, "Enter a real date of birth"),
    ("age", {"day": "3 March 80"}, "Write it with four numbers, like 1980"),
    ("age", {"day": "2", "month": "", "year": "1980"}, "must include a month"),
    ("age", {"day": "31", "month": "2", "year": "1980"}, "a real date"),
    ("age", {"day": "31 Smarch 1980"}, "Enter a real date of birth"),
    ("age", {"day": "9" * 30, "month": "2", "year": "1"}, "a real date"),
    ("age", {"day": "1", "month": "1", "year": "2999"}, "in the past"),
    ("age", {"day": "1", "month": "1", "year": "1066"}, "the year"),
    ("age", {"years": "old"}, "a number from 0 to 120"),
    ("age", {"years": "121"}, "a number from 0 to 120"),
    ("household", {"lives_with": ["a dragon"]}, "Choose from the list"),
    ("household", {"household_note": "z" * 501}, "500 characters or fewer"),
    ("speaking", {"language": "tlh"}, "Choose a language"),
    ("email", {"email": "ada"}, "like name@example.org"),
    ("email", {"email": "ädä@example.org", "email_safe": "yes"}, "like name@example.org"),
    ("email", {"email": "ada@example.org"}, "if this e-mail is safe"),
    ("email", {"email": "ada@example.org", "email_safe": "maybe"}, "Choose one"),
    ("email", {"email_safe": "yes"}, "Enter your e-mail address"),
    ("phone", {"phone": "none"}, "Enter a phone number"),
    ("phone", {"phone": "07700 900123"}, "if this phone is safe"),
    ("text", {"text_safe": "yes"}, "Enter the number for text messages"),
    ("letter", {"letter_safe": "yes"}, "Enter the address for letters"),
    ("code-word", {"code_word": "w" * 41}, "40 letters or fewer"),
    ("story", {"story": "y" * 4001}, "too long by 1. Shorten it to 4,000 characters"),
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site.at(tmp_path)


@pytest.mark.parametrize(
    "path", ["/", "/ask", "/ask/cleared", "/ask/delete", "/ask/resume", "/ask/language"]
)
def test_a_page_that_only_tells_something_opens_and_leaves_no_draft(site: Site, path: str) -> None:
    assert site.get(path).status_code == 200
    assert site.rows("draft") == []


def test_the_first_page_says_whom_to_ring_now(site: Site) -> None:
    page = site.get("/").text

    assert 'href="tel:999"' in page
    assert "press 55" in page
    assert "116 123" in page


@pytest.mark.parametrize("slug", SLUGS)
def test_an_answer_leads_to_the_next_question_and_is_there_on_the_way_back(
    site: Site, slug: str
) -> None:
    answered = site.post(f"/ask/{slug}", ANSWERS[slug])

    assert answered.status_code == 303
    assert answered.headers["Location"] == f"/ask/{NEXT[slug]}"
    back = site.get(f"/ask/{slug}")
    for value in ANSWERS[slug].values():
        for typed in value if isinstance(value, list) else [value.splitlines()[0] if value else ""]:
            assert (
                typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in back.text
            )


@pytest.mark.parametrize(("slug", "typed", "sentence"), WRONG)
def test_what_does_not_fit_is_said_first_and_what_was_typed_is_kept(
    site: Site, slug: str, typed: dict[str, Any], sentence: str
) -> None:
    refused = site.post(f"/ask/{slug}", typed)

    assert refused.status_code == 422
    assert "<title>Error: " in refused.text
    assert "There is a problem" in refused.text
    assert sentence in refused.text
    kept = [v for v in typed.values() if isinstance(v, str) and v not in {"maybe", "tlh"}]
    assert all(v in refused.text for v in kept)
    assert all(f'id="{target}"' in refused.text for target in _targets(refused.text))
    assert site.rows("draft") == []


def _targets(page: str) -> list[str]:
    """Return what the error summary points at."""
    listed = page.split("govuk-error-summary__list", 1)[1].split("</ul>", 1)[0]
    found = [part.split('"', 1)[0] for part in listed.split('href="#')[1:]]
    assert found
    return found


@pytest.mark.parametrize("slug", SLUGS[3:])
def test_an_optional_question_may_be_left_empty(site: Site, slug: str) -> None:
    assert site.post(f"/ask/{slug}", {}).status_code == 303


@pytest.mark.parametrize(
    ("where", "words"), [("none", "no fixed address"), ("untold", "rather not say")]
)
def test_a_place_may_be_withheld_and_a_postcode_typed_before_is_let_go(
    site: Site, where: str, words: str
) -> None:
    assert site.post("/ask/place", {"postcode": "SW18 2PU", "where": where}).status_code == 303

    page = site.get("/ask/place").text
    assert f"You told us that you {'have ' if where == 'none' else 'would '}{words}" in page
    assert 'value="SW18 2PU"' not in page


def test_a_need_ticked_twice_is_one_need(site: Site) -> None:
    site.post("/ask/needs", {"needs": ["debt", "debt", "housing"]})

    assert Fields(site.get("/ask/needs").text).ticked == ["debt", "housing"]


def test_the_error_summary_takes_the_focus_without_a_script(site: Site) -> None:
    assert re.search(
        r'govuk-error-summary"[^>]* tabindex="-1"[^>]* autofocus', site.post("/ask/needs").text
    )


def test_changing_an_answer_leads_back_to_the_check_page(site: Site) -> None:
    changed = site.post("/ask/story?change=1", {"story": "shorter"})

    assert changed.headers["Location"] == "/ask/check"


def test_a_forged_form_is_refused_and_nothing_is_stored(site: Site) -> None:
    for slug in (*SLUGS, SHARING, CHECK, "done", "delete", "save", "resume", "language"):
        refused = site.browser.post(f"/ask/{slug}", data=ANSWERS.get(slug, {}))

        assert refused.status_code == 400
    assert site.rows("draft") == []
    assert site.rows("request") == []


@pytest.mark.parametrize("story", [b"caf%E9", b"caf\xe9", b"a%00b"])
def test_a_form_that_is_not_text_is_refused_and_nothing_is_stored(site: Site, story: bytes) -> None:
    token = Fields(site.get("/ask/story").text).hidden["csrf_token"]
    body = b"csrf_token=" + token.encode() + b"&story=" + story

    refused = site.browser.post(
        "/ask/story", data=body, content_type="application/x-www-form-urlencoded"
    )

    assert refused.status_code == 400
    assert site.rows("draft") == []


def test_a_story_counts_line_ends_as_the_browser_counts_them(site: Site) -> None:
    full = "\r\n".join(["x"] * 2000) + "y"

    assert len(tidy(full)) == 4000
    assert site.post("/ask/story", {"story": full}).status_code == 303


def test_an_answer_without_a_draft_begins_one_rather_than_losing_it(site: Site) -> None:
    site.browser.set_cookie("onward-ask", "gone-long-ago")

    assert site.post("/ask/story", {"story": STORY}).status_code == 303
    assert len(site.rows("draft")) == 1
    assert "My landlord" in site.get("/ask/story").text


def test_every_public_route_says_who_may_call_it(site: Site) -> None:
    assert unguarded(site.app) == []


@given(st.text(max_size=300))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(
    st.sampled_from(["age", "email", "phone", "place", "text", "letter"]),
    st.text(max_size=60).map(tidy),
    st.sampled_from(["", "yes", "no", "unsure", "x"]),
)
def test_nothing_however_odd_breaks_a_page(slug: str, text: str, choice: str) -> None:
    page = PAGES[slug]
    inputs = [name for field in page.fields for name in field.inputs]
    typed = {name: choice if name.endswith(("_safe", "where")) else text for name in inputs}

    assert set(faults(page, Told({slug: typed}), {}, "en")) <= set(inputs)


@pytest.mark.parametrize("typed", ["3 March 1980", "3rd of march 1980", "1980-03-03", "3/3/1980"])
def test_a_day_may_be_written_in_words_in_the_first_box(site: Site, typed: str) -> None:
    assert site.post("/ask/age", {"day": typed}).status_code == 303


def test_a_postcode_nobody_can_place_is_said_kindly_and_never_out_of_area(site: Site) -> None:
    answered = site.post("/ask/place", {"postcode": "ZE1 0AA"})

    assert answered.headers["Location"] == "/ask/unplaced"
    page = site.get("/ask/unplaced").text
    assert "We could not place this postcode" in page
    assert "out of area" not in page.lower()
    assert site.post("/ask/unplaced").headers["Location"] == "/ask/about-you"


def test_how_to_ring_is_asked_only_of_those_who_may_be_rung(site: Site) -> None:
    safe = site.post("/ask/phone", {"phone": "07700 900123", "phone_safe": "yes"})
    unsafe = site.post("/ask/phone", {"phone": "07700 900123", "phone_safe": "no"})

    assert safe.headers["Location"] == "/ask/ringing"
    assert unsafe.headers["Location"] == "/ask/text"


@pytest.mark.parametrize("name", ["محمد", "Zoë 🌈", "\u202eevil", "Łęcki-Ó Briain", "李小龙"])
def test_a_name_is_kept_as_its_owner_writes_it(site: Site, name: str) -> None:
    assert site.post("/ask/about-you", {"given_name": name}).status_code == 303
    assert name in site.get("/ask/about-you").text


def test_easy_read_is_a_language_of_every_question(site: Site) -> None:
    site.post("/ask/language", {"language": "easy_read"})

    assert "Tick all the things you need help with." in site.get("/ask/needs").text
    assert "Type your first name" in site.post("/ask/about-you", {}).text


def test_whoever_follows_the_link_to_other_words_finds_them_chosen(site: Site) -> None:
    start = site.get("/").text
    assert start.index("Read this in Easy Read") < start.index("<h1"), "it comes before hard words"
    assert 'value="easy_read" checked' in site.get("/ask/language").text
    site.post("/ask/language", {"language": "easy_read"})

    assert 'value="en" checked' in site.get("/ask/language").text


def test_a_language_we_do_not_have_changes_nothing(site: Site) -> None:
    site.post("/ask/language", {"language": "tlh"})

    assert "Tick everything that fits" in site.get("/ask/needs").text


def test_at_night_the_first_pages_say_that_nobody_reads_now(site: Site) -> None:
    assert "Nobody reads this now" not in site.get("/").text
    site.clock.advance(timedelta(hours=10))

    for path in ("/", "/ask"):
        assert "Nobody reads this now" in site.get(path).text
        assert "Tuesday 24 November, from 9 am" in site.get(path).text


OPENS = {"09:00": "9 am", "12:00": "12 noon", "13:30": "1:30 pm", "18:00": "6 pm"}


@pytest.mark.parametrize("language", ["en", "easy_read"])
@pytest.mark.parametrize("opens", list(OPENS))
def test_when_somebody_reads_next_is_said_in_the_hours_people_say(
    site: Site, opens: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"who": "the staff", "hours": "Late shifts", "opens": opens, "closes": "18:30"}
    monkeypatch.setattr(hours, "_hours", lambda: told)
    site.clock.advance(timedelta(hours=10))
    site.post("/ask/language", {"language": language})

    words = {"en": ", from", "easy_read": " at"}[language]
    for path in ("/", "/ask"):
        assert f"Tuesday 24 November{words} {OPENS[opens]}." in site.get(path).text
