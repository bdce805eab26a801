"""The consent page: nobody may know anything until the person ticked it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.intake.public_site import (
    ADVICE,
    ANSWERS,
    DEBT,
    GP,
    HOMES,
    HUB,
    NOTICE,
    RENT,
    TICKS,
    Fields,
    Site,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site.at(tmp_path)
    site.opens(ADVICE, "Wandle Advice", DEBT)
    site.opens(HOMES, "Southside Homes", RENT, needs=["housing"], categories=["address"])
    return site


@pytest.fixture
def asked(site: Site) -> Site:
    site.answers()
    return site


def test_the_page_names_each_agency_and_shows_the_whole_notice(asked: Site) -> None:
    page = asked.get("/ask/sharing").text

    assert "Wandle Advice" in page
    assert "Southside Homes service" in page
    assert all(paragraph in page for paragraph in NOTICE.split("\n\n"))


def test_nothing_is_ticked_for_the_person(asked: Site) -> None:
    fields = Fields(asked.get("/ask/sharing").text)

    assert len(fields.boxes) == 6
    assert fields.ticked == []


def test_a_box_stands_only_for_what_was_told(site: Site) -> None:
    site.answers(place={"where": "untold"}, story={"story": ""})

    boxes = Fields(site.get("/ask/sharing").text).boxes

    assert sorted(boxes) == sorted([f"{ADVICE}.who", f"{HOMES}.who"])


def test_ticks_lead_to_the_check_page_and_are_kept(asked: Site) -> None:
    answered = asked.shares()

    assert answered.headers["Location"] == "/ask/check"
    assert Fields(asked.get("/ask/sharing").text).ticked == TICKS


def test_no_tick_is_no_consent_and_is_asked_again(asked: Site) -> None:
    refused = asked.shares([])

    assert refused.status_code == 422
    assert "<title>Error: " in refused.text
    assert asked.get("/ask/check").headers["Location"] == "/ask/sharing"


def test_a_story_without_a_name_is_explained_and_the_tick_kept(asked: Site) -> None:
    refused = asked.shares([f"{ADVICE}.story"])

    assert refused.status_code == 422
    assert "Wandle Advice must know who you are" in refused.text
    assert Fields(refused.text).ticked == [f"{ADVICE}.story"]


@pytest.mark.parametrize("tick", [f"{HUB}.who", f"{ADVICE}.health", "nonsense"])
def test_a_tick_for_what_was_not_offered_is_refused(asked: Site, tick: str) -> None:
    assert asked.shares([*TICKS, tick]).status_code == 422


def test_sharing_with_nobody_loses_nothing_and_sends_nothing(asked: Site) -> None:
    left = asked.post("/ask/sharing", {"nobody": "yes"})

    assert left.headers["Location"] == "/ask/not-shared"
    assert "Nothing is lost" in asked.get("/ask/not-shared").text
    assert ANSWERS["about-you"]["given_name"] in asked.get("/ask/about-you").text
    assert asked.post("/ask/check").headers["Location"] == "/ask/sharing"
    assert asked.rows("request") == []


def test_nobody_wins_over_ticks_sent_with_it(asked: Site) -> None:
    asked.post("/ask/sharing", {"nobody": "yes", "share": TICKS})

    assert Fields(asked.get("/ask/sharing").text).ticked == []


def test_a_notice_that_changed_meanwhile_is_read_again_before_anything_is_kept(
    asked: Site,
) -> None:
    old = Fields(asked.get("/ask/sharing").text).hidden
    asked.clock.advance(timedelta(days=1))
    asked.publish("Other words.", "second")

    refused = asked.browser.post("/ask/sharing", data=old | {"share": TICKS})

    assert refused.status_code == 422
    assert "Please read them again" in refused.text
    assert "Other words." in refused.text
    assert Fields(refused.text).hidden["sha256"] == hashlib.sha256(b"Other words.").hexdigest()


def test_a_yes_under_an_older_notice_is_asked_anew_before_sending(asked: Site) -> None:
    asked.shares()
    asked.clock.advance(timedelta(days=1))
    asked.publish("Other words.", "second")

    assert asked.get("/ask/check").headers["Location"] == "/ask/sharing"
    assert "Something changed" in asked.get("/ask/sharing").text
    assert asked.sends().headers["Location"] == "/ask/sharing"
    assert asked.rows("request") == []


def test_changed_needs_bring_the_consent_page_back(asked: Site) -> None:
    asked.shares()
    asked.post("/ask/needs?change=1", {"needs": ["debt"]})

    assert asked.get("/ask/check").headers["Location"] == "/ask/sharing"


def test_a_change_that_alters_nothing_about_sharing_does_not(asked: Site) -> None:
    asked.shares()
    asked.post("/ask/story?change=1", {"story": "Another story."})

    assert asked.get("/ask/check").status_code == 200


def test_nobody_fits_is_said_honestly_and_nothing_can_be_sent(site: Site) -> None:
    site.answers(needs={"needs": ["transport"]})

    page = site.get("/ask/sharing").text

    assert "We found no agency here that fits" in page
    assert Fields(page).boxes == []
    assert site.post("/ask/sharing", {"nobody": "yes"}).status_code == 303


def test_nobody_fits_but_a_coordinator_may_be_asked(site: Site) -> None:
    site.knows(HUB, "Wandle Referral Hub", "hub")
    site.answers(needs={"needs": ["transport"]})

    page = site.get("/ask/sharing").text
    assert "You can ask Wandle Referral Hub" in page
    assert 'href="/#ring"' in page, "whoever cannot wait is told whom to ring now"
    assert site.shares([f"{HUB}.who"]).headers["Location"] == "/ask/check"
    assert site.sends().headers["Location"] == "/ask/done"
    done = site.get("/ask/done").text
    assert "Please ring them" in done
    assert "get in touch with you" not in done


def test_questions_left_out_come_first(site: Site) -> None:
    site.answers("phone")

    assert site.get("/ask/sharing").headers["Location"] == "/ask/phone"
    assert site.get("/ask/check").headers["Location"] == "/ask/phone"


def test_an_agency_that_must_not_know_is_never_offered(site: Site) -> None:
    site.answers(withhold={"hidden": [str(HOMES)]})

    assert "Southside Homes" not in site.get("/ask/sharing").text
    site.shares()
    site.sends()
    (row,) = site.rows("hidden_from")
    assert (row.kind, row.id) == ("agency", HOMES)


def test_what_else_was_told_has_a_box_of_its_own(site: Site) -> None:
    site.answers(
        household={"lives_with": ["partner"]},
        access={"access_needs": ["bsl"]},
        needs={"needs": ["housing"]},
    )
    kinds = ("who", "place", "story", "household", "access")

    assert Fields(site.get("/ask/sharing").text).boxes == [f"{HOMES}.{kind}" for kind in kinds]


def test_doctor_health_visitor_and_case_review_are_asked_apart_and_refused_by_default(
    site: Site,
) -> None:
    site.knows(HUB, "Wandle Referral Hub", "hub")
    site.knows(GP, "Mill Lane Surgery", "practice")
    site.answers(practices={"gp": str(GP), "health_visitor": str(GP)})
    boxes = Fields(site.get("/ask/sharing").text).boxes
    review, doctor = f"case_review.{HUB}.who", f"tell_gp.{GP}.who"
    assert {review, doctor, f"tell_health_visitor.{GP}.who"} <= set(boxes)

    site.shares([*TICKS, doctor])
    site.sends()

    answers = {(g.purpose, g.recipient_agency_id, g.category): g.decision
               for g in site.rows("consent_grant")}  # fmt: skip
    assert answers["tell_gp", GP, "identity"] == "given"
    assert ("tell_gp", GP, "contact") not in answers
    assert answers["tell_health_visitor", GP, "identity"] == "refused"
    assert answers["case_review", HUB, "identity"] == "refused"


@pytest.mark.parametrize("ticked", [True, False])
def test_being_counted_without_a_name_is_a_tick_of_its_own(site: Site, *, ticked: bool) -> None:
    site.knows(HUB, "Wandle Referral Hub", "hub")
    site.answers()
    box = f"statistics.{HUB}.count"
    assert box in Fields(site.get("/ask/sharing").text).boxes

    site.shares([*TICKS, *([box] if ticked else [])])
    site.sends()

    answers = {(g.category, g.decision) for g in site.rows("consent_grant")
               if g.purpose == "statistics" and g.recipient_agency_id == HUB}  # fmt: skip
    said = "given" if ticked else "refused"
    assert answers == {("household", said), ("access_needs", said)}


def test_telling_only_the_doctor_asks_nobody_to_help(site: Site) -> None:
    site.knows(GP, "Mill Lane Surgery", "practice")
    site.answers(practices={"gp": str(GP), "health_visitor": ""})

    assert "at least one agency that could help" in site.shares([f"tell_gp.{GP}.who"]).text


def test_the_very_words_are_kept_with_the_consent(asked: Site) -> None:
    asked.shares()
    asked.sends()

    (kept,) = asked.rows("consent_wording")
    texts = {row.sha256: row.text for row in asked.rows("wording")}
    assert (kept.form, kept.language) == ("self", "en")
    assert all(hashlib.sha256(texts[h].encode()).hexdigest() == h for h in texts)
    assert "Wandle Advice may know:" in texts[kept.consent_sha256]
    assert "Only those you tick are told." in texts[kept.consent_sha256]
    assert "What is your postcode?" in texts[kept.pages_sha256]


def test_other_words_are_another_question(asked: Site) -> None:
    asked.shares()
    asked.post("/ask/language", {"language": "easy_read"})

    assert asked.get("/ask/check").headers["Location"] == "/ask/sharing"
    assert "You choose who can know." in asked.get("/ask/sharing").text


def test_an_agency_we_do_not_know_cannot_be_ticked_as_one_that_must_not_know(site: Site) -> None:
    refused = site.post("/ask/withhold", {"hidden": ["no agency of ours"]})

    assert refused.status_code == 422
    assert "The list of agencies has changed" in refused.text
    assert 'id="hidden"' in refused.text


def test_a_person_who_must_not_know_is_found_by_name_and_nobody_is_told_that_they_were(
    site: Site,
) -> None:
    with site.store.begin() as tx:
        facts = {"agency_id": ADVICE, "roles": ["worker"], "active": True, "version": 1}
        tx.insert(tx.table("colleague"), staff_id=HOMES, name="Bob Brute", **facts)
    site.answers(withhold={"hidden": [], "hidden_names": "bob brute\nSomeone Else"})
    page = site.shares().headers["Location"]

    assert "Someone Else" in site.get(page).text
    site.sends()
    (row,) = site.rows("hidden_from")
    assert (row.kind, row.id) == ("staff", HOMES)
