"""Receipts as pages: the person's own behind 'show', the referrer's with its confirmation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from intake.desk import Desk
from intake.ledger_driver import Ledger
from intake.telling import ADVICE, HOMES, HUB, PERSONAL, REFERRER, a_body

from services.intake import visits
from services.intake.http.public import browser
from shared.ids import new_id
from shared.testing.sign_on import sign_in

BASE = "https://localhost"
FORMS = [("", "text/html"), (".pdf", "application/pdf"), (".json", "application/json")]


@pytest.fixture(scope="module")
def ledger(shared_desk: Desk) -> Ledger:
    """A consent that was said aloud to the referrer."""
    return Ledger.of(shared_desk, shared_desk.posts(a_body()).get_json()["id"])


def at_home(ledger: Ledger, *, shown: bool, reads: str | None = None) -> FlaskClient:
    """Return the browser of the person, whose page is open, in the language it has chosen."""
    visitor: FlaskClient = ledger.desk.app.test_client()
    with ledger.acting() as tx:
        visit = visits.open_visit(ledger.request, tx)
        visits.show_in(visit, tx, shown=shown)
    held = ledger.desk.app.make_response("")
    with ledger.desk.app.test_request_context(base_url=BASE):
        browser.hold(held, browser.VISIT, visit)
        if reads:
            browser.hold(held, browser.LANGUAGE, reads)
    for cookie in held.headers.getlist("Set-Cookie"):
        name, _, value = cookie.partition(";")[0].partition("=")
        visitor.set_cookie(name, value, domain="localhost", secure=False)
    return visitor


def test_who_reads_easy_read_has_their_receipt_in_it_around_the_words_they_agreed_to(
    ledger: Ledger,
) -> None:
    path = f"/my/receipts/{ledger.first.id}"

    told = at_home(ledger, shown=True, reads="easy_read").get(path, base_url=BASE).text

    assert "This paper is about request" in told
    assert "We do not change them." in told
    assert "We keep what you tell." in told


def staff_of(ledger: Ledger, agency: Any, role: str = "worker") -> FlaskClient:
    colleague: FlaskClient = ledger.desk.app.test_client()
    sign_in(ledger.desk.app, colleague, role, agency_id=agency)
    return colleague


def page_of(ledger: Ledger) -> str:
    return f"/requests/{ledger.request}/consents/{ledger.first.id}"


@pytest.mark.parametrize(
    ("form", "kind"),
    [("", "text/html"), (".pdf", "application/pdf"), (".json", "application/json")],
)
def test_the_person_reads_their_receipt_in_each_form_once_names_are_shown(
    ledger: Ledger, form: str, kind: str
) -> None:
    path = f"/my/receipts/{ledger.first.id}{form}"

    unshown = at_home(ledger, shown=False).get(path, base_url=BASE)
    shown = at_home(ledger, shown=True).get(path, base_url=BASE)

    assert (unshown.status_code, unshown.location) == (303, "/my/show?to=receipts")
    assert (shown.status_code, shown.mimetype) == (200, kind)
    assert shown.headers["Cache-Control"] == "no-store"
    assert not [words for words in PERSONAL if words.encode() in shown.data]


def test_the_receipt_of_somebody_else_is_not_there(ledger: Ledger) -> None:
    body = a_body()
    body["person"]["given_name"] = "Nobody Else"
    other = Ledger.of(ledger.desk, ledger.desk.posts(body).get_json()["id"])
    visitor = at_home(ledger, shown=True)

    assert visitor.get(f"/my/receipts/{other.first.id}", base_url=BASE).status_code == 404


def test_staff_of_another_agency_find_nothing(ledger: Ledger) -> None:
    for path in (page_of(ledger), f"{page_of(ledger)}.pdf"):
        assert staff_of(ledger, HOMES).get(path, base_url=BASE).status_code == 404


def test_a_worker_prints_the_receipt_and_notes_that_it_was_handed_over(ledger: Ledger) -> None:
    worker = staff_of(ledger, REFERRER)
    page = worker.get(page_of(ledger), base_url=BASE)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf_token": token.group(1)}

    nothing_chosen = worker.post(page_of(ledger), data=form, base_url=BASE)
    noted = worker.post(page_of(ledger), data=form | {"how": "paper"}, base_url=BASE)

    assert "<title>Error: The person" in nothing_chosen.text
    assert nothing_chosen.status_code == 422
    assert noted.status_code == 303
    assert ledger.first.confirmation == "done"
    assert "Note that it was confirmed" not in worker.get(page_of(ledger), base_url=BASE).text
    assert worker.get(f"{page_of(ledger)}.pdf", base_url=BASE).data.startswith(b"%PDF-1.7")


def test_an_officer_ends_what_never_held_and_sees_what_was_shown_under_it(desk: Desk) -> None:
    ledger = Ledger.of(desk, desk.posts(a_body()).get_json()["id"])
    referral = {"request": ledger.request, "referral": new_id(), "sequence": 1}
    desk.hears_of_referral("sent", **referral)
    seen = {"what": ["identity"], "request_id": ledger.request, "recipient_agency_id": ADVICE}
    desk.hears("access.granted.v1", new_id(), **seen)
    officer, worker = staff_of(ledger, HUB, "officer"), staff_of(ledger, REFERRER)
    page = officer.get(page_of(ledger), base_url=BASE)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf_token": token.group(1)}
    path = f"{page_of(ledger)}/end"

    assert "Wandle Advice saw Name and date of birth" in page.text
    assert "End this consent now" not in worker.get(page_of(ledger), base_url=BASE).text
    assert officer.post(path, data=form, base_url=BASE).status_code == 422
    ended = officer.post(path, data=form | {"why": "invalidate.COERCION"}, base_url=BASE)

    assert (ended.status_code, ledger.first.state) == (303, "invalidated")
    assert ledger.told("consent.invalidated.v1")[0]["reason"] == "COERCION"
    assert "Write an incident report" in officer.get(ended.location, base_url=BASE).text
