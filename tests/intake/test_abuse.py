"""Programs are slowed and floods refused, without a puzzle and never without a number to ring."""

from __future__ import annotations

from typing import Any

import pytest
from intake.desk import Desk
from intake.public_site import Fields

from services.intake.http import limits
from shared.web.forms import LARGEST_BODY, LARGEST_FILE

BASE = "https://localhost"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}
NEIGHBOUR = {"REMOTE_ADDR": "203.0.113.200"}
FAR = {"REMOTE_ADDR": "198.51.100.7"}
NUMBER = "020 7946 0100"


@pytest.fixture(autouse=True)
def hub_with_a_phone(shared_desk: Desk) -> None:
    from intake.telling import HUB

    shared_desk.hears_of_agency(HUB, phone=NUMBER)


def tries(desk: Desk, where: dict[str, str], how_often: int = 1) -> Any:
    browser = desk.app.test_client()
    token = Fields(browser.get("/my/sign-in", base_url=BASE).text).hidden["csrf_token"]
    form = {"csrf_token": token, "reference": "", "code": ""}
    answer = None
    for _ in range(how_often):
        answer = browser.post("/my/sign-in", data=form, base_url=BASE, environ_base=where)
    return answer


def test_a_flood_from_one_neighbourhood_is_refused_with_a_number_to_ring(
    shared_desk: Desk,
) -> None:
    tries(shared_desk, ELSEWHERE, 60)

    refused = tries(shared_desk, NEIGHBOUR)

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == limits.WAIT
    assert NUMBER in refused.text
    assert "Wandle Hub" in refused.text
    assert "999" in refused.text
    assert "captcha" not in refused.text.lower()
    assert tries(shared_desk, FAR).status_code == 422


def test_reading_is_never_refused(shared_desk: Desk) -> None:
    browser = shared_desk.app.test_client()
    where = {"REMOTE_ADDR": "192.0.2.7"}

    answers = {
        browser.get("/my/sign-in", base_url=BASE, environ_base=where).status_code for _ in range(70)
    }

    assert answers == {200}


def test_partners_are_not_counted_by_address(shared_desk: Desk) -> None:
    browser = shared_desk.app.test_client()
    where = {"REMOTE_ADDR": "192.0.2.9"}

    answers = {
        browser.post("/api/v1/requests", json={}, base_url=BASE, environ_base=where).status_code
        for _ in range(70)
    }

    assert answers == {401}


@pytest.mark.parametrize(
    ("environ", "headers", "told"),
    [
        ({"REMOTE_ADDR": "203.0.113.7"}, {}, "203.0.113.0/24"),
        ({"REMOTE_ADDR": "2001:db8:1:2:3::4"}, {}, "2001:db8:1:2::/64"),
        ({"REMOTE_ADDR": "::ffff:203.0.113.7"}, {}, "203.0.113.0/24"),
        ({"REMOTE_ADDR": "127.0.0.1"}, {"X-Forwarded-For": "x, 203.0.113.7"}, "203.0.113.0/24"),
        ({"REMOTE_ADDR": "203.0.113.7"}, {"X-Forwarded-For": "10.0.0.1"}, "203.0.113.0/24"),
    ],
)
def test_one_household_is_one_address(
    shared_desk: Desk, environ: dict[str, str], headers: dict[str, str], told: str
) -> None:
    with shared_desk.app.test_request_context(environ_base=environ, headers=headers):
        assert limits.network() == told


def test_a_refused_form_names_a_number_to_ring(shared_desk: Desk) -> None:
    answer = shared_desk.app.test_client().post("/my/sign-in", data={}, base_url=BASE)

    assert answer.status_code == 400
    assert NUMBER in answer.text


def test_a_public_form_larger_than_any_story_is_refused_unread(shared_desk: Desk) -> None:
    browser = shared_desk.app.test_client()
    body = b"reference=" + b"x" * limits.LARGEST_FORM

    answer = browser.post(
        "/my/sign-in", data=body, base_url=BASE, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 413
    assert NUMBER in answer.text


def test_only_a_jobs_list_may_be_larger_than_the_usual_body(shared_desk: Desk) -> None:
    browser = shared_desk.app.test_client()

    answers = {
        path: browser.post(path, data=b"x" * (LARGEST_BODY + 1), base_url=BASE).status_code
        for path in ("/outreach/lists", "/outreach/patch")
    }
    too_large = browser.post("/outreach/lists", data=b"x" * (LARGEST_FILE + 1), base_url=BASE)

    assert answers == {"/outreach/lists": 400, "/outreach/patch": 413}
    assert too_large.status_code == 413
