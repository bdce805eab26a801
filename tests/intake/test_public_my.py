"""/my: how it stands, for whoever knows reference and return code, and for nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.intake.domain.stages import STAGES
from services.intake.http.public import standing
from services.intake.visits import IDLE, LONGEST
from tests.intake.public_site import ADVICE, DEBT, HUB, Fields, Site

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site.at(tmp_path)
    site.opens(ADVICE, "Wandle Advice", DEBT)
    site.answers()
    site.shares()
    site.sends()
    return site


@pytest.fixture
def known(site: Site) -> tuple[str, str]:
    reference, code = re.findall(r"<dd>([0-9A-Z-]+)</dd>", site.get("/ask/done").text)
    return reference, code


def opens(site: Site, reference: str, code: str) -> TestResponse:
    return site.post("/my/sign-in", {"reference": reference, "code": code})


def told(site: Site, *states: str, reason: str | None = None) -> None:
    """Let intake have heard that the referral went through *states*."""
    (request,) = site.rows("request")
    with site.store.begin() as tx:
        referral = tx.new_id()
        for place, state in enumerate(states, 1):
            tx.insert(
                tx.table("referral_step"), referral_id=referral, sequence=place,
                request_id=request.id, service_id=DEBT, agency_id=ADVICE, state=state,
                at=site.clock.now(), reason=reason if place == len(states) else None,
            )  # fmt: skip


def test_without_a_visit_the_page_asks_for_reference_and_code(site: Site) -> None:
    assert site.get("/my").headers["Location"] == "/my/sign-in"
    assert site.get("/my/sign-in").status_code == 200


def test_reference_and_code_open_the_page_however_they_are_typed(
    site: Site, known: tuple[str, str]
) -> None:
    reference, code = known

    opened = opens(site, f" {reference.lower().replace('-', ' ')}", code.lower().replace("-", ""))

    assert opened.headers["Location"] == "/my"
    assert reference in site.get("/my").text


def test_the_page_shows_neither_name_nor_story(site: Site, known: tuple[str, str]) -> None:
    opens(site, *known)

    page = site.get("/my").text

    for secret in ("Ada", "Canary", "scared", "ada@example.org", "07700", known[1]):
        assert secret not in page


def test_the_page_tells_each_stage_in_plain_words(site: Site, known: tuple[str, str]) -> None:
    told(site, "proposed", "sent", "opened", "accepted")
    opens(site, *known)

    page = site.get("/my").text

    assert "Wandle Advice said yes. You are waiting; they do not support you yet." in page
    assert "We asked Wandle Advice to help you." in page
    assert "What happens next:" in page
    assert page.index("said yes") < page.index("We asked")


def test_a_refusal_is_told_with_its_reason_and_what_comes_next(
    site: Site, known: tuple[str, str]
) -> None:
    told(site, "proposed", "sent", "declined", reason="NO_CAPACITY")
    opens(site, *known)

    page = site.get("/my").text

    assert "Not possible" in page
    assert "This service has no free place at the moment." in page
    assert "choose another agency" in page


def test_the_person_sees_which_agency_looked_at_what(site: Site, known: tuple[str, str]) -> None:
    opens(site, *known)
    assert "Nobody has opened your details yet" in site.get("/my").text
    (request,) = site.rows("request")

    with site.store.begin() as tx:
        tx.keep_opening(request.id, ADVICE, ["identity", "story"])
        tx.keep_opening(request.id, ADVICE, ["accept_note", "decline_comment"])

    page = re.sub(r"<[^>]+>|\s+", " ", site.get("/my").text)
    assert "Name and date of birth; What you told us." in page
    assert page.count("wrote to each other") == 1
    assert page.count("Wandle Advice,") == 2


@pytest.mark.parametrize("states", [("proposed",), ("proposed", "sent", "declined"), ()])
def test_nobody_is_promised_who_cannot_come(
    site: Site, known: tuple[str, str], states: tuple[str, ...]
) -> None:
    told(site, *states)
    opens(site, *known)

    assert "oordinator" not in site.get("/my").text


def test_whoever_wants_to_stop_it_is_told_whom_to_ring(site: Site, known: tuple[str, str]) -> None:
    site.knows(HUB, "Wandle Referral Hub", "hub")
    opens(site, *known)

    assert "Ring Wandle Referral Hub on" in site.get("/my").text


def test_every_stage_has_its_words() -> None:
    stages = set(STAGES.values())

    assert stages == set(standing.HAPPENED) == set(standing.NEXT) == set(standing.TONES)


def test_a_wrong_code_is_answered_exactly_like_an_unknown_reference(
    site: Site, known: tuple[str, str]
) -> None:
    wrong = opens(site, known[0], "CCCC-CCCC-CCCC-CC")
    unknown = opens(site, "CCCC-CCCC", "CCCC-CCCC-CCCC-CC")

    assert wrong.status_code == unknown.status_code == 422
    assert _bare(wrong) == _bare(unknown).replace('CCCC-CCCC"', f'{known[0]}"', 1)
    assert site.rows("visit") == []


def test_too_many_wrong_codes_must_wait_known_reference_or_not(
    site: Site, known: tuple[str, str]
) -> None:
    for reference in (known[0], "CCCC-CCCC"):
        answers = [opens(site, reference, "CCCC") for _ in range(6)]

        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert "then try again" in answers[-1].text
    assert opens(site, *known).status_code == 429


@pytest.mark.parametrize(("reference", "code"), [("", "x"), ("x", ""), ("", "")])
def test_an_empty_field_is_asked_for(site: Site, reference: str, code: str) -> None:
    refused = opens(site, reference, code)

    assert refused.status_code == 422
    assert "<title>Error: " in refused.text


def test_a_forged_sign_in_is_refused(site: Site, known: tuple[str, str]) -> None:
    data = {"reference": known[0], "code": known[1]}

    assert site.browser.post("/my/sign-in", data=data).status_code == 400
    assert site.rows("visit") == []


def test_the_page_closes_after_fifteen_minutes_without_a_look(
    site: Site, known: tuple[str, str]
) -> None:
    opens(site, *known)
    site.clock.advance(IDLE - timedelta(seconds=1))
    assert site.get("/my").status_code == 200
    site.clock.advance(IDLE - timedelta(seconds=1))
    assert site.get("/my").status_code == 200
    site.clock.advance(IDLE)

    assert site.get("/my").headers["Location"] == "/my/sign-in"


def test_the_page_closes_after_ten_hours_whatever_happens(
    site: Site, known: tuple[str, str]
) -> None:
    opens(site, *known)
    for _ in range(60):
        site.clock.advance(LONGEST / 60)
        last = site.get("/my")

    assert last.headers["Location"] == "/my/sign-in"
    opens(site, *known)
    assert len(site.rows("visit")) == 1


def test_closing_the_page_closes_it_on_the_server_too(site: Site, known: tuple[str, str]) -> None:
    opens(site, *known)
    cookie = site.browser.get_cookie("onward-my")
    token = Fields(site.get("/my").text).hidden

    closed = site.browser.post("/my/sign-out", data=token)

    assert closed.headers["Location"] == "/my/closed"
    assert site.rows("visit") == []
    site.browser.set_cookie("onward-my", cookie.value)
    assert site.get("/my").status_code == 303


def test_leaving_quickly_closes_the_page(site: Site, known: tuple[str, str]) -> None:
    opens(site, *known)

    site.browser.get("/exit", buffered=True)

    assert site.rows("visit") == []
    assert site.browser.get_cookie("onward-my") is None


def test_a_made_up_visit_opens_nothing(site: Site) -> None:
    site.browser.set_cookie("onward-my", "A" * 22)

    assert site.get("/my").status_code == 303


def _bare(answer: TestResponse) -> str:
    """Return the page without what differs from one answer to the next: token and nonce."""
    return re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', "", answer.text)
