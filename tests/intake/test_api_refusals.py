"""The partner API of intake: what is refused names each fault and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from intake.desk import Desk, pointers
from intake.telling import ADVICE, GONE, HOMES, a_body

from driving.stories import with_change
from shared.ids import new_id

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
    "a witness without a name": ("/consent/witness", " ", {"/consent/witness"}),
    "a foreign notice": ("/consent/notice", "elsewhere", {"/consent/notice"}),
    "a consent that has ended": ("/consent/valid_until", "2026-11-22", {"/consent/valid_until"}),
    "no such day": ("/consent/valid_until", "2027-02-30", {"/consent/valid_until"}),
    "longer than the notice": ("/consent/valid_until", "2027-11-24", {"/consent/valid_until"}),
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
    "a talk before time began": (
        "/referrals/0/discussed_with/at", "0001-01-01T00:00:00+14:00",
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

    answer = shared_desk.posts(with_change(a_body(), path, value))

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert pointers(answer) == expected
    assert shared_desk.rows() == before


def test_faults_of_shape_and_of_rules_are_named_together(shared_desk: Desk) -> None:
    body = with_change(a_body(), "/person/date_of_birth", "1980-02-30")
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
