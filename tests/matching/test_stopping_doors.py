"""Asking, stopping and taking back through the API and in the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_api import Partner, pointers
from tests.matching.test_portal import SECRET, Worker, page_of

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer


@pytest.fixture
def request_(matching: Matching) -> Any:
    matching.publishes(a_service(ADVICE, places=3))
    return matching.asks(ADVICE)


@pytest.fixture
def sent(matching: Matching, request_: Any) -> Any:
    return matching.the_referral(request_)


def halts(matching: Matching, request_: Any) -> None:
    ear = Ear(matching)
    ear.hears(ear.ended(request_, request_.consent_id, grant(ADVICE)))


def test_question_answer_and_cancel_by_two_systems(
    app: Flask, issuer: PretendIssuer, sent: Any
) -> None:
    advice, surgery = (Partner(app, issuer, agency) for agency in (ADVICE, SURGERY))
    at = f"/referrals/{sent.id}"

    asked = advice.calls("POST", f"{at}/ask", version=2, json={"question": SECRET})
    shown = asked.get_json()
    assert (shown["state"], shown["due"][0]["clock"]) == ("info_requested", "K3")
    assert asked.headers["ETag"] == '"3"'
    assert SECRET not in asked.text
    answered = surgery.calls("POST", f"{at}/answer", version=3, json={"answer": "No"})
    assert (answered.get_json()["state"], answered.status_code) == ("opened", 200)
    cancelled = surgery.calls("POST", f"{at}/cancel", version=4, json={})
    assert cancelled.get_json()["due"][0]["clock"] == "T25"
    refused = advice.calls("POST", f"{at}/refuse-cancel", version=5, json={})
    assert (refused.status_code, pointers(refused)) == (422, ["/comment"])
    over = advice.calls("POST", f"{at}/confirm-cancel", version=5)
    assert over.get_json()["state"] == "withdrawn"


ACTIONS = {
    "ask": ("referral.respond", {"question": "?"}),
    "answer": ("referral.submit", {"answer": "!"}),
    "cancel": ("referral.submit", {}),
    "confirm-cancel": ("referral.respond", {}),
    "refuse-cancel": ("referral.respond", {"comment": "!"}),
    "acknowledge": ("referral.respond", {}),
    "withdraw": ("referral.respond", {}),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_needs_its_scope_the_version_seen_and_a_referral_of_ones_own(
    app: Flask, issuer: PretendIssuer, sent: Any, action: str
) -> None:
    path, (scope, body) = f"/referrals/{sent.id}/{action}", ACTIONS[action]
    advice, stranger = (Partner(app, issuer, agency) for agency in (ADVICE, MONEY))

    assert advice.calls("POST", path, "referral.read", version=2, json=body).status_code == 403
    assert advice.calls("POST", path, scope, json=body).status_code == 428
    assert advice.calls("POST", path, scope, version=1, json=body).status_code == 412
    assert stranger.calls("POST", path, scope, version=2, json=body).status_code == 404


def test_who_may_only_respond_answers_for_the_person_as_its_actions_say(
    matching: Matching, app: Flask, issuer: PretendIssuer
) -> None:
    matching.publishes(a_service(ADVICE))
    alone = matching.the_referral(matching.asks(ADVICE, referrer_agency_id=None))
    advice, at = Partner(app, issuer, ADVICE), f"/referrals/{alone.id}"

    asked = advice.calls(
        "POST", f"{at}/ask", "referral.respond", version=2, json={"question": "Since when?"}
    )
    assert "answer" in asked.get_json()["actions"]
    answered = advice.calls(
        "POST", f"{at}/answer", "referral.respond", version=3, json={"answer": "Since May."}
    )

    assert (answered.status_code, answered.get_json()["state"]) == (200, "opened")


def test_what_a_list_offers_of_each_referral_is_what_each_alone_offers(
    matching: Matching, app: Flask, issuer: PretendIssuer, sent: Any
) -> None:
    over = matching.declines(sent, "NO_CAPACITY")
    matching.opens(matching.the_referral(matching.asks(ADVICE)))
    advice = Partner(app, issuer, ADVICE)

    listed = advice.calls("GET", "/referrals?role=receiver").get_json()["items"]

    alone = [advice.calls("GET", f"/referrals/{row['id']}").get_json() for row in listed]
    assert listed == alone
    assert [row["actions"] for row in listed if row["id"] == str(over.id)] == [["reopen"]]


def test_a_halted_referral_shows_its_receiver_reference_dates_and_reason_alone(
    matching: Matching, app: Flask, issuer: PretendIssuer, request_: Any, sent: Any
) -> None:
    advice, surgery = (Partner(app, issuer, agency) for agency in (ADVICE, SURGERY))
    halts(matching, request_)

    shown = advice.calls("GET", f"/referrals/{sent.id}").get_json()
    assert (shown["needs"], shown["urgency"], shown["explanation"]) == ([], None, None)
    assert shown["history"][-1]["reason"] == "CONSENT_WITHDRAWN"
    assert shown["due"][0]["clock"] == "T26"
    assert shown["actions"][:2] == ["acknowledge", "withdraw"]
    assert surgery.calls("GET", f"/referrals/{sent.id}").get_json()["needs"] == ["debt"]

    done = advice.calls(
        "POST", f"/referrals/{sent.id}/acknowledge", version=3, json={"basis": "COURT_ORDER"}
    )
    assert done.get_json()["due"] == []
    bad = advice.calls("POST", f"/referrals/{sent.id}/acknowledge", version=4, json={"basis": "X"})
    assert (bad.status_code, pointers(bad)) == (422, ["/basis"])


def test_the_inbox_puts_a_stop_among_what_is_to_do_until_it_is_confirmed(
    matching: Matching, app: Flask, request_: Any, sent: Any
) -> None:
    worker = Worker(app)
    halts(matching, request_)

    inbox = worker.sees("/agency/?show=unresolved")
    assert sent.reference in inbox
    assert "No longer shown" in inbox
    page = worker.sees(page_of(sent))
    assert "Stop work on this referral now" in page
    assert "Help wanted" not in page
    form = worker.sees(page_of(sent, "acknowledge"))
    assert "We have stopped" in form
    nothing = worker.fills(page_of(sent, "acknowledge"), {"version": "3"})
    assert (nothing.status_code, "Choose one" in nothing.text) == (422, True)
    typed = {"version": "3", "reason": "none"}
    for _ in range(2):
        assert worker.fills(page_of(sent, "acknowledge"), typed, form).status_code == 303
    assert sent.reference not in worker.sees("/agency/?show=unresolved")


def test_a_question_is_asked_and_answered_in_the_portal_and_read_as_a_note(
    app: Flask, sent: Any
) -> None:
    receiver, referrer = Worker(app), Worker(app, agency_id=SURGERY)
    typed = {"version": "2", "words": SECRET}

    assert receiver.fills(page_of(sent, "ask"), typed).status_code == 303
    told = receiver.sees(page_of(sent) + "?done=ask")
    assert "Your question is sent" in told
    assert "Agnieszka" not in told
    notes = referrer.sees(page_of(sent, "notes"))
    assert "Agnieszka" in notes
    assert page_of(sent, "answer") in notes, "whoever read the question can answer it from there"
    assert page_of(sent, "answer") not in receiver.sees(page_of(sent, "notes"))
    assert page_of(sent, "notes") in referrer.sees(page_of(sent, "answer"))
    assert "Back to the request" in referrer.sees(page_of(sent))
    assert "Back to the inbox" in receiver.sees(page_of(sent))
    empty = referrer.fills(page_of(sent, "answer"), {"version": "3", "words": " "})
    assert (empty.status_code, "Write the answer." in empty.text) == (422, True)
    answered = referrer.fills(page_of(sent, "answer"), {"version": "3", "words": "Since May"})
    assert answered.status_code == 303
    assert "Accept" in receiver.sees(page_of(sent))


def test_what_was_typed_is_kept_when_a_reason_is_missing(app: Flask, sent: Any) -> None:
    referrer = Worker(app, agency_id=SURGERY)

    page = referrer.fills(page_of(sent, "cancel"), {"version": "2", "words": SECRET})

    assert page.status_code == 422
    assert "Agnieszka" in page.text
    done = referrer.fills(
        page_of(sent, "cancel"), {"version": "2", "reason": "PLAN_CHANGED", "words": ""}
    )
    assert done.status_code == 303
    assert "We have told the agency" in referrer.sees(page_of(sent) + "?done=cancel")


def test_a_page_for_what_cannot_be_done_now_says_so(app: Flask, sent: Any) -> None:
    worker = Worker(app)

    assert worker.sees(page_of(sent, "acknowledge"), status=409)
    assert worker.sees(page_of(sent, "dance"), status=404)
    assert Worker(app, agency_id=MONEY).sees(page_of(sent, "ask"), status=404)
