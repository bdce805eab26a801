"""The partner API of intake: what is taken stays, once, and is shown to whom it concerns."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from intake.desk import Desk, pointers
from intake.telling import ADVICE, EMAIL, HOMES, NOTICE, PERSONAL, REFERRER, STORY, a_body

from shared.ids import new_id

ON_BOTH = pytest.mark.usefixtures("where")


def test_a_request_that_is_taken_says_where_it_is(desk: Desk) -> None:
    answer = desk.posts(a_body())

    assert answer.status_code == 201
    told = answer.get_json()
    assert set(told) == {"id", "reference", "state", "version"}
    assert (told["state"], told["version"]) == ("submitted", 1)
    assert answer.headers["Location"] == f"/api/v1/requests/{told['id']}"
    assert EMAIL.encode() not in desk.everything_stored()


@ON_BOTH
def test_the_same_key_and_body_get_the_same_answer_and_another_body_a_conflict(desk: Desk) -> None:
    first, key = desk.posts(a_body(), "once"), "once"
    rows = desk.rows()
    shuffled = json.dumps(dict(reversed(a_body().items()))).encode()

    again = desk.posts(None, key, data=shuffled, content_type="application/json")
    other = desk.posts(a_body(story="Something else."), key)
    signs = desk.posts(a_body(story=f"{a_body()['story']}?!"), key)

    assert signs.status_code == 409
    assert again.status_code == 201
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    assert (other.status_code, other.get_json()["type"][-10:]) == (409, "key-reused")
    assert desk.rows() == rows


@ON_BOTH
def test_the_same_key_of_another_client_is_another_key(desk: Desk) -> None:
    desk.posts(a_body(), "once")
    other = desk.issuer.bearer("request.submit", agency_id=str(HOMES), sub="b", client_id="b")

    answer = desk.posts(a_body(story="Else."), "once", headers=other, json=a_body(story="Else."))

    assert answer.status_code == 201


@ON_BOTH
def test_one_key_sent_by_many_at_once_makes_one_request(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: desk.posts(a_body(), "once"), range(24)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert desk.rows()["request"] == 1
    assert len(desk.announced("request.submitted.v1")) == 1


@ON_BOTH
def test_a_refused_body_does_not_use_up_its_key(desk: Desk) -> None:
    assert desk.posts(a_body(urgency="now"), "once").status_code == 422

    assert desk.posts(a_body(), "once").status_code == 201


def test_only_the_submitting_agency_sees_the_request_and_nothing_personal(desk: Desk) -> None:
    told = desk.posts(a_body()).get_json()
    path = f"/api/v1/requests/{told['id']}"

    mine = desk.gets(path, "request.read", agency=REFERRER)
    other = desk.gets(path, "request.read", agency=ADVICE)
    absent = desk.gets(f"/api/v1/requests/{new_id()}", "request.read", agency=ADVICE)

    assert mine.status_code == 200
    assert mine.headers["ETag"] == '"1"'
    shown = mine.get_json()
    assert shown["reference"] == told["reference"]
    assert shown["needs"] == ["debt", "housing"]
    assert len(shown["consents"]) == 1
    assert not [words for words in PERSONAL if words in mine.text]
    assert other.status_code == absent.status_code == 404
    assert _alike(other.get_json()) == _alike(absent.get_json())


def _alike(problem: dict[str, Any]) -> dict[str, Any]:
    told = copy.copy(problem)
    told.pop("instance")
    return told


def test_a_request_shows_its_referrals_as_they_are_heard_of(desk: Desk) -> None:
    told = desk.posts(a_body()).get_json()
    referral = new_id()
    desk.hears_of_referral("proposed", told["id"], referral, 1)
    path = f"/api/v1/requests/{told['id']}"
    assert desk.gets(path, "request.read", agency=REFERRER).get_json()["state"] == "submitted"

    desk.hears_of_referral("sent", told["id"], referral, 2)

    shown = desk.gets(path, "request.read", agency=REFERRER).get_json()
    assert shown["state"] == "placed"
    assert [(r["id"], r["state"]) for r in shown["referrals"]] == [(str(referral), "sent")]


def test_the_gate_over_http_shows_what_was_granted_and_404_to_everyone_else(desk: Desk) -> None:
    told, referral = desk.posts(a_body()).get_json(), new_id()
    desk.hears_of_referral("sent", told["id"], referral, 1)
    path = f"/api/v1/requests/{told['id']}/person?referral={referral}"

    shown = desk.gets(path, "person.read")
    assert shown.status_code == 200
    body = shown.get_json()
    assert set(body) == {"request_id", "basis", "person", "story", "notes"}
    assert body["person"] == {
        "given_name": "Marigold",
        "family_name": "Thistlewood",
        "date_of_birth": "1980-01-02",
        "age": None,
    }
    assert body["story"] == STORY
    assert body["notes"]["discussed_with"]["name"] == "Petronella Phone"
    assert desk.gets(path, "person.read", agency=HOMES).status_code == 404
    assert desk.gets(path, "request.read").status_code == 403
    denied = desk.announced("access.denied.v1")
    assert [entry["reason"] for entry in denied] == ["NOT_YOURS"]


@pytest.mark.parametrize("query", ["", "?referral=", "?referral=x"])
def test_the_gate_over_http_wants_to_know_the_referral(shared_desk: Desk, query: str) -> None:
    answer = shared_desk.gets(f"/api/v1/requests/{new_id()}/person{query}", "person.read")

    assert answer.status_code == 422
    assert pointers(answer) == {"/referral"}


def test_an_idempotency_key_that_names_a_person_is_not_kept_as_it_is(desk: Desk) -> None:
    first = desk.posts(a_body(), "quillfeather@example.org")

    assert desk.posts(a_body(), "quillfeather@example.org").get_json() == first.get_json()
    assert desk.posts(a_body(), "Quillfeather@example.org").get_json() != first.get_json()
    assert b"uillfeather" not in desk.everything_stored()


def test_notices_are_listed_with_their_hash_and_page_by_page(desk: Desk) -> None:
    first = desk.gets("/api/v1/notices", "consent.read").get_json()
    assert [(n["id"], n["current"]) for n in first["items"]] == [(NOTICE, True)]
    assert len(first["items"][0]["sha256"]) == 64
    assert first["next"] is None

    from services.intake.usecases import publish_notice

    with desk.store.begin() as tx:
        publish_notice({"id": "newer", "language": "cy", "text": "Cadwn."}, tx)
    one = desk.gets("/api/v1/notices?limit=1", "consent.read").get_json()
    two = desk.gets(f"/api/v1/notices?limit=1&cursor={one['next']}", "consent.read").get_json()
    assert {n["id"] for n in one["items"] + two["items"]} == {NOTICE, "newer"}
    assert two["next"] is None
    assert desk.gets("/api/v1/notices?limit=0", "consent.read").status_code == 422
