"""Partners send what breaks the rules, over real HTTP: each fault is named, nothing is stored."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from driving.load import open_wide, partners
from driving.partner import Answer, Partner
from driving.running import RunningHub
from driving.stories import a_story, with_change
from tests.faults.stored import changed, stored

REQUESTS = "/api/v1/requests"
NOBODY = "01a20000-0000-7000-8000-000000000000"
BIG = b'{"story": "' + b"x" * 5_000_000 + b'"}'


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with RunningHub(tmp_path_factory.mktemp("hub") / "var") as running:
        yield running


@pytest.fixture(scope="module")
def recipient(hub: RunningHub) -> str:
    return open_wide(hub)


@pytest.fixture(scope="module")
def partner(hub: RunningHub, recipient: str) -> Partner:
    """A partner that has a token, and one request that was taken."""
    one = partners(hub, 1)[0]
    assert one.submit(a_story(one.notice, [recipient])).status == 201
    return one


FAULTY: dict[str, tuple[str, Any, str]] = {
    "an unknown key": ("/favourite_colour", "blue", "/favourite_colour"),
    "an unknown key deep inside": ("/contact/channels/0/x", 1, "/contact/channels/0/x"),
    "another agency's name on it": ("/agency_id", NOBODY, "/agency_id"),
    "no consent": ("/consent", ..., "/consent"),
    "no grants": ("/consent/grants", [], "/consent/grants"),
    "a foreign recipient": (
        "/consent/grants/0/recipient", NOBODY, "/consent/grants/0/recipient",
    ),
    "a foreign notice": ("/consent/notice", "elsewhere", "/consent/notice"),
    "an unknown category": (
        "/consent/grants/0/categories/0", "soul", "/consent/grants/0/categories/0",
    ),
    "a consent that has ended": ("/consent/valid_until", "2020-01-01", "/consent/valid_until"),
    "a consent until no day": ("/consent/valid_until", "2027-02-30", "/consent/valid_until"),
    "born on no day": ("/person/date_of_birth", "1980-02-30", "/person/date_of_birth"),
    "born tomorrow": ("/person/date_of_birth", "2999-01-01", "/person/date_of_birth"),
    "born before everyone": ("/person/date_of_birth", "0001-01-01", "/person/date_of_birth"),
    "no need": ("/needs", [], "/needs"),
    "an unknown need": ("/needs/0", "gold", "/needs/0"),
    "a story without end": ("/story", "x" * 100_000, "/story"),
}  # fmt: skip


@pytest.mark.faults
@pytest.mark.parametrize("case", FAULTY)
def test_what_breaks_a_rule_is_pointed_at_and_not_stored(
    hub: RunningHub, partner: Partner, recipient: str, case: str
) -> None:
    where, value, pointer = FAULTY[case]
    before = stored(hub.var)

    answer = partner.submit(with_change(a_story(partner.notice, [recipient]), where, value))

    assert answer.status == 422, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert pointer in {fault["pointer"] for fault in answer.json["errors"]}
    assert changed(hub.var, before) == {}


@pytest.mark.faults
def test_several_faults_are_all_named_at_once(
    hub: RunningHub, partner: Partner, recipient: str
) -> None:
    body = a_story(partner.notice, [recipient], surprise=1, urgency="now")
    body["person"]["date_of_birth"] = "1980-02-30"
    body["consent"]["notice"] = "elsewhere"

    answer = partner.submit(body)

    found = {fault["pointer"] for fault in answer.json["errors"]}
    assert found == {"/surprise", "/urgency", "/person/date_of_birth", "/consent/notice"}


BODIES: dict[str, tuple[bytes, str, int]] = {
    "5 MB": (BIG, "application/json", 413),
    "not UTF-8": (b'{"story": "\xff\xfe"}', "application/json", 400),
    "cut off": (b'{"story": ', "application/json", 400),
    "too deep": (b"[" * 100_000 + b"]" * 100_000, "application/json", 400),
    "not a number": (b'{"threshold": NaN}', "application/json", 400),
    "nothing": (b"", "application/json", 422),
    "a list": (b"[]", "application/json", 422),
    "a form": (b"story=x", "application/x-www-form-urlencoded", 415),
    "plain text": (b"{}", "text/plain", 415),
    "no type at all": (b"{}", "", 415),
}


@pytest.mark.faults
@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_cannot_be_read_has_its_own_status(
    hub: RunningHub, partner: Partner, case: str
) -> None:
    body, kind, status = BODIES[case]
    before = stored(hub.var)

    answer = partner.call("POST", REQUESTS, body, {"Content-Type": kind})

    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert changed(hub.var, before) == {}


@pytest.mark.faults
def test_five_megabytes_without_a_length_are_cut_off_too(hub: RunningHub, partner: Partner) -> None:
    before = stored(hub.var)
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    headers = {"Authorization": f"Bearer {partner.token()}", "Content-Type": "application/json"}
    chunks = (BIG[at : at + 65_536] for at in range(0, len(BIG), 65_536))

    connection.request("POST", REQUESTS, chunks, headers, encode_chunked=True)
    answer = Answer(connection.getresponse())

    assert answer.status == 413
    assert answer.json["type"].endswith(":too-large")
    assert changed(hub.var, before) == {}


def forged(hub: RunningHub, key: ECKey | None = None, **changes: Any) -> str:
    """Return an access token like the hub's own, signed by its own key, with *changes*."""
    file = hub.var / "keys" / "identity.signing.current.jwk"
    own = ECKey.import_key(json.loads(file.read_text()))
    client, now = hub.credentials["clients"][0], int(time.time())
    claims = {
        "iss": hub.base_url, "aud": f"{hub.base_url}/api", "sub": client["client_id"],
        "client_id": client["client_id"], "agency_id": client["agency_id"],
        "scope": " ".join(client["scopes"]), "jti": str(uuid.uuid4()),
        "iat": now, "exp": now + 300, **changes,
    }  # fmt: skip
    header = {"alg": "ES256", "typ": changes.pop("typ", "at+jwt"), "kid": own.kid}
    return jwt.encode(header, claims, key or own)


def bad_tokens(hub: RunningHub) -> dict[str, str]:
    now = int(time.time())
    return {
        "none": "",
        "garbage": "Bearer garbage",
        "three parts of garbage": "Bearer a.b.c",
        "another scheme": "Basic dXNlcjpwYXNz",
        "expired": f"Bearer {forged(hub, iat=now - 400, exp=now - 100)}",
        "for another audience": f"Bearer {forged(hub, aud='https://elsewhere.example/api')}",
        "of another issuer": f"Bearer {forged(hub, iss='https://elsewhere.example')}",
        "living too long": f"Bearer {forged(hub, exp=now + 86_400)}",
        "signed by somebody else": f"Bearer {forged(hub, ECKey.generate_key('P-256'))}",
        "another kind of token": f"Bearer {forged(hub, typ='JWT')}",
        "longer than any": "Bearer " + "x" * 100_000,
    }


ENDPOINTS = (
    ("POST", REQUESTS),
    ("GET", f"{REQUESTS}/{NOBODY}"),
    ("GET", "/api/v1/services"),
    ("PUT", f"/api/v1/services/{NOBODY}/capacity"),
    ("GET", f"/api/v1/referrals/{NOBODY}"),
    ("GET", "/api/v1/audit/entries"),
)


@pytest.mark.faults
def test_a_token_made_as_the_hub_makes_them_is_taken(hub: RunningHub, partner: Partner) -> None:
    """Else the bad tokens below would prove nothing."""
    token = {"Authorization": f"Bearer {forged(hub)}"}

    assert partner.call("GET", "/api/v1/services", headers=token).status == 200


@pytest.mark.faults
@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_bad_tokens_open_nothing(
    hub: RunningHub, partner: Partner, recipient: str, method: str, path: str
) -> None:
    body = a_story(partner.notice, [recipient]) if method != "GET" else None
    before = stored(hub.var)

    for name, value in bad_tokens(hub).items():
        answer = partner.call(method, path, body, {"Authorization": value})
        assert answer.status == 401 or (name == "longer than any" and answer.status == 431), name
        if answer.status == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
            assert answer.headers["Content-Type"] == "application/problem+json", name

    assert changed(hub.var, before) == {}


@pytest.mark.faults
@pytest.mark.parametrize("assertion", ["garbage", "a.b.c", "", "x" * 50_000])
def test_a_bad_assertion_gets_no_token(hub: RunningHub, partner: Partner, assertion: str) -> None:
    before = stored(hub.var)
    form = {**partner._grant(), "client_assertion": assertion}
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()

    answer = partner._send(
        "POST", "/oauth/token", body, {"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert answer.status in {400, 401}
    assert answer.json["error"] in {"invalid_client", "invalid_request"}
    assert changed(hub.var, before) == {}
