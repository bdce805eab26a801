"""Staff of the receiving agency open a person's details, and know that it is recorded."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from intake.desk import Desk
from intake.telling import ADVICE, EMAIL, HOMES, PERSONAL, STORY, a_submission, naming

from shared.ids import new_id
from shared.testing.sign_on import sign_in

BASE = "https://localhost"


def opens(desk: Desk, path: str, agency: UUID = ADVICE, role: str = "worker") -> Any:
    browser = desk.app.test_client()
    sign_in(desk.app, browser, role, agency_id=agency)
    asked = browser.get(path, base_url=BASE)
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked.text)
    if token is None:
        return asked, None
    form = {"csrf_token": token.group(1)}
    return asked, browser.post(path, data=form, base_url=BASE)


def path_of(desk: Desk, *states: str) -> str:
    submitted = desk.takes_in(a_submission(referrals=naming()))
    referral = desk.put_to(submitted, *states)
    return f"/requests/{submitted.id}/person?referral={referral}"


def test_the_page_says_beforehand_that_opening_is_recorded(desk: Desk) -> None:
    path = path_of(desk, "sent")
    before = len(desk.announced())

    asked, shown = opens(desk, path)

    assert "Show the details (this is recorded)" in asked.text
    assert not [words for words in PERSONAL if words in asked.text]
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Marigold Thistlewood" in shown.text
    assert STORY in shown.text
    assert EMAIL not in shown.text
    assert "1 High St" not in shown.text
    (granted,) = desk.announced()[before:]
    assert granted["recipient_agency_id"] == str(ADVICE)


def test_once_accepted_contact_and_address_are_there_too(desk: Desk) -> None:
    _, shown = opens(desk, path_of(desk, "sent", "accepted"), role="manager")

    assert EMAIL in shown.text
    assert "1 High St, SW18 2PU" in shown.text
    assert "They know the family." in shown.text


def test_another_agency_sees_nothing_and_its_try_is_recorded(desk: Desk) -> None:
    path = path_of(desk, "sent")

    _, shown = opens(desk, path, HOMES)

    assert shown.status_code == 404
    assert not [words for words in PERSONAL if words in shown.text]
    assert [told["reason"] for told in desk.announced("access.denied.v1")] == ["NOT_YOURS"]


@pytest.mark.parametrize("role", ["trustee", "coordinator", "hub_admin"])
def test_other_roles_do_not_open_details(desk: Desk, role: str) -> None:
    asked, shown = opens(desk, path_of(desk, "sent"), role=role)

    assert asked.status_code == 403
    assert shown is None


def test_nothing_is_opened_without_the_button(desk: Desk) -> None:
    path = path_of(desk, "sent")
    browser = desk.app.test_client()
    sign_in(desk.app, browser, "worker", agency_id=ADVICE)
    before = len(desk.announced())

    answer = browser.post(path, base_url=BASE)

    assert answer.status_code == 400
    assert len(desk.announced()) == before


def test_a_referral_that_is_none_is_not_found(desk: Desk) -> None:
    for path in (f"/requests/{new_id()}/person", f"/requests/{new_id()}/person?referral=x"):
        asked, _ = opens(desk, path)
        assert asked.status_code == 404
