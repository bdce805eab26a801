"""Sending by hand through the API and in the portal, and checks by the whole language of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_service
from tests.matching.test_api import Partner
from tests.matching.test_portal import Worker

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer


@pytest.fixture
def held_back(matching: Matching) -> Any:
    """Return what a partnership leaves to its referrers to send."""
    matching.publishes(a_service(ADVICE, places=3))
    with matching.store.begin() as tx:
        tx.keep_nation("england", "referrer")
    return matching.the_referral(matching.asks(ADVICE))


def test_the_referrers_system_is_offered_to_send_and_sends(
    app: Flask, issuer: PretendIssuer, held_back: Any
) -> None:
    surgery, at = Partner(app, issuer, SURGERY), f"/referrals/{held_back.id}"

    shown = surgery.calls("GET", at).get_json()
    sent = surgery.calls("POST", f"{at}/send", version=1)

    assert "send" in shown["actions"]
    assert (sent.status_code, sent.get_json()["state"]) == (200, "sent")
    assert sent.headers["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("agency", "version", "status"),
    [(SURGERY, None, 428), (SURGERY, 7, 412), (ADVICE, 1, 404), (MONEY, 1, 404)],
)
def test_sending_needs_the_version_seen_and_a_referral_one_made(
    app: Flask, issuer: PretendIssuer, held_back: Any, agency: Any, version: Any, status: int
) -> None:
    answer = Partner(app, issuer, agency).calls(
        "POST", f"/referrals/{held_back.id}/send", version=version
    )

    assert answer.status_code == status


def test_sending_what_nobody_agreed_to_is_not_offered_and_refused(
    app: Flask, issuer: PretendIssuer, matching: Matching
) -> None:
    matching.publishes(a_service(ADVICE))
    referral = matching.the_referral(matching.asks(MONEY))

    answer = Partner(app, issuer, SURGERY).calls(
        "POST", f"/referrals/{referral.id}/send", version=1
    )

    assert (answer.status_code, answer.get_json()["actions"]) == (409, ["cancel"])
    assert "has not agreed to this agency yet" in answer.text


def test_a_worker_sends_in_the_portal_with_one_button(
    app: Flask, matching: Matching, held_back: Any
) -> None:
    worker = Worker(app, agency_id=SURGERY)
    at = f"/agency/referrals/{held_back.id}"

    assert "Send it" in worker.sees(at)
    answer = worker.fills(f"{at}/send", {"version": "1"})

    assert answer.status_code == 303
    assert matching.referrals()[0].state == "sent"


def test_a_check_uses_every_rule_and_tells_neither_postcode_nor_street(
    app: Flask, issuer: PretendIssuer, matching: Matching
) -> None:
    rules = [
        {"rule": "postcode_list", "any_of": ["doorstep_postcodes"]},
        {"rule": "referrer", "any_of": ["outreach"]},
        {"rule": "group", "any_of": ["carers"]},
    ]
    matching.publishes(a_service(ADVICE, rules=rules))
    advice = Partner(app, issuer, ADVICE)
    known = {"needs": ["debt"], "age": 46, "postcode": "SW11 2ZA"}

    vague = advice.calls("POST", "/eligibility-checks", json=known).get_json()["items"][0]
    told = {**known, "groups": ["carers"], "referrer": "outreach"}
    sure = advice.calls("POST", "/eligibility-checks", json=told)

    assert vague["result"] == "unknown"
    assert [one["criterion"] for one in vague["criteria"] if one["ask"]] == ["referrer", "group"]
    assert sure.get_json()["items"][0]["result"] == "met"
    assert "listed postcode" in sure.text
    assert "2ZA" not in sure.text
