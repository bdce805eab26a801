"""Every action of the table through the partner API: shapes, rules named, keys and strangers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.matching import usecases
from services.matching.domain.transitions import TABLE, Result
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching
from tests.matching.hearing import Ear, grant
from tests.matching.helping import Helping
from tests.matching.test_api import Partner, pointers, problem

if TYPE_CHECKING:
    from flask import Flask

    from shared.testing.sign_on import PretendIssuer

OF_A_REQUEST = {"propose"}
DONE = {"need": "debt", "result": "ACHIEVED", "codes": ["DEBT_REDUCED"], "pounds_once": 900}


@pytest.fixture
def helping(matching: Matching) -> Helping:
    return Helping(matching)


@pytest.fixture
def advice(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, ADVICE)


@pytest.fixture
def surgery(app: Flask, issuer: PretendIssuer) -> Partner:
    return Partner(app, issuer, SURGERY)


def posts(partner: Partner, referral: Any, action: str, version: int, **body: Any) -> Any:
    path = f"/referrals/{referral.id}/{action}"
    return partner.calls("POST", path, version=version, json=body)


def test_every_action_of_the_table_has_a_door(app: Flask) -> None:
    doors = {rule.rule.rpartition("/")[2] for rule in app.url_map.iter_rules()}

    assert {row.action for row in TABLE if row.action} - OF_A_REQUEST <= doors


def test_the_whole_way_from_a_wait_to_an_outcome(helping: Helping, advice: Partner) -> None:
    waiting = helping.waiting()
    helping.matching.says_places(waiting.service_id, 1)

    started = posts(advice, waiting, "start", 5, started_on=str(helping.today))
    held = posts(
        *(advice, waiting, "hold", 6),
        reason="PERSON_WISH",
        review_on=str(helping.today + timedelta(days=7)),
    )
    resumed = advice.calls("POST", f"/referrals/{waiting.id}/resume", version=7)
    reached = posts(
        *(advice, waiting, "record-contact", 8),
        code="DELIVERED",
        on=str(helping.today),
        channel="visit",
        attended="YES",
    )
    completed = posts(advice, waiting, "complete", 9, outcomes=[DONE])

    answers = (started, held, resumed, reached, completed)
    assert [answer.status_code for answer in answers] == [200] * 5
    states = [answer.get_json()["state"] for answer in answers]
    assert states == ["active", "on_hold", "active", "active", "completed"]
    assert started.get_json()["started_on"] == str(helping.today)
    assert completed.get_json()["actions"] == ["record-outcome", "reopen"]
    (came,) = advice.calls("GET", f"/referrals/{waiting.id}/outcomes").get_json()["items"]
    assert (came["need"], came["result"], came["pounds_once"]) == ("debt", "ACHIEVED", 900)


def test_a_review_extends_gives_back_or_names_the_rule_it_breaks(
    helping: Helping, advice: Partner
) -> None:
    waiting = helping.waiting()
    early = posts(advice, waiting, "review", 5, result="returned", comment="No start.")
    helping.months_pass(70)
    five_weeks = str(helping.today + timedelta(weeks=5))
    too_long = posts(
        advice, waiting, "review", 5, result="extended", until=five_weeks, agreed_with_referrer=True
    )
    nonsense = posts(advice, waiting, "review", 5, result="forgotten")
    returned = posts(advice, waiting, "review", 5, result="returned", comment="No start.")

    assert (early.status_code, problem(early)) == (409, "not-possible")
    assert (too_long.status_code, pointers(too_long)) == (422, ["/until"])
    assert "two to four weeks" in too_long.get_data(as_text=True)
    assert (nonsense.status_code, pointers(nonsense)) == (422, ["/result"])
    assert (returned.status_code, returned.get_json()["state"]) == (200, "returned")


def test_a_start_without_a_place_is_409_with_an_honest_sentence(
    helping: Helping, advice: Partner
) -> None:
    waiting = helping.waiting()

    refused = posts(advice, waiting, "start", 5, started_on=str(helping.today))

    assert (refused.status_code, problem(refused)) == (409, "no-place")
    assert "keeps their place on your waiting list" in refused.get_json()["detail"]


def test_a_referral_is_taken_up_again_by_either_side_at_its_new_address(
    helping: Helping, surgery: Partner
) -> None:
    old = helping.matching.declines(helping.sent(), "NO_CAPACITY")

    answer = posts(surgery, old, "reopen", 3, reason="PLACE_FREE_NOW")

    told = answer.get_json()
    assert (answer.status_code, told["state"], told["reopens"]) == (201, "sent", str(old.id))
    assert answer.headers["Location"].endswith(f"/api/v1/referrals/{told['id']}")
    assert told["id"] != str(old.id)


def test_a_receiver_is_shown_the_old_referral_while_the_person_is_asked_about_the_new(
    helping: Helping, advice: Partner
) -> None:
    old, ear = helping.matching.declines(helping.sent(), "NO_CAPACITY"), Ear(helping.matching)
    ear.hears(ear.ended(old, old.consent_id, grant(ADVICE)))

    answer = posts(advice, old, "reopen", 3, reason="NEEDS_HELP_AGAIN")

    (new,) = [row for row in helping.matching.referrals() if row.reopens == old.id]
    assert (answer.status_code, answer.get_json()["id"]) == (202, str(old.id))
    assert (new.state, new.consent_needed) == ("proposed", True)
    assert "Location" not in answer.headers
    advice_sees = advice.calls("GET", f"/referrals/{new.id}")
    assert advice_sees.status_code == 404


def test_who_has_a_referral_is_shown_inside_its_agency_alone(
    helping: Helping, advice: Partner, surgery: Partner
) -> None:
    active = helping.active()

    given = posts(advice, active, "reassign", 5, team="East team")

    assert given.get_json()["team"] == "East team"
    assert surgery.calls("GET", f"/referrals/{active.id}").get_json()["team"] is None


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("start", {"started_on": "2026-11-23"}),
        ("record-contact", {"code": "NO_ANSWER", "on": "2026-11-23"}),
        ("complete", {}),
        ("reassign", {}),
    ],
)
def test_strangers_and_referrers_move_nothing(
    helping: Helping, app: Flask, issuer: PretendIssuer, action: str, body: dict[str, Any]
) -> None:
    active = helping.active()

    stranger = posts(Partner(app, issuer, MONEY), active, action, 5, **body)
    referrer = posts(Partner(app, issuer, SURGERY), active, action, 5, **body)

    assert (stranger.status_code, referrer.status_code) == (404, 409)


def test_an_unknown_key_of_a_body_is_refused_where_it_stands(
    helping: Helping, advice: Partner
) -> None:
    active = helping.active()

    refused = posts(advice, active, "complete", 5, outcomes=[{**DONE, "colour": "red"}])

    assert (refused.status_code, pointers(refused)) == (422, ["/outcomes/0/colour"])


def test_the_same_key_does_a_thing_once_and_answers_alike(
    helping: Helping, advice: Partner
) -> None:
    active = helping.active()
    path, headers = f"/referrals/{active.id}/record-contact", {"Idempotency-Key": "visit 7"}
    body = {"code": "NO_ANSWER", "on": str(helping.today)}

    first = advice.calls("POST", path, version=5, json=body, headers=headers)
    again = advice.calls("POST", path, version=5, json=body, headers=headers)
    other = advice.calls(
        "POST", path, version=6, json={**body, "code": "DELIVERED"}, headers=headers
    )
    empty = advice.calls("POST", path, version=6, json=body, headers={"Idempotency-Key": ""})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json()["version"] == again.get_json()["version"] == 6
    assert [problem(other), problem(empty)] == ["key-reused", "key-refused"]
    with helping.matching.store.read() as tx:
        assert len(tx.contacts(active.id)) == 1


def test_a_key_is_forgotten_after_a_month(helping: Helping, advice: Partner) -> None:
    active = helping.active()
    for key in ("one", "two"):
        body = {"code": "NO_ANSWER", "on": str(helping.today)}
        version = helping.now(active).version
        path = f"/referrals/{active.id}/record-contact"
        headers = {"Idempotency-Key": key}
        advice.calls("POST", path, version=version, json=body, headers=headers)
        helping.months_pass(31)

    with helping.matching.store.read() as tx:
        assert len(tx.all(tx.table("done_once").select())) == 1


def test_the_four_results_are_the_ones_there_are() -> None:
    assert [str(result) for result in Result] == [
        "extended",
        "returned",
        "needs_changed",
        "re_refer_later",
    ]


def test_what_came_of_it_is_closed_to_who_may_no_longer_see_it(
    helping: Helping, app: Flask, issuer: PretendIssuer
) -> None:
    completed = helping.completed()
    helping.does(usecases.record_outcome, completed, (usecases.Came("debt", "PARTLY"),))

    stranger = Partner(app, issuer, MONEY).calls("GET", f"/referrals/{completed.id}/outcomes")

    assert stranger.status_code == 404
