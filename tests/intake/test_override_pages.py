"""The pages of sharing without agreement: a fresh code first, plain words, 404 for the rest."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from intake.desk import Desk
from intake.safeguarding import RATIONALE, a_lead, records
from intake.telling import ADVICE, HOMES, HUB, PERSONAL

from shared.ids import new_id
from shared.testing.sign_on import sign_in

BASE = "https://localhost"
FORM = {
    "ground": "SAFEGUARDING_CHILD",
    "why_no_consent": "WOULD_PREJUDICE",
    "recipients": str(HOMES),
    "categories": ["identity", "address"],
    "minimised": "yes",
    "rationale": RATIONALE,
    "person_told": "no",
    "why_not_told": "RISK_INCREASED",
}


def browser_of(desk: Desk, *roles: str, agency: UUID = HUB, fresh: bool = True) -> FlaskClient:
    browser = desk.app.test_client()
    sign_in(desk.app, browser, *roles, agency_id=agency, fresh=fresh)
    return browser


def sends(browser: FlaskClient, path: str, page: Any, **fields: Any) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token, page.text
    return browser.post(path, data={"csrf_token": token.group(1), **fields}, base_url=BASE)


def gets(browser: FlaskClient, path: str) -> Any:
    return browser.get(path, base_url=BASE)


def plain(answer: Any, path: str) -> str:
    """Return a page without what differs each time: the nonce, and its own address."""
    return re.sub(r'nonce="[^"]+"', "", answer.text).replace(path, "")


def test_a_lead_shares_from_a_reference_to_what_the_recipient_opens(desk: Desk) -> None:
    submitted, lead = desk.takes_in(), browser_of(desk, "safeguarding")
    listed = gets(lead, "/requests/overrides/")
    found = sends(lead, "/requests/overrides/", listed, reference=submitted.reference.lower())
    path = f"/requests/{submitted.id}/override"
    assert (found.status_code, found.headers["Location"]) == (303, path)

    form = gets(lead, path)
    done = sends(lead, path, form, **FORM)

    assert done.status_code == 303
    shown = gets(lead, done.headers["Location"])
    assert "It is shared. Ask a second person to look at it now." in unescape(shown.text)
    assert "You recorded this. Somebody else must look at it." in shown.text
    assert "Homes First" in shown.text
    assert RATIONALE not in shown.text

    worker = browser_of(desk, "worker", agency=HOMES)
    assert submitted.reference in gets(worker, "/requests/overrides/").text
    confirm = gets(worker, f"/requests/{submitted.id}/person?shared=1")
    person = sends(worker, f"/requests/{submitted.id}/person?shared=1", confirm)
    assert person.status_code == 200
    assert "1 High St, SW18 2PU" in person.text
    assert "Use it only for that." in person.text


def test_a_second_person_reads_the_reasons_and_decides(desk: Desk) -> None:
    override = records(desk, desk.takes_in().id)
    officer, path = browser_of(desk, "officer"), f"/requests/overrides/{override}"
    shown = gets(officer, path)
    assert "May it go on?" not in shown.text
    before = len(desk.announced())

    read = sends(officer, path, shown, step="read")

    assert RATIONALE in read.text
    assert read.headers["Cache-Control"] == "no-store"
    assert [told["what"] for told in desk.announced()[before:]] == [["rationale"]]
    unsaid = sends(officer, path, read, step="decide")
    assert (unsaid.status_code, "Choose whether it may go on" in unsaid.text) == (422, True)
    assert sends(officer, path, read, step="decide", decision="upheld").status_code == 303
    assert "Goes on" in gets(officer, "/requests/overrides/").text


def test_nobody_decides_on_their_own(desk: Desk) -> None:
    submitted, lead = desk.takes_in(), browser_of(desk, "safeguarding")
    path = f"/requests/{submitted.id}/override"
    done = sends(lead, path, gets(lead, path), **FORM)
    mine = done.headers["Location"].split("?")[0]

    refused = sends(lead, mine, gets(lead, mine), step="decide", decision="upheld")

    assert refused.status_code == 403
    assert desk.announced("override.reviewed.v1") == []


def test_what_is_missing_is_said_and_what_was_typed_is_kept(desk: Desk) -> None:
    submitted, lead = desk.takes_in(), browser_of(desk, "safeguarding")
    path = f"/requests/{submitted.id}/override"

    refused = sends(lead, path, gets(lead, path), **{**FORM, "recipients": "x", "ground": ""})

    assert refused.status_code == 422
    assert "Choose the agencies that must know" in refused.text
    assert 'href="#ground"' in refused.text
    assert RATIONALE in refused.text
    assert "<title>Error: Share without agreement" in refused.text
    assert desk.announced("override.recorded.v1") == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_fresh_code_nothing_is_shown_or_kept(desk: Desk, method: str) -> None:
    submitted, lead = desk.takes_in(), browser_of(desk, "safeguarding", fresh=False)
    listed = gets(lead, "/requests/overrides/")
    path = f"/requests/{submitted.id}/override"

    answer = gets(lead, path) if method == "get" else sends(lead, path, listed, **FORM)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/intake/session/start?next=")
    assert "fresh=1" in answer.headers["Location"]
    assert desk.announced("override.recorded.v1") == []


def test_the_reasons_are_not_read_without_a_fresh_code(desk: Desk) -> None:
    override = records(desk, desk.takes_in().id)
    lead, path = browser_of(desk, "safeguarding", fresh=False), f"/requests/overrides/{override}"

    answer = sends(lead, path, gets(lead, path), step="read")

    assert answer.status_code == 303
    assert RATIONALE not in answer.text


def test_for_others_there_is_no_such_request_and_no_such_sharing(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id, a_lead(HUB))
    other = browser_of(desk, "safeguarding", agency=ADVICE)
    absent = [f"/requests/{new_id()}/override", f"/requests/overrides/{new_id()}"]
    theirs = [f"/requests/{submitted.id}/override", f"/requests/overrides/{override}"]

    for here, nowhere in zip(theirs, absent, strict=True):
        assert gets(other, here).status_code == 404
        assert plain(gets(other, here), here) == plain(gets(other, nowhere), nowhere)
    assert submitted.reference not in gets(other, "/requests/overrides/").text
    listed = gets(other, "/requests/overrides/")
    answers = [
        sends(other, "/requests/overrides/", listed, reference=reference)
        for reference in (submitted.reference, "HDJ2-123F")
    ]
    assert {answer.status_code for answer in answers} == {422}


@pytest.mark.parametrize("role", ["worker", "manager", "coordinator", "officer", "hub_admin"])
def test_other_roles_record_nothing(desk: Desk, role: str) -> None:
    browser = browser_of(desk, role)

    assert gets(browser, f"/requests/{desk.takes_in().id}/override").status_code == 403


def test_no_page_of_it_shows_who_the_person_is(desk: Desk) -> None:
    submitted = desk.takes_in()
    override = records(desk, submitted.id)
    lead = browser_of(desk, "safeguarding")

    paths = ("overrides/", f"overrides/{override}", f"{submitted.id}/override")
    answers = [gets(lead, f"/requests/{path}") for path in paths]

    assert {answer.status_code for answer in answers} == {200}
    assert not [words for words in PERSONAL for page in answers if words in page.text]


def test_a_form_sent_twice_records_one_override(desk: Desk) -> None:
    submitted, lead = desk.takes_in(), browser_of(desk, "safeguarding")
    path = f"/requests/{submitted.id}/override"
    form = gets(lead, path)
    token = re.search(r'name="token" value="([^"]+)"', form.text)
    assert token

    first, second = (sends(lead, path, form, token=token.group(1), **FORM) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert len(desk.announced("override.recorded.v1")) == 1


def test_a_form_that_was_refused_keeps_its_token_and_another_request_has_its_own(
    desk: Desk,
) -> None:
    one, other, lead = desk.takes_in(), desk.takes_in(), browser_of(desk, "safeguarding")
    paths = [f"/requests/{submitted.id}/override" for submitted in (one, other)]
    form, token = gets(lead, paths[0]), str(new_id())

    refused = sends(lead, paths[0], form, token=token)
    for path in paths:
        assert sends(lead, path, form, token=token, **FORM).status_code == 303

    assert f'value="{token}"' in refused.text
    told = desk.announced("override.recorded.v1")
    assert [body["request_id"] for body in told] == [str(one.id), str(other.id)]
