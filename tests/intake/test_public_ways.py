"""Asking for somebody else, being worried about somebody, and under sixteen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.intake import sealing
from tests.intake.public_site import ADVICE, ANSWERS, DEBT, HOMES, HUB, RENT, Fields, Site

if TYPE_CHECKING:
    from pathlib import Path

HELPER = {"helper_name": "Hilda Helper", "helper_phone": "", "relationship": "family"}
BEHALF: dict[str, dict[str, Any]] = {"helper": HELPER, "knows": {"knows": "here"}, **ANSWERS}
CONCERN = {
    "worry": {"worry": "The curtains stay shut and the child cries."},
    "door": {"door": "9 Canary Row, blue door", "door_postcode": "SW18 2PU"},
    "reach": {"own_phone": "07700 900456"},
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site.at(tmp_path)
    site.opens(ADVICE, "Wandle Advice", DEBT)
    site.opens(HOMES, "Southside Homes", RENT, needs=["housing"])
    return site


def walks(site: Site, way: str, told: dict[str, dict[str, Any]]) -> str:
    """Answer each page of *way*; return where the last one led."""
    for slug, answer in told.items():
        answered = site.post(f"/ask/{way}/{slug}", answer)
        assert answered.status_code == 303, (slug, answered.text)
    return str(answered.headers["Location"])


def test_help_is_asked_for_a_relative_who_reads_the_consent_page_themselves(site: Site) -> None:
    assert walks(site, "for-someone", BEHALF) == "/ask/for-someone/sharing"
    page = site.get("/ask/for-someone/sharing").text
    assert "This page is for the person you are helping" in page
    ticks = {**Fields(page).hidden, "share": [f"{ADVICE}.who", f"{ADVICE}.story"]}
    site.post("/ask/for-someone/sharing", ticks)
    hidden = Fields(site.get("/ask/for-someone/check").text).hidden

    sent = site.post("/ask/for-someone/check", hidden)

    assert sent.headers["Location"] == "/ask/for-someone/done"
    (request,), (consent,) = site.rows("request"), site.rows("consent_record")
    assert (request.source, request.relationship) == ("CONCERN_FAMILY", "family")
    assert consent.given_by == "self"
    with site.store.read() as tx:
        place = ("request", "sealed_speaker", request.id)
        speaker = sealing.unseal(tx.vault, tx.key_of(request.id), request.sealed_speaker, place)
    assert speaker["name"] == "Hilda Helper"


def test_a_parent_agrees_for_a_child_and_not_for_a_grown_up(site: Site) -> None:
    told = BEHALF | {"knows": {"knows": "parent"}}
    walks(site, "for-someone", told)

    assert site.get("/ask/for-someone/check").headers["Location"].endswith("/grown-up")
    site.post("/ask/for-someone/age", {"day": "3 March 2018"})
    page = site.get("/ask/for-someone/sharing").text
    site.post("/ask/for-someone/sharing", {**Fields(page).hidden, "share": [f"{ADVICE}.who"]})
    hidden = Fields(site.get("/ask/for-someone/check").text).hidden
    assert site.post("/ask/for-someone/check", hidden).headers["Location"].endswith("/done")
    (consent,) = site.rows("consent_record")
    assert consent.given_by == "parent_pr"


@pytest.mark.parametrize("knows", ["away", "no", "law"])
def test_whoever_has_not_agreed_is_not_told_of(site: Site, knows: str) -> None:
    site.post("/ask/for-someone/helper", HELPER)

    stopped = site.post("/ask/for-someone/knows", {"knows": knows})

    assert stopped.headers["Location"] == "/ask/for-someone/not-yet"
    assert "We need to hear it from them" in site.get("/ask/for-someone/not-yet").text
    assert site.get("/ask/for-someone/sharing").headers["Location"].endswith("/not-yet")
    assert site.post("/ask/for-someone/not-yet").status_code == 404


def test_under_sixteen_somebody_talks_first(site: Site) -> None:
    site.answers(age={"day": "", "month": "", "year": "", "years": "15"})

    assert site.get("/ask/sharing").headers["Location"] == "/ask/young"
    assert "0800 1111" in site.get("/ask/young").text
    assert site.rows("request") == []


def test_a_way_has_only_its_own_questions(site: Site) -> None:
    for path in ("/ask/helper", "/ask/for-someone/worry", "/ask/call"):
        assert site.get(path).status_code == 404


def test_the_code_of_a_draft_leads_back_to_its_own_way(site: Site) -> None:
    site.post("/ask/for-someone/helper", HELPER)
    site.post("/ask/for-someone/save")
    code = site.get("/ask/for-someone/save").text.split("<dd>")[1].split("</dd>")[0]
    site.browser, site._token = site.app.test_client(), None

    assert site.post("/ask/resume", {"code": code}).headers["Location"] == "/ask/for-someone/check"
    assert "Hilda Helper" in site.get("/ask/for-someone/helper").text


def sends_concern(site: Site) -> str:
    walks(site, "concern", CONCERN)
    hidden = Fields(site.get("/ask/concern/check").text).hidden
    return str(site.post("/ask/concern/check", hidden).headers["Location"])


def test_a_concern_becomes_a_door_to_knock_at_and_no_case(site: Site) -> None:
    site.knows(HUB, "Wandle Referral Hub", "hub")

    assert sends_concern(site) == "/ask/concern/thanks"

    (lead,) = site.rows("lead")
    assert lead.source == "CONCERN_NEIGHBOUR"
    assert lead.delete_by <= site.clock.now() + timedelta(days=28)
    assert [site.rows(table) for table in ("request", "person", "consent_record")] == [[], [], []]


def test_whoever_told_of_a_concern_has_nothing_to_come_back_to(site: Site) -> None:
    sends_concern(site)

    assert site.rows("draft") == []
    assert site.browser.get_cookie("onward-ask-concern") is None
    thanks = site.get("/ask/concern/thanks").text
    assert "reference" not in thanks.lower()
    assert "You will not hear what comes of it" in thanks
    assert "Canary Row" not in site.get("/ask/concern/door").text


def test_a_concern_sent_twice_is_one(site: Site) -> None:
    walks(site, "concern", CONCERN)
    hidden = Fields(site.get("/ask/concern/check").text).hidden
    answers = [site.post("/ask/concern/check", hidden).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(site.rows("lead")) == 1


def test_nothing_of_a_concern_lies_readable_in_any_file(site: Site, tmp_path: Path) -> None:
    sends_concern(site)
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    for canary in ("curtains stay shut", "Canary Row", "07700 900456", "7700900456"):
        assert canary.encode() not in kept


def test_leaving_quickly_forgets_every_way(site: Site) -> None:
    site.post("/ask/concern/worry", CONCERN["worry"])
    site.post("/ask/for-someone/helper", HELPER)
    site.browser.get("/exit", buffered=True)

    assert site.rows("draft") == []
