"""How an agency's system gets a token, and the many ways in which nobody else does."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.front import FrontDesk, claims_of
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.util import urlsafe_b64encode

from services.identity.domain import fault_in_claims, fault_in_header
from services.identity.keys import new_key
from services.identity.usecases import revoke_client

ON_BOTH = pytest.mark.usefixtures("where")

NOW = 1795428000
STRANGER = new_key()


def test_a_good_assertion_gets_a_token_for_the_partner_api(desk: FrontDesk) -> None:
    answer = desk.token(desk.assertion(), "referral.read referral.respond")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert {k: v for k, v in answer.json.items() if k != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "referral.read referral.respond",
    }
    claims = dict(claims_of(answer.json["access_token"]))
    assert claims.pop("jti")
    assert claims == {
        "iss": desk.settings.issuer,
        "sub": "advice",
        "client_id": "advice",
        "aud": desk.settings.audience,
        "agency_id": "019a0000-0000-7000-8000-a9e000000001",
        "scope": "referral.read referral.respond",
        "iat": NOW,
        "exp": NOW + 300,
    }


def test_the_token_names_the_key_and_its_kind(desk: FrontDesk) -> None:
    token = desk.token(desk.assertion()).json["access_token"]

    header = jws.extract_compact(token.encode()).headers()
    published = desk.app.test_client().get("/oauth/jwks.json")
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert header["kid"] in {key["kid"] for key in published.json["keys"]}
    assert published.headers["Cache-Control"] == "public, max-age=300"
    assert not any("d" in key for key in published.json["keys"])


def test_a_service_believes_the_token(desk: FrontDesk) -> None:
    token = desk.token(desk.assertion()).json["access_token"]

    answer = desk.matching.test_client().get(
        "/api/v1/referrals", headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 200


def test_the_token_endpoint_is_an_audience_too(desk: FrontDesk) -> None:
    assertion = desk.assertion(aud=f"{desk.settings.issuer}/oauth/token")

    assert desk.token(assertion).status_code == 200


def _alg(desk: FrontDesk, alg: str, key: Any) -> str:
    header = {"alg": alg, "typ": "JWT", "kid": desk.keys["advice"].kid}
    return jws.serialize_compact(header, json.dumps(desk.claims()), key, algorithms=[alg])


def _unsigned(desk: FrontDesk, alg: str = "none") -> str:
    header = {"alg": alg, "typ": "JWT", "kid": desk.keys["advice"].kid}
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (header, desk.claims())]
    return b".".join([*parts, b""]).decode()


def _public_as_secret(desk: FrontDesk) -> str:
    pem = desk.keys["advice"].as_pem(private=False)
    return _alg(desk, "HS256", OctKey.import_key(pem.hex()))


def _resigned(desk: FrontDesk, payload: bytes) -> str:
    key = desk.keys["advice"]
    header = {"alg": "ES256", "typ": "JWT", "kid": key.kid}
    return jws.serialize_compact(header, payload, key, algorithms=["ES256"])


def _swapped(desk: FrontDesk) -> str:
    head, _, signature = desk.assertion().split(".")
    return f"{head}.{desk.assertion(jti='two').split('.')[1]}.{signature}"


Make = Callable[[FrontDesk], str]
FORGED: dict[str, Make] = {
    # algorithms
    "alg none": _unsigned,
    "alg None": lambda d: _unsigned(d, "None"),
    "alg empty": lambda d: _unsigned(d, ""),
    "alg HS256 with the public key as secret": _public_as_secret,
    "alg HS512": lambda d: _alg(d, "HS512", OctKey.generate_key(512)),
    "alg RS256": lambda d: _alg(d, "RS256", RSAKey.generate_key(2048)),
    "alg PS256": lambda d: _alg(d, "PS256", RSAKey.generate_key(2048)),
    "alg ES384": lambda d: _alg(d, "ES384", ECKey.generate_key("P-384")),
    "alg Ed25519": lambda d: _alg(d, "Ed25519", OKPKey.generate_key("Ed25519")),
    # headers
    "typ missing": lambda d: d.assertion(header={"typ": None}),
    "typ of an access token": lambda d: d.assertion(header={"typ": "at+jwt"}),
    "kid missing": lambda d: d.assertion(header={"kid": None}),
    "kid empty": lambda d: d.assertion(header={"kid": ""}),
    "kid unknown": lambda d: d.assertion(header={"kid": "unknown"}),
    "kid of another client's key": lambda d: d.assertion(key=d.keys["food"]),
    "key brought along in jwk": lambda d: d.assertion(
        key=STRANGER, header={"jwk": STRANGER.as_dict(private=False)}
    ),
    "key brought along under our kid": lambda d: d.assertion(
        key=STRANGER,
        header={"jwk": STRANGER.as_dict(private=False), "kid": d.keys["advice"].kid},
    ),
    "key to fetch from jku": lambda d: d.assertion(header={"jku": "https://evil.example/k"}),
    "key to fetch from x5u": lambda d: d.assertion(header={"x5u": "https://evil.example/k"}),
    "signed by a stranger": lambda d: d.assertion(
        key=STRANGER, header={"kid": d.keys["advice"].kid}
    ),
    # claims
    "iss missing": lambda d: d.assertion(iss=None),
    "iss of another": lambda d: d.assertion(iss="food"),
    "sub missing": lambda d: d.assertion(sub=None),
    "sub of another": lambda d: d.assertion(sub="food"),
    "sub no text": lambda d: d.assertion(sub=7, iss=7),
    "sub empty": lambda d: d.assertion(sub="", iss=""),
    "sub with half a letter": lambda d: d.assertion(sub="\ud800", iss="\ud800"),
    "client unknown": lambda d: d.assertion(sub="nobody", iss="nobody"),
    "client is one of our services": lambda d: d.assertion(
        sub="onward-matching", iss="onward-matching"
    ),
    "aud missing": lambda d: d.assertion(aud=None),
    "aud empty": lambda d: d.assertion(aud=""),
    "aud of another": lambda d: d.assertion(aud="https://elsewhere.example"),
    "aud with a slash more": lambda d: d.assertion(aud=f"{d.settings.issuer}/"),
    "aud the API": lambda d: d.assertion(aud=d.settings.audience),
    "aud an array with a stranger": lambda d: d.assertion(
        aud=[d.settings.issuer, "https://elsewhere.example"]
    ),
    "aud an array": lambda d: d.assertion(aud=[d.settings.issuer]),
    "jti missing": lambda d: d.assertion(jti=None),
    "jti empty": lambda d: d.assertion(jti=""),
    "jti no text": lambda d: d.assertion(jti=1),
    "jti endless": lambda d: d.assertion(jti="x" * 129),
    "jti with half a letter": lambda d: d.assertion(jti="\ud800"),
    "exp missing": lambda d: d.assertion(exp=None),
    "exp now": lambda d: d.assertion(exp=NOW),
    "exp 20 seconds past": lambda d: d.assertion(iat=NOW - 60, exp=NOW - 20),
    "exp 306 seconds ahead": lambda d: d.assertion(exp=NOW + 306, iat=NOW + 6),
    "exp three years ahead": lambda d: d.assertion(exp=NOW + 3 * 365 * 86400),
    "exp in words": lambda d: d.assertion(exp="soon"),
    "exp a fraction": lambda d: d.assertion(exp=NOW + 60.5),
    "exp a truth": lambda d: d.assertion(exp=True),
    "exp NaN": lambda d: d.assertion(exp=float("nan")),
    "life of 301 seconds": lambda d: d.assertion(iat=NOW - 1, exp=NOW + 300),
    "iat missing": lambda d: d.assertion(iat=None),
    "iat in the future": lambda d: d.assertion(iat=NOW + 60),
    "iat in words": lambda d: d.assertion(iat="now"),
    "nbf in the future": lambda d: d.assertion(nbf=NOW + 60),
    "nbf in words": lambda d: d.assertion(nbf="now"),
    # shape
    "no JWT": lambda _: "nothing of the kind",
    "empty": lambda _: "",
    "two parts": lambda d: d.assertion().rsplit(".", 1)[0],
    "four parts": lambda d: d.assertion() + ".x",
    "not ASCII": lambda d: d.assertion() + "é",
    "too long": lambda d: d.assertion(more="x" * 4096),
    "header a list": lambda _: "WyJhbGciXQ.e30.eHh4",
    "header a text": lambda _: "ImFsZyI.e30.eHh4",
    "payload a list": lambda d: _resigned(d, b"[]"),
    "payload no JSON": lambda d: _resigned(d, b"{"),
    "payload nested deep": lambda d: _resigned(d, b"[" * 1200 + b"]" * 1200),
    "signature cut": lambda d: d.assertion()[:-4],
    "claims swapped": _swapped,
}


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> FrontDesk:
    return FrontDesk(tmp_path_factory.mktemp("identity"))


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_it_is_refused(shared_desk: FrontDesk, make: Make) -> None:
    answer = shared_desk.token(make(shared_desk))

    assert answer.status_code == 401
    assert answer.json["error"] == "invalid_client"
    assert "access_token" not in answer.json


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"scope": None}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"scope": " "}, 400, "invalid_scope"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"scope": "referral.read audit.read"}, 400, "invalid_scope"),
        ({"scope": "referral.read referral.read"}, 400, "invalid_scope"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 401, "invalid_client"),
        ({"client_assertion": None}, 401, "invalid_client"),
        ({"client_assertion_type": None}, 401, "invalid_client"),
        ({"client_assertion_type": "urn:other"}, 401, "invalid_client"),
        ({"client_id": "food"}, 401, "invalid_client"),
        ({"client_assertion": None, "client_id": "advice"}, 401, "invalid_client"),
        (
            {"client_assertion": None, "client_id": "advice", "client_secret": "x"},
            401,
            "invalid_client",
        ),
    ],
)
def test_a_request_is_refused(
    shared_desk: FrontDesk, changes: dict[str, Any], status: int, error: str
) -> None:
    answer = shared_desk.token(**{"assertion": shared_desk.assertion(jti=uuid4().hex), **changes})

    assert (answer.status_code, answer.json["error"]) == (status, error)


def test_parameters_in_the_address_are_refused(desk: FrontDesk) -> None:
    answer = desk.app.test_client().post("/oauth/token?grant_type=client_credentials")

    assert answer.json["error"] == "invalid_request"


def test_a_parameter_sent_twice_is_refused(desk: FrontDesk) -> None:
    body = "grant_type=client_credentials&scope=referral.read&scope=audit.read"

    answer = desk.app.test_client().post(
        "/oauth/token", data=body, content_type="application/x-www-form-urlencoded"
    )

    assert answer.json["error"] == "invalid_request"


@ON_BOTH
def test_an_assertion_is_used_once(desk: FrontDesk) -> None:
    assertion = desk.assertion()
    assert desk.token(assertion).status_code == 200

    assert desk.token(assertion).json["error"] == "invalid_client"


@ON_BOTH
def test_a_name_that_no_column_can_hold_is_an_unknown_client(desk: FrontDesk) -> None:
    answer = desk.token(desk.assertion(sub="adv\x00ice", iss="adv\x00ice"))

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_an_assertion_is_used_up_even_when_its_scope_is_refused(desk: FrontDesk) -> None:
    assertion = desk.assertion()
    desk.token(assertion, "audit.read")

    assert desk.token(assertion).status_code == 401


def test_a_used_assertion_stays_used_after_a_restart(desk: FrontDesk, tmp_path: Any) -> None:
    assertion = desk.assertion()
    desk.token(assertion)
    again = FrontDesk.__new__(FrontDesk)
    again.__dict__.update(desk.__dict__)
    from services import identity

    again.store = identity.create_store(desk.settings, desk.clock)
    again.app = identity.create_app(desk.settings, again.store)

    assert again.token(assertion).status_code == 401


@ON_BOTH
def test_two_clients_may_use_the_same_jti(desk: FrontDesk) -> None:
    assert desk.token(desk.assertion("advice")).status_code == 200
    assert desk.token(desk.assertion("food")).status_code == 200


def test_a_revoked_client_gets_no_token_and_everybody_is_told(desk: FrontDesk) -> None:
    with desk.store.begin() as tx:
        revoke_client("advice", tx)

    assert desk.token(desk.assertion()).status_code == 401
    assert desk.announced()[-1] == "client.revoked.v1"


def test_a_revoked_client_stays_revoked_when_its_directory_is_loaded_again(desk: FrontDesk) -> None:
    with desk.store.begin() as tx:
        revoke_client("advice", tx)

    desk.load()

    assert desk.token(desk.assertion()).status_code == 401
    assert desk.announced()[-1] == "client.revoked.v1"


def test_clients_of_an_agency_that_left_get_no_token(desk: FrontDesk) -> None:
    agency = {"id": "019a0000-0000-7000-8000-a9e000000001", "name": "Wandle Advice"}
    desk.load(agencies=[{**agency, "active": False}])
    assert desk.token(desk.assertion()).status_code == 401

    desk.load()

    assert desk.token(desk.assertion(jti="two")).status_code == 200
    assert desk.announced()[-2:] == ["client.registered.v1"] * 2


def test_refusals_are_counted_by_reason_and_hour(desk: FrontDesk) -> None:
    for _ in range(3):
        desk.token(desk.assertion(aud="elsewhere"))

    with desk.store.read() as tx:
        rows = tx.execute(tx.table("refusal").select()).all()
    assert [(row.reason, row.times) for row in rows] == [("assertion.aud", 3)]


def test_whoever_is_refused_hundreds_of_times_must_wait(desk: FrontDesk) -> None:
    with desk.store.begin() as tx:
        tx.remember_tries("token", tx.vault.blind_index("address", "127.0.0.1"), 305)

    answer = desk.token(desk.assertion())

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 1
    desk.clock.advance(timedelta(minutes=2))
    assert desk.token(desk.assertion()).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(["iss", "sub", "aud", "jti", "iat", "exp", "nbf"])


@given(st.dictionaries(NAMES, JSON))
def test_no_claims_break_the_check(claims: dict[str, Any]) -> None:
    fault = fault_in_claims(claims, audiences={"a"}, now=NOW)

    assert fault in {"sub", "iss", "aud", "jti", "iat", "exp", "nbf"}


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "jwk", "crit"]), JSON))
def test_no_header_breaks_the_check(header: dict[str, Any]) -> None:
    assert fault_in_header(header) in {"alg", "typ", "kid", "header"}
