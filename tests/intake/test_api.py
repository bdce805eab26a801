"""The partner API of intake: what is refused leaves nothing behind, what is taken stays."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from intake.desk import (
    ADVICE,
    EMAIL,
    GONE,
    HOMES,
    NOTICE,
    PERSONAL,
    REFERRER,
    STORY,
    Desk,
    a_body,
    pointers,
)

from shared.ids import new_id


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return a valid body with one place changed; ... takes it out."""
    body = a_body()
    *stem, last = path.strip("/").split("/")
    place: Any = body
    for step in stem:
        place = place[int(step) if step.isdigit() else step]
    key: Any = int(last) if last.isdigit() else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return body


WRONG: dict[str, tuple[str, Any, set[str]]] = {
    "an unknown key": ("/favourite_colour", "blue", {"/favourite_colour"}),
    "an unknown key deep inside": ("/person/agency_id", str(ADVICE), {"/person/agency_id"}),
    "an unknown key in a list": ("/contact/channels/0/x", 1, {"/contact/channels/0/x"}),
    "another agency's name on it": ("/agency_id", str(HOMES), {"/agency_id"}),
    "no person": ("/person", ..., {"/person"}),
    "a person who is a list": ("/person", [], {"/person"}),
    "no consent": ("/consent", ..., {"/consent", "/referrals/0/service"}),
    "consent is null": ("/consent", None, {"/consent", "/referrals/0/service"}),
    "no grants": ("/consent/grants", [], {"/consent/grants", "/referrals/0/service"}),
    "a foreign recipient": (
        "/consent/grants/0/recipient", str(new_id()),
        {"/consent/grants/0/recipient", "/referrals/0/service"},
    ),
    "a recipient that has closed": (
        "/consent/grants/0/recipient", str(GONE),
        {"/consent/grants/0/recipient", "/referrals/0/service"},
    ),
    "a recipient that is no id": (
        "/consent/grants/0/recipient", "x",
        {"/consent/grants/0/recipient", "/referrals/0/service"},
    ),
    "nothing decided": (
        "/consent/grants/0/decision", ..., {"/consent/grants", "/referrals/0/service"},
    ),
    "an unknown category": (
        "/consent/grants/0/categories/0", "soul", {"/consent/grants/0/categories/0"},
    ),
    "a category that is a number": (
        "/consent/grants/0/categories/0", 7, {"/consent/grants/0/categories/0"},
    ),
    "a foreign notice": ("/consent/notice", "elsewhere", {"/consent/notice"}),
    "a consent that has ended": ("/consent/valid_until", "2026-11-22", {"/consent/valid_until"}),
    "no such day": ("/consent/valid_until", "2027-02-30", {"/consent/valid_until"}),
    "born on no day": ("/person/date_of_birth", "1980-02-30", {"/person/date_of_birth"}),
    "born tomorrow": ("/person/date_of_birth", "2026-11-24", {"/person/date_of_birth"}),
    "born long ago": ("/person/date_of_birth", "1180-01-02", {"/person/date_of_birth"}),
    "not a postcode": ("/person/address/postcode", "ELSEWHERE", {"/person/address/postcode"}),
    "not an address": ("/contact/channels/0/value", "nobody", {"/contact/channels/0/value"}),
    "a flag that is a word": ("/person/no_fixed_abode", "yes", {"/person/no_fixed_abode"}),
    "a flag that is a number": ("/person/no_fixed_abode", 1, {"/person/no_fixed_abode"}),
    "no needs": ("/needs", [], {"/needs"}),
    "an unknown need": ("/needs/0", "gold", {"/needs/0"}),
    "the same need twice": ("/needs/1", "debt", {"/needs/1"}),
    "a band that is none": ("/threshold", 5, {"/threshold"}),
    "a band that is a word": ("/threshold", "2", {"/threshold"}),
    "an unknown urgency": ("/urgency", "now", {"/urgency"}),
    "the person's own source": ("/source", "SELF_WEB", {"/source"}),
    "an unknown source": ("/source", "PARTNER_PIGEON", {"/source"}),
    "too long a story": ("/story", "a" * 4001, {"/story"}),
    "a story that is a number": ("/story", 7, {"/story"}),
    "a bell in a name": ("/person/given_name", "Mari\u0007", {"/person/given_name"}),
    "an unknown service": ("/referrals/0/service", str(new_id()), {"/referrals/0/service"}),
    "a talk tomorrow": (
        "/referrals/0/discussed_with/at", "2026-11-24T10:00:00Z",
        {"/referrals/0/discussed_with/at"},
    ),
    "a talk at no time zone": (
        "/referrals/0/discussed_with/at", "2026-11-22T10:00:00",
        {"/referrals/0/discussed_with/at"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_breaks_a_rule_is_named_and_nothing_is_stored(shared_desk: Desk, case: str) -> None:
    path, value, expected = WRONG[case]
    before = shared_desk.rows()

    answer = shared_desk.posts(changed(path, value))

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert pointers(answer) == expected
    assert shared_desk.rows() == before


def test_faults_of_shape_and_of_rules_are_named_together(shared_desk: Desk) -> None:
    body = changed("/person/date_of_birth", "1980-02-30")
    body |= {"surprise": 1, "urgency": "now", "needs": ["debt", 7]}
    body["consent"] |= {"notice": "elsewhere", "valid_until": "2020-01-01"}

    answer = shared_desk.posts(body)

    assert pointers(answer) == {
        "/surprise",
        "/person/date_of_birth",
        "/urgency",
        "/needs/1",
        "/consent/notice",
        "/consent/valid_until",
    }


RAW: dict[str, tuple[bytes, str, int]] = {
    "invalid UTF-8": (b'{"story": "\xff\xfe"}', "application/json", 400),
    "not JSON": (b"{", "application/json", 400),
    "not a number": (b'{"threshold": NaN}', "application/json", 400),
    "a NUL": (b'{"story": "\\u0000"}', "application/json", 400),
    "a list": (b"[]", "application/json", 422),
    "nothing": (b"", "application/json", 422),
    "a form": (b"story=x", "application/x-www-form-urlencoded", 415),
    "plain text": (b"{}", "text/plain", 415),
    "5 MB": (b'{"story": "' + b"a" * 5_000_000 + b'"}', "application/json", 413),
    "a million brackets": (b"[" * 900_000, "application/json", 400),
}


@pytest.mark.parametrize("case", RAW)
def test_a_body_that_is_none_is_refused(shared_desk: Desk, case: str) -> None:
    data, content_type, status = RAW[case]
    before = shared_desk.rows()

    answer = shared_desk.posts(None, data=data, content_type=content_type)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert shared_desk.rows() == before


def test_bad_tokens_are_refused_before_the_body_is_looked_at(shared_desk: Desk) -> None:
    before = shared_desk.rows()
    tokens = {
        "nonsense": "Bearer nonsense",
        "the wrong scheme": "Basic bWFyaTpnb2xk",
        "another audience": shared_desk.issuer.bearer("request.submit", aud="x")["Authorization"],
        "expired": shared_desk.issuer.bearer("request.submit", iat=1, exp=2)["Authorization"],
    }

    for case, token in tokens.items():
        answer = shared_desk.posts(a_body(), headers={"Authorization": token}, json=a_body())
        assert answer.status_code == 401, case
    scope = shared_desk.issuer.bearer("request.read")
    assert shared_desk.posts(a_body(), headers=scope, json=a_body()).status_code == 403
    assert shared_desk.rows() == before


@pytest.mark.parametrize("key", ["", "k" * 101, "caf\xe9"])
def test_without_a_plain_idempotency_key_nothing_is_taken(shared_desk: Desk, key: str) -> None:
    before = shared_desk.rows()

    answer = shared_desk.posts(a_body(), headers={"Idempotency-Key": key}, json=a_body())

    assert answer.status_code == 400
    assert answer.get_json()["type"].endswith(":key-missing")
    assert shared_desk.rows() == before


def test_a_request_that_is_taken_says_where_it_is(desk: Desk) -> None:
    answer = desk.posts(a_body())

    assert answer.status_code == 201
    told = answer.get_json()
    assert set(told) == {"id", "reference", "state", "version"}
    assert (told["state"], told["version"]) == ("submitted", 1)
    assert answer.headers["Location"] == f"/api/v1/requests/{told['id']}"
    assert EMAIL.encode() not in desk.everything_stored()


def test_the_same_key_and_body_get_the_same_answer_and_another_body_a_conflict(desk: Desk) -> None:
    first, key = desk.posts(a_body(), "once"), "once"
    rows = desk.rows()
    shuffled = json.dumps(dict(reversed(a_body().items()))).encode()

    again = desk.posts(None, key, data=shuffled, content_type="application/json")
    other = desk.posts(a_body(story="Something else."), key)

    assert again.status_code == 201
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    assert (other.status_code, other.get_json()["type"][-10:]) == (409, "key-reused")
    assert desk.rows() == rows


def test_the_same_key_of_another_client_is_another_key(desk: Desk) -> None:
    desk.posts(a_body(), "once")
    other = desk.issuer.bearer("request.submit", agency_id=str(HOMES), sub="b", client_id="b")

    answer = desk.posts(a_body(story="Else."), "once", headers=other, json=a_body(story="Else."))

    assert answer.status_code == 201


def test_one_key_sent_by_many_at_once_makes_one_request(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: desk.posts(a_body(), "once"), range(24)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert desk.rows()["request"] == 1
    assert len(desk.announced("request.submitted.v1")) == 1


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
