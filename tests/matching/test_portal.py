"""The portal and the public guide, page by page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.matching.domain.declining import GROUPS, OTHERWISE, grouped
from shared.codes import codes
from shared.testing.sign_on import sign_in
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

SECRET = "Agnieszka's brother must not know"


class Worker:
    """A member of staff at a browser without scripts."""

    def __init__(
        self, app: Flask, *roles: str, agency_id: UUID = ADVICE, teams: tuple[UUID, ...] = ()
    ) -> None:
        self.browser: FlaskClient = app.test_client()
        where = {"agency_id": agency_id, "teams": teams}
        self.who = sign_in(app, self.browser, *(roles or ("worker",)), **where)

    def sees(self, path: str, status: int = 200) -> str:
        answer = self.browser.get(path, base_url="https://localhost")
        assert answer.status_code == status, answer.text
        return answer.text

    def fills(self, path: str, typed: Mapping[str, Any], page: str | None = None) -> TestResponse:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page or self.sees(path))
        assert token is not None
        return self.browser.post(
            path,
            data={"csrf_token": token[1], **typed},
            base_url="https://localhost",
            headers={"Sec-Fetch-Site": "same-origin"},
        )


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app)


@pytest.fixture
def sent(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE, places=3), a_service(MONEY, name="Money by phone"))
    return matching.the_referral(matching.asks(ADVICE))


def looked_for(visitor: Worker, **typed: str) -> str:
    """Fill the form of the public guide and come to what was found."""
    return visitor.sees(str(visitor.fills("/guide", typed).location))


def page_of(referral: Any, action: str = "") -> str:
    return f"/agency/referrals/{referral.id}{action and '/' + action}"


def opened(worker: Worker, referral: Any) -> None:
    page = worker.sees(page_of(referral))
    answer = worker.fills(page_of(referral, "open"), {"version": "2"}, page)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "query", ["page=9999999999999999999", "page=-1", "page=x", "show=x", "service=x"]
)
def test_an_odd_address_still_shows_an_inbox(worker: Worker, sent: Any, query: str) -> None:
    assert "Inbox" in worker.sees(f"/agency/?{query}")
    assert sent.state == "sent"


def test_every_reason_to_decline_stands_under_one_heading_in_the_order_they_are_looked_for(
    worker: Worker, sent: Any
) -> None:
    page = worker.sees(page_of(sent, "decline"))

    shown = re.findall(r'name="reason"[^>]*value="([A-Z_]+)"', page)
    assert sorted(shown) == sorted(codes("decline_reasons"))
    assert shown[-1] == "OTHER"
    places = [page.index(title) for title in (*GROUPS, OTHERWISE)]
    assert places == sorted(places)
    assert grouped(["NEW_CODE", "NO_CAPACITY"])[OTHERWISE] == ["NEW_CODE"]


def test_an_agency_sees_only_what_was_sent_to_it(app: Flask, sent: Any) -> None:
    others = Worker(app, agency_id=MONEY)

    assert "up to date" in others.sees("/agency/")
    others.sees(page_of(sent), status=404)


def test_looking_changes_nothing_and_opening_is_a_button(
    matching: Matching, worker: Worker, sent: Any
) -> None:
    page = worker.sees(page_of(sent))

    assert [r.state for r in matching.referrals()] == ["sent"]
    assert "this is recorded" not in page
    opened(worker, sent)
    assert [r.state for r in matching.referrals()] == ["opened"]
    page = worker.sees(page_of(sent))
    assert f"/requests/{sent.request_id}/person?referral={sent.id}" in page


def test_the_page_speaks_in_words_not_in_codes(worker: Worker, sent: Any) -> None:
    page = worker.sees(page_of(sent))

    for words in ("Debt", "Wandsworth", "45-54", "In the usual time", "Monday 30 November 2026"):
        assert words in page
    for code in ("E09000032", "routine", "meets_all", ">46<"):
        assert code not in page


def test_opening_twice_looks_the_same_both_times(
    matching: Matching, worker: Worker, sent: Any
) -> None:
    page = worker.sees(page_of(sent))
    first = worker.fills(page_of(sent, "open"), {"version": "2"}, page)
    second = worker.fills(page_of(sent, "open"), {"version": "2"}, page)

    assert first.location == second.location
    assert len(matching.announced("referral.opened")) == 1
    assert "You have opened this referral" in worker.sees(first.location)


def test_accepting_tells_the_start_and_shows_a_banner(
    matching: Matching, worker: Worker, sent: Any
) -> None:
    opened(worker, sent)
    typed = {
        "version": "3",
        "start-day": "1",
        "start-month": "12",
        "start-year": "2026",
        "note": SECRET,
    }

    answer = worker.fills(page_of(sent, "accept"), typed)
    page = worker.sees(answer.location)

    assert answer.status_code == 303
    assert "You have accepted this referral" in page
    assert "Tuesday 1 December 2026" in page
    assert SECRET not in page
    assert len(matching.announced("referral.accepted")) == 1


def test_a_note_is_read_on_a_page_of_its_own_and_the_look_is_recorded(
    matching: Matching, worker: Worker, app: Flask, sent: Any
) -> None:
    matching.opens(sent)
    matching.accepts(sent, note="Ring the side door")
    path = page_of(sent, "notes")

    assert path in worker.sees(page_of(sent))
    assert "Ring the side door" in Worker(app, agency_id=SURGERY).sees(path)
    assert len(matching.announced("access.granted")) == 1
    Worker(app, agency_id=MONEY).sees(path, status=404)


def test_pressing_accept_twice_accepts_once(matching: Matching, worker: Worker, sent: Any) -> None:
    opened(worker, sent)
    page = worker.sees(page_of(sent, "accept"))
    typed = {"version": "3", "start-day": "1", "start-month": "12", "start-year": "2026"}

    answers = [worker.fills(page_of(sent, "accept"), typed, page) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert matching.capacity(sent.service_id).accepted == 1


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (("31", "2", "2027"), "Enter the day"),
        (("", "", ""), "Enter the day"),
        (("1", "1", "9" * 20), "Enter the day"),
        (("1", "1", "9" * 5000), "Enter the day"),
        (("22", "11", "2026"), "today or later"),
        (("1", "3", "2027"), "WAIT_TOO_LONG"),
    ],
)
def test_a_wrong_start_is_explained_and_what_was_typed_stays(
    worker: Worker, sent: Any, start: tuple[str, str, str], said: str
) -> None:
    opened(worker, sent)
    parts = dict(zip(("start-day", "start-month", "start-year"), start, strict=True))

    answer = worker.fills(page_of(sent, "accept"), {"version": "3", "note": SECRET, **parts})

    assert answer.status_code == 422
    assert said in answer.text
    assert "Please put this right" in answer.text
    assert "<title>Error: Accept" in " ".join(answer.text.split())
    assert SECRET.replace("'", "&#39;") in answer.text
    assert all(f'value="{part}"' in answer.text for part in start if part)


def test_declining_takes_a_reason_and_ends_what_the_agency_sees(
    matching: Matching, worker: Worker, sent: Any
) -> None:
    form = worker.sees(page_of(sent, "decline"))
    assert "Outside the age limits" in form
    assert "Money by phone (Money Centre)" in form

    typed = {"version": "2", "reason": "OUT_OF_AREA", "comment": "", "right-if": ""}
    answer = worker.fills(page_of(sent, "decline"), typed)
    page = worker.sees(answer.location)

    assert "You have declined this referral" in page
    assert "Outside the area" in page
    assert "Wandsworth" not in page
    assert "this is recorded" not in page
    assert matching.gaps()[0].reasons == ["OUT_OF_AREA"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"comment": SECRET}, "Choose the reason"),
        ({"reason": "OTHER", "right-if": SECRET}, "Say more"),
        ({"reason": "REDIRECTED_BETTER_SERVICE", "comment": SECRET}, "Name the service"),
    ],
)
def test_a_refusal_that_lacks_something_keeps_what_was_typed(
    worker: Worker, sent: Any, typed: dict[str, str], said: str
) -> None:
    answer = worker.fills(page_of(sent, "decline"), {"version": "2", **typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert SECRET.replace("'", "&#39;") in answer.text
    if "reason" in typed:
        assert re.search(rf'value="{typed["reason"]}"[^>]*checked', answer.text)


def test_a_colleague_who_was_quicker_is_told_plainly(
    matching: Matching, worker: Worker, sent: Any
) -> None:
    page = worker.sees(page_of(sent, "decline"))
    matching.opens(sent)
    matching.accepts(sent)

    typed = {"version": "2", "reason": "NO_CAPACITY"}
    answer = worker.fills(page_of(sent, "decline"), typed, page)

    assert answer.status_code == 409
    assert "Something changed while you were reading" in answer.text


def test_an_enquiry_asks_how_many_places_are_free(matching: Matching, worker: Worker) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=None))
    referral = matching.the_referral(matching.asks(ADVICE, services=(service,)))
    opened(worker, referral)
    assert "How many places are free now?" in worker.sees(page_of(referral, "accept"))
    typed = {"version": "3", "start-day": "1", "start-month": "12", "start-year": "2026"}

    without = worker.fills(page_of(referral, "accept"), typed)
    answered = worker.fills(page_of(referral, "accept"), {**typed, "places": "2"})

    assert (without.status_code, answered.status_code) == (422, 303)
    assert matching.capacity(service).places == 2


def test_a_worker_updates_the_places_with_one_number(
    matching: Matching, worker: Worker, app: Flask, sent: Any
) -> None:
    path = f"/agency/services/{sent.service_id}/capacity"
    assert path in worker.sees("/agency/")

    wrong = worker.fills(path, {"places": "many"})
    endless = worker.fills(path, {"places": "9" * 5000})
    right = worker.fills(path, {"places": "7", "waiting-list": "yes"})

    assert (wrong.status_code, endless.status_code) == (422, 422)
    assert 'value="many"' in wrong.text
    assert "Saved" in worker.sees(right.location)
    assert matching.capacity(sent.service_id).places == 7
    Worker(app, agency_id=MONEY).sees(path, status=404)


def test_staff_without_an_inbox_are_led_to_their_own_pages(app: Flask) -> None:
    page = Worker(app, "governance_lead").sees("/agency/")

    assert "answered by the workers and managers" in page
    assert page.count('href="/governance/"') == 2
    assert "Inbox" not in page


def test_a_trustee_may_not_read_a_referral(app: Flask, sent: Any) -> None:
    Worker(app, "trustee").sees(page_of(sent), status=403)


def test_a_referrer_sees_the_stage_but_has_no_buttons(app: Flask, sent: Any) -> None:
    page = Worker(app, agency_id=SURGERY).sees(page_of(sent))

    assert sent.reference in page
    assert "Open this referral" not in page
    assert "Decline" not in page


def test_a_form_without_its_token_is_refused(worker: Worker, sent: Any) -> None:
    answer = worker.browser.post(
        page_of(sent, "open"), data={"version": "2"}, base_url="https://localhost"
    )

    assert answer.status_code == 400


def test_the_guide_is_for_everyone_and_shows_only_what_is_listed(
    matching: Matching, app: Flask
) -> None:
    matching.publishes(
        a_service(ADVICE, name="Debt advice"),
        a_service(MONEY, name="Quiet house", listed="by_worker_only"),
        a_service(MONEY, name="Food parcels", needs=["food"], places=0),
    )
    visitor = Worker(app)

    everything = visitor.sees("/guide")
    assert 'href="tel:' in everything
    debt = looked_for(visitor, need="debt", postcode="SW18 2PU")
    assert "Food parcels" in visitor.sees("/guide?need=debt&postcode=SW18+2PU")

    assert "Debt advice" in everything
    assert "Food parcels" in everything
    assert "Full at the moment" in everything
    assert "Quiet house" not in everything
    assert "Food parcels" not in debt
    assert "Debt in Wandsworth" in " ".join(debt.split())
    assert "2PU" not in debt


def test_looking_for_help_leaves_neither_need_nor_postcode_in_the_address(
    matching: Matching, app: Flask
) -> None:
    matching.publishes(a_service(ADVICE, name="Debt advice"))
    visitor = app.test_client()
    page = visitor.get("/guide", base_url="https://localhost").text
    form = re.search(r'<form method="post" action="/guide".*?</form>', page, re.DOTALL)
    assert form
    token = re.search(r'name="csrf_token" value="([^"]+)"', form[0])
    assert token

    found = visitor.post(
        "/guide",
        data={"csrf_token": token[1], "need": "debt", "postcode": "SW18 2PU"},
        base_url="https://localhost",
    )

    assert found.location == "/guide/found"
    answer = visitor.get(found.location, base_url="https://localhost")
    assert "Debt in Wandsworth" in " ".join(answer.text.split())
    assert "2PU" not in answer.text


def test_a_postcode_elsewhere_shows_nothing_and_a_mistyped_one_is_explained(
    matching: Matching, app: Flask
) -> None:
    matching.publishes(a_service(ADVICE))
    visitor = Worker(app)

    elsewhere = looked_for(visitor, need="debt", postcode="CR4 3UD")
    nowhere = looked_for(visitor, need="debt", postcode="M1 1AA")
    mistyped = visitor.fills("/guide", {"need": "debt", "postcode": "Wandsworth"})

    assert "We do not know this postcode" in nowhere
    assert "No service here fits" in elsewhere
    assert mistyped.status_code == 422
    assert 'value="Wandsworth"' in mistyped.text


def test_the_link_of_a_mail_leads_to_the_details_first_and_later_to_the_referral(
    matching: Matching, worker: Worker, app: Flask, sent: Any
) -> None:
    def leads(to: Worker) -> str | None:
        answer = to.browser.get(page_of(sent, "read"), base_url="https://localhost")
        return answer.location

    assert leads(worker) == f"/requests/{sent.request_id}/person?referral={sent.id}"
    assert [r.state for r in matching.referrals()] == ["sent"]
    Worker(app, agency_id=MONEY).sees(page_of(sent, "read"), status=404)
    matching.declines(sent)
    assert leads(worker) == page_of(sent)


def test_whoever_read_the_details_first_opens_and_accepts_with_one_button(
    matching: Matching, worker: Worker, sent: Any
) -> None:
    typed = {"version": "2", "start-day": "1", "start-month": "12", "start-year": "2026"}
    form = worker.sees(page_of(sent, "accept"))

    answers = [worker.fills(page_of(sent, "accept"), typed, form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [event.event for event in matching.history(sent)][-2:] == [
        "referral.opened",
        "referral.accepted",
    ]
    assert matching.capacity(sent.service_id).accepted == 1
