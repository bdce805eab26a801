"""Staff enter what somebody tells them on the telephone or at the desk."""

from __future__ import annotations

import re
from typing import Any

import pytest
from intake.desk import Desk
from intake.telling import ADVICE, DEBT, REFERRER

from shared.testing.sign_on import sign_in
from tests.intake.public_site import Fields

BASE = "https://localhost"
TOLD: dict[str, dict[str, Any]] = {
    "call": {"call": "phone"},
    "needs": {"needs": ["debt"]},
    "place": {"where": "none"},
    "about-you": {"given_name": "Perpetua", "family_name": "Canary"},
    "age": {"years": "44"},
    "household": {},
    "speaking": {},
    "access": {},
    "email": {"email": "perpetua@example.org", "email_safe": "yes"},
    "phone": {},
    "text": {},
    "letter": {},
    "code-word": {},
    "story": {"story": "She rang from the call box."},
    "withhold": {},
}


class Worker:
    """A member of staff with a telephone, at a browser."""

    def __init__(self, desk: Desk, *roles: str) -> None:
        self.browser = desk.app.test_client()
        self.who = sign_in(desk.app, self.browser, *(roles or ("worker",)), agency_id=REFERRER)

    def get(self, slug: str = "") -> Any:
        return self.browser.get(f"/requests/phone{slug}", base_url=BASE)

    def post(self, slug: str, told: dict[str, Any]) -> Any:
        hidden = Fields(self.get(slug).text).hidden
        return self.browser.post(f"/requests/phone{slug}", data=hidden | told, base_url=BASE)

    def enters(self, **other: dict[str, Any]) -> None:
        for slug, told in (TOLD | other).items():
            entered = self.post(f"/{slug}", told)
            assert entered.status_code == 303, (slug, entered.text)
        ticks = [f"{ADVICE}.who", f"{ADVICE}.story"]
        assert self.post("/sharing", {"share": ticks}).headers["Location"].endswith("/agreed")


@pytest.fixture
def worker(desk: Desk) -> Worker:
    return Worker(desk)


def test_what_was_told_by_phone_is_agreed_aloud_before_a_witness(
    desk: Desk, worker: Worker
) -> None:
    worker.enters()
    assert "Read this page to the person word for word" in worker.get("/sharing").text
    assert worker.post("/agreed", {"service": ""}).status_code == 303

    sent = worker.post("/check", {})

    assert sent.headers["Location"] == "/requests/phone/done"
    (given,) = desk.announced("consent.given.v1")
    (told,) = desk.announced("request.submitted.v1")
    assert (given["method"], given["given_by"]) == ("phone", "self")
    assert told["source"] == "SELF_PHONE"
    assert told["referrer_agency_id"] == str(REFERRER)
    assert told["agreed_by_phone"] is False
    done = worker.get("/done").text
    assert "Say both slowly, twice" in done
    assert len(re.findall(r"<dd>[0-9A-Z-]+</dd>", done)) == 2


def test_a_service_that_said_yes_by_phone_is_named_with_who_said_it(
    desk: Desk, worker: Worker
) -> None:
    worker.enters(call={"call": "walkin"})
    assert "Debt advice, Wandle Advice" in worker.get("/agreed").text
    nameless = worker.post("/agreed", {"service": str(DEBT), "spoken_to": ""})
    assert nameless.status_code == 422

    worker.post("/agreed", {"service": str(DEBT), "spoken_to": "Ines at the desk"})
    worker.post("/check", {})

    (told,) = desk.announced("request.submitted.v1")
    assert (told["agreed_by_phone"], told["services"]) == (True, [str(DEBT)])
    assert told["source"] == "SELF_WALKIN"
    assert b"Ines at the desk" not in desk.everything_stored()


def test_a_service_nobody_agreed_to_cannot_be_named(worker: Worker) -> None:
    worker.enters()

    refused = worker.post("/agreed", {"service": str(REFERRER), "spoken_to": "Ines"})

    assert refused.status_code == 422


def test_nobody_may_know_is_an_answer_too(desk: Desk, worker: Worker) -> None:
    worker.enters()

    assert worker.post("/sharing", {"nobody": "yes"}).headers["Location"].endswith("/not-shared")
    assert worker.get("/not-shared").status_code == 200
    assert worker.get("/check").headers["Location"].endswith("/sharing")
    assert desk.announced("request.submitted.v1") == []


def test_another_member_of_staff_at_the_same_browser_does_not_find_it(
    desk: Desk, worker: Worker
) -> None:
    worker.enters()
    before = worker.get("/about-you").text

    sign_in(desk.app, worker.browser, "worker", agency_id=REFERRER)

    assert "Perpetua" in before
    assert "Perpetua" not in worker.get("/about-you").text


def test_it_is_for_staff(desk: Desk, worker: Worker) -> None:
    worker.enters()
    stranger = desk.app.test_client()

    for slug in ("", "/needs", "/sharing", "/agreed", "/check", "/done", "/copy", "/delete"):
        assert stranger.get(f"/requests/phone{slug}", base_url=BASE).status_code in {303, 302, 401}
    assert Worker(desk, "governance_lead").get("/needs").status_code == 403


def test_what_was_entered_is_deleted_on_request(worker: Worker) -> None:
    worker.enters()

    assert worker.post("/delete", {}).headers["Location"] == "/requests/phone"
    assert "Perpetua" not in worker.get("/about-you").text


def test_the_pages_are_those_of_staff(worker: Worker) -> None:
    page = worker.get("/needs").text

    assert "onward--staff" in page
    assert "Exit this page" not in page
    assert "What do they need help with?" in page


def test_a_person_whom_the_agency_entered_before_is_named_by_reference(
    desk: Desk, worker: Worker
) -> None:
    worker.enters(age={"day": "3 March 1980"}, place={"postcode": "SW18 2PU"})
    worker.post("/check", {})
    reference = desk.announced("request.submitted.v1")[0]["reference"]
    again = Worker(desk)
    again.enters(age={"day": "3", "month": "3", "year": "1980"}, place={"postcode": "SW18 2PU"})

    refused = again.post("/check", {})

    assert refused.status_code == 422
    assert reference in refused.text
    assert len(desk.announced("request.submitted.v1")) == 1
