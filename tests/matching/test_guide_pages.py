"""The guide as people read it, and as an agency keeps it: pages without scripts."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask import session

from services.matching.http import guide_kept
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.test_portal import Worker

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

CONTACT = {"name": "Priya Nair", "role": "Lead", "phone": "07700 900101", "email": "p@example.org"}


@pytest.fixture
def manager(app: Flask) -> Worker:
    return Worker(app, "manager")


def home(service: UUID, page: str = "") -> str:
    return f"/agency/services/{service}{page and '/' + page}"


def an_entry(**changes: Any) -> dict[str, Any]:
    return {"name": "Debt advice", "needs": ["debt"], "listed": "public", **changes}


def test_the_guide_narrows_by_need_place_and_age_and_keeps_none_of_it(
    matching: Matching, app: Flask
) -> None:
    matching.publishes(
        a_service(ADVICE, name="For adults", minimum_age=18),
        a_service(ADVICE, name="For the young", minimum_age=None, maximum_age=17),
        a_service(MONEY, name="Elsewhere", area_codes=["E09000024"]),
    )
    browser = Worker(app)

    typed = {"need": "debt", "postcode": "SW18 2PU", "age": "15"}
    answer = browser.fills("/guide", typed)
    assert (answer.status_code, answer.location) == (303, "/guide/found")
    page = browser.sees(answer.location)

    assert "For the young" in browser.sees(answer.location), "again, as after Back"
    assert "For the young" in page
    assert "For adults" not in page
    assert "Elsewhere" not in page
    assert "SW18" not in page


@pytest.mark.parametrize("path", ["/guide", "/agency/guide"])
def test_what_was_looked_for_is_sealed_in_the_browser_and_soon_forgotten(
    matching: Matching, app: Flask, path: str
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    browser = Worker(app)

    looked = browser.fills(path, {"need": "debt", "postcode": "SW18 2PU", "age": "34"})

    kept = looked.headers["Set-Cookie"]
    parts = [part + "=" * (-len(part) % 4) for part in re.split(r"[.=;]", kept)]
    opened = b" ".join(urlsafe_b64decode(part.encode()) for part in parts if len(part) > 40)
    for word in (b"debt", b"SW18", b"E05", b"34"):
        assert word not in opened
    assert "Back to what was found" in browser.sees(f"{path}/{service}")
    browser.sees(path)
    browser.sees(f"{path}/found", status=302)
    browser.fills(path, {"need": "debt"})
    matching.clock.advance(timedelta(minutes=31))
    if path == "/guide":
        browser.sees(f"{path}/found", status=302)


def test_what_the_browser_holds_is_believed_only_if_it_is_ours(app: Flask) -> None:
    with app.test_request_context():
        session["guide"] = "gAAAAABforged"

        assert guide_kept.held("guide", datetime.now(tz=UTC)) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"postcode": "SW18"}, "whole postcode"), ({"age": "old"}, "age in years")],
)
def test_what_cannot_be_read_is_said_beside_the_question(
    matching: Matching, app: Flask, typed: dict[str, str], said: str
) -> None:
    matching.publishes(a_service(ADVICE))

    answer = Worker(app).fills("/guide", {"need": "debt", **typed})

    assert answer.status_code == 422
    assert said in answer.text


def test_an_entry_says_whom_to_ask_as_far_as_its_agency_lets_it(
    matching: Matching, app: Flask
) -> None:
    shown: dict[str, Any] = {"contact": CONTACT, "address": "1 High Street", "postcode": "SW18 2PU"}
    named, role, nothing = matching.publishes(
        a_service(ADVICE, contact_public="named", location="shown", **shown),
        a_service(ADVICE, contact_public="role", location="area_only", **shown),
        a_service(ADVICE, contact_public="none", location="hidden", **shown),
    )
    browser = Worker(app)
    pages = [browser.sees(f"/guide/{one}") for one in (named, role, nothing)]

    told = [
        [word in page for word in ("Priya Nair", "p@example.org", "07700 900101", "1 High Street")]
        for page in pages
    ]
    assert told == [[True] * 4, [False, False, True, False], [False] * 4]
    assert "Wandsworth" in pages[1]


def test_an_entry_not_checked_for_a_year_says_so_in_words(matching: Matching, app: Flask) -> None:
    (service,) = matching.publishes(a_service(ADVICE, reviewed_days_ago=400))

    page = Worker(app).sees(f"/guide/{service}")

    assert "Not checked since" in page
    assert "please ask first" in page


def test_partners_find_what_is_for_partners_and_the_public_does_not(
    matching: Matching, app: Flask
) -> None:
    (service,) = matching.publishes(
        a_service(MONEY, listed="partners", contact=CONTACT, contact_public="none")
    )
    worker = Worker(app)

    worker.sees(f"/guide/{service}", status=404)
    assert "Priya Nair" in worker.sees(f"/agency/guide/{service}")
    lead = Worker(app, "safeguarding")
    assert "/requests/new" in worker.sees(f"/agency/guide/{service}")
    assert "/requests/new" not in lead.sees(f"/agency/guide/{service}"), "they may not open it"
    assert "Debt advice" in worker.sees("/agency/guide")


def test_the_printed_guide_is_a_pdf_of_the_public_entries(matching: Matching, app: Flask) -> None:
    matching.publishes(
        a_service(ADVICE, contact=CONTACT, threshold=[1, 3], who_for="Anyone"),
        a_service(MONEY, name="Cymorth dyled â thŷ", closure=None),
    )
    for path in ("/guide/printed.pdf", "/agency/guide/printed.pdf"):
        answer = Worker(app).browser.get(path, base_url="https://localhost")

        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")
        assert b"pdfuaid" in answer.data


def test_places_are_brought_up_to_date_in_one_click(matching: Matching, app: Flask) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=3))
    matching.accepts(matching.opens(matching.the_referral(matching.asks(ADVICE))))
    matching.clock.advance(timedelta(minutes=1))
    worker = Worker(app)
    page = worker.sees("/agency/services")
    assert "Still 2 free" in page

    answer = worker.fills(
        home(service, "capacity/now"),
        {"places": "3", "seen": str(matching.capacity(service).version)},
        page,
    )

    assert answer.location == "/agency/services?done=places"
    figure = matching.capacity(service)
    assert (figure.places, figure.accepted) == (3, 0)


def test_a_button_beside_numbers_that_have_changed_does_nothing(
    matching: Matching, app: Flask
) -> None:
    (service,) = matching.publishes(a_service(ADVICE, places=3))
    worker = Worker(app)
    page, seen = worker.sees("/agency/services"), matching.capacity(service).version
    matching.asks(ADVICE)

    answer = worker.fills(home(service, "capacity/now"), {"places": "9", "seen": str(seen)}, page)

    assert answer.status_code == 409
    assert matching.capacity(service).places == 3


def test_a_manager_begins_an_entry_that_is_closed_until_it_is_opened(
    matching: Matching, app: Flask, manager: Worker
) -> None:
    matching.publishes(a_service(ADVICE))

    answer = manager.fills("/agency/services/new", {"name": "Advice at home", "needs": ["debt"]})

    assert answer.status_code == 303
    assert "Advice at home" in manager.sees(answer.location)
    assert "Advice at home" not in Worker(app).sees("/guide")
    (told,) = [e for e in matching.announced("service.published") if e["name"] == "Advice at home"]
    assert told["listed"] == "by_worker_only"


def test_a_refused_entry_keeps_what_was_typed(matching: Matching, manager: Worker) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    typed = {"name": "", "who_for": "People I know", "minimum_age": "old", "version": "1"}

    answer = manager.fills(home(service, "edit"), typed)

    assert answer.status_code == 422
    assert "Enter the name of the service." in answer.text
    assert "Enter whole years." in answer.text
    assert "Tick at least one." in answer.text
    assert "People I know" in answer.text
    assert matching.announced("service.published")[-1]["name"] == "Debt advice"


def test_an_entry_changed_by_somebody_else_meanwhile_is_not_overwritten(
    matching: Matching, manager: Worker
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    typed = {"name": "Mine", "needs": ["debt"], "version": "0"}

    answer = manager.fills(home(service, "edit"), typed)

    assert answer.status_code == 422
    assert "nothing was saved" in answer.text
    assert "Mine" not in manager.sees("/agency/services")


def test_what_holds_for_all_services_shows_as_inherited_and_reaches_each_silent_one(
    matching: Matching, manager: Worker
) -> None:
    matching.agencies[0]["shared"] = {"contact": CONTACT, "listed": "public"}
    silent = {**a_service(ADVICE, name="Silent"), "listed": None, "contact_public": None}
    (service,) = matching.publishes(silent)

    assert "Your agency says for all: Priya Nair." in manager.sees(home(service, "edit"))
    assert "whom to ask" in manager.sees(home(service))
    answer = manager.fills(
        "/agency/services/for-all",
        {"contact_name": "Colin Frost", "listed": "public", "contact_public": "named"},
    )

    assert answer.status_code == 303
    assert "Colin Frost" in manager.sees(f"/guide/{service}")


def test_a_checked_entry_is_fresh_again_and_told(matching: Matching, manager: Worker) -> None:
    (service,) = matching.publishes(a_service(ADVICE, reviewed_days_ago=400))
    page = manager.sees(home(service))
    assert "Check overdue since" in page

    answer = manager.fills(home(service, "review"), {}, page)

    assert answer.status_code == 303
    assert "Next check by" in manager.sees(home(service))
    (told,) = matching.announced("service.reviewed")
    assert (told["reviewed_on"], told["status"]) == (str(matching.clock.now().date()), "open")


CLOSURE = {
    "decided_by": "The board",
    "reason": "Too few volunteers",
    "plan_for_waiting": "We ring everyone",
    "until-day": "31",
    "until-month": "1",
    "until-year": "2027",
}


def test_a_trustee_closes_and_reopens_and_sees_no_inbox(matching: Matching, app: Flask) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    trustee = Worker(app, "trustee")
    answer = trustee.fills(home(service, "closure"), CLOSURE)

    page = trustee.sees(answer.location)
    assert "until 31 January 2027 at the earliest" in page
    assert "We ring everyone" in trustee.sees(f"/guide/{service}")
    assert matching.referrals(matching.asks(ADVICE)) == []
    trustee.sees(home(service, "edit"), status=403)
    trustee.sees(home(service, "capacity"), status=403)

    assert trustee.fills(home(service, "reopening"), {}, page).status_code == 303
    assert len(matching.referrals(matching.asks(ADVICE))) == 1
    assert "Opened again" in trustee.sees(home(service))


def test_a_closure_that_leaves_out_the_plan_is_refused_and_keeps_the_rest(
    matching: Matching, app: Flask
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    trustee = Worker(app, "trustee")

    answer = trustee.fills(
        home(service, "closure"), {**CLOSURE, "plan_for_waiting": " ", "until-year": "2026"}
    )

    assert answer.status_code == 422
    assert "Say what happens to people who are waiting." in answer.text
    assert "Name a day after today" in answer.text
    assert "Too few volunteers" in answer.text


def test_the_day_of_a_closure_opens_nothing_but_asks_to_decide(
    matching: Matching, app: Flask
) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    trustee = Worker(app, "trustee")
    trustee.fills(home(service, "closure"), CLOSURE)
    matching.clock.advance(timedelta(days=100))

    assert "decide anew" in Worker(app, "trustee").sees("/agency/services")
    with matching.store.read() as tx:
        row = tx.service_row(service)
    assert row is not None
    assert row.closed


def test_no_stranger_opens_the_pages_of_an_agencys_services(matching: Matching, app: Flask) -> None:
    (service,) = matching.publishes(a_service(ADVICE))
    strange = Worker(app, "manager", "trustee", agency_id=MONEY)

    for page in ("", "edit", "closure", "capacity"):
        strange.sees(home(service, page), status=404)


def test_the_coordinator_pauses_a_service_for_a_reason_its_agency_reads(
    matching: Matching, app: Flask
) -> None:
    matching.hub_is(SURGERY)
    (service,) = matching.publishes(a_service(ADVICE))
    path, coordinator = f"/agency/guide/{service}", Worker(app, "coordinator", agency_id=SURGERY)
    page = coordinator.sees(path)
    said_nothing = coordinator.fills(f"{path}/pause", {"reason": " "}, page)
    assert said_nothing.status_code == 422
    assert "Say why" in said_nothing.text

    assert coordinator.fills(f"{path}/pause", {"reason": "A flood"}, page).status_code == 303

    assert matching.referrals(matching.asks(ADVICE)) == []
    assert "A flood" in Worker(app, "manager").sees(home(service))
    assert matching.announced("service.published")[-1]["status"] == "paused_by_network"
    assert coordinator.fills(f"{path}/pause", {"reason": "Again"}, page).status_code == 409
    assert coordinator.fills(f"{path}/unpause", {}, page).status_code == 303
    assert len(matching.referrals(matching.asks(ADVICE))) == 1
    assert Worker(app).fills(f"{path}/pause", {"reason": "No"}, page).status_code in {400, 403}


def test_a_change_of_who_fits_is_looked_at_before_it_is_saved(
    matching: Matching, manager: Worker
) -> None:
    rules = [{"rule": "area", "any_of": ["E09000032"]}]
    (service,) = matching.publishes(a_service(ADVICE, rules=rules))
    for _ in range(5):
        matching.asks(ADVICE, age=30)
    typed = {"name": "Debt advice", "needs": ["debt"], "minimum_age": "60", "version": "1"}

    looked = manager.fills(home(service, "edit"), {**typed, "listed": "public"})

    assert looked.status_code == 200
    assert "This changes who fits" in looked.text
    assert "Nothing is saved yet" in looked.text
    with matching.store.read() as tx:
        assert tx.own_of(service)["minimum_age"] == 18  # type: ignore[index]
    sure = {**typed, "listed": "public", "sure": "yes"}
    assert manager.fills(home(service, "edit"), sure, looked.text).status_code == 303
    with matching.store.read() as tx:
        own = tx.own_of(service) or {}
    assert (own["minimum_age"], own["rules"]) == (60, rules)
