"""The questions of /ask: each on its own page, nothing typed is lost, nothing is sent yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.http.public import forms, journey
from services.intake.http.public.need_groups import need_groups
from shared.codes import codes
from shared.web.access import unguarded
from tests.intake.public_site import ANSWERS, STORY, Fields, Site

if TYPE_CHECKING:
    from pathlib import Path

NEXT = dict(zip(journey.SLUGS, [*journey.SLUGS[1:], journey.SHARING], strict=True))
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("needs", {}, "Choose at least one thing"),
    ("needs", {"needs": ["nonsense"]}, "Choose at least one thing"),
    ("place", {"postcode": ""}, "Enter your postcode"),
    ("place", {"postcode": "SW18 2"}, "Enter a full postcode"),
    ("about-you", {"family_name": "Canary"}, "Enter your first name"),
    ("about-you", {"given_name": "x" * 101}, "100 letters or fewer"),
    ("about-you", {"given_name": "Ada", "day": "2", "year": "1980"}, "must include a month"),
    ("about-you", {"given_name": "Ada", "day": "31", "month": "2", "year": "1980"}, "a real date"),
    ("about-you", {"given_name": "Ada", "day": "9" * 30, "month": "2", "year": "1"}, "a real date"),
    ("about-you", {"given_name": "Ada", "day": "1", "month": "1", "year": "2999"}, "in the past"),
    ("about-you", {"given_name": "Ada", "day": "1", "month": "1", "year": "1066"}, "the year"),
    ("email", {"email": "ada"}, "like name@example.org"),
    ("email", {"email": "ädä@example.org", "email_safe": "yes"}, "like name@example.org"),
    ("email", {"email": "ada@example.org"}, "if this e-mail is safe"),
    ("email", {"email": "ada@example.org", "email_safe": "maybe"}, "Choose one"),
    ("email", {"email_safe": "yes"}, "Enter your e-mail address"),
    ("phone", {"phone": "none"}, "Enter a phone number"),
    ("phone", {"phone": "07700 900123"}, "if this phone is safe"),
    ("story", {"story": "y" * 4001}, "1 characters too long"),
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site.at(tmp_path)


@pytest.mark.parametrize("path", ["/", "/ask", "/ask/cleared", "/ask/delete", "/my/closed"])
def test_a_page_that_only_tells_something_opens_and_leaves_no_draft(site: Site, path: str) -> None:
    assert site.get(path).status_code == 200
    assert site.rows("draft") == []


def test_the_first_page_says_whom_to_ring_now(site: Site) -> None:
    page = site.get("/").text

    assert 'href="tel:999"' in page
    assert "press 55" in page
    assert "116 123" in page


@pytest.mark.parametrize("slug", journey.SLUGS)
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
    assert all(v in refused.text for v in typed.values() if isinstance(v, str) and v != "maybe")
    assert all(f'id="{target}"' in refused.text for target in _targets(refused.text))
    assert site.rows("draft") == []


def _targets(page: str) -> list[str]:
    """Return what the error summary points at."""
    listed = page.split("govuk-error-summary__list", 1)[1].split("</ul>", 1)[0]
    found = [part.split('"', 1)[0] for part in listed.split('href="#')[1:]]
    assert found
    return found


@pytest.mark.parametrize("slug", ["email", "phone", "story"])
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
    for slug in (*journey.SLUGS, journey.SHARING, journey.CHECK, "done", "delete"):
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

    assert len(forms.tidy(full)) == forms.LONGEST_STORY
    assert site.post("/ask/story", {"story": full}).status_code == 303


def test_an_answer_without_a_draft_begins_one_rather_than_losing_it(site: Site) -> None:
    site.browser.set_cookie("onward-ask", "gone-long-ago")

    assert site.post("/ask/story", {"story": STORY}).status_code == 303
    assert len(site.rows("draft")) == 1
    assert "My landlord" in site.get("/ask/story").text


def test_every_need_in_force_is_offered_exactly_once() -> None:
    offered = [need.code for group in need_groups() for need in group.needs]

    assert sorted(offered) == sorted(codes("needs"))


def test_every_public_route_says_who_may_call_it(site: Site) -> None:
    assert unguarded(site.app) == []


@given(st.text(max_size=300))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert forms.tidy(forms.tidy(text)) == forms.tidy(text)


@given(st.dictionaries(st.sampled_from(["day", "month", "year"]), st.text(max_size=12)))
def test_no_date_of_birth_however_odd_breaks_the_page(parts: dict[str, str]) -> None:
    page = forms.AboutYou()

    errors = page.validate({"given_name": "Ada"} | parts)
    assert set(errors) <= set(forms.DATE_FIELDS)


@given(st.text(max_size=60), st.sampled_from(["", *forms.SAFE]))
def test_no_phone_or_address_however_odd_breaks_the_page(text: str, safe: str) -> None:
    typed = forms.tidy(text)

    forms.Phone().validate({"phone": typed, "phone_safe": safe})
    forms.Email().validate({"email": typed, "email_safe": safe})
    forms.Place().validate({"postcode": typed})
