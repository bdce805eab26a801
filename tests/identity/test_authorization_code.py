"""The code flow as a service uses it, and as nobody else can."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from identity.front import AGENCY, MARTA, Browser, FrontDesk, claims_of, query

VERIFIER = "v" * 43


@pytest.fixture
def browser(desk: FrontDesk) -> Browser:
    browser = desk.browser()
    browser.sign_in()
    return browser


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """A browser signed on, for requests that must change nothing."""
    browser = FrontDesk(tmp_path_factory.mktemp("identity")).browser()
    browser.sign_in()
    return browser


def _asked(**changes: Any) -> str:
    asked = {
        "response_type": "code",
        "client_id": "onward-matching",
        "redirect_uri": "http://127.0.0.1:8080/matching/session/callback",
        "scope": "openid",
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    kept = {name: value for name, value in asked.items() if value is not None}
    return f"/oauth/authorize?{urlencode(kept)}"


def _exchange(desk: FrontDesk, code: str, **changes: Any) -> Any:
    form = {
        "grant_type": "authorization_code",
        "client_id": "onward-matching",
        "redirect_uri": "http://127.0.0.1:8080/matching/session/callback",
        "code": code,
        "code_verifier": VERIFIER,
        **changes,
    }
    sent = {name: value for name, value in form.items() if value is not None}
    return desk.app.test_client().post("/oauth/token", data=sent, base_url=desk.settings.base_url)


def _code(browser: Browser, **changes: Any) -> str:
    return query(browser.step(_asked(**changes)).headers["Location"])["code"]


def test_the_answer_names_its_issuer_and_repeats_the_state(browser: Browser) -> None:
    location = browser.step(_asked()).headers["Location"]

    given = query(location)
    assert location.startswith("http://127.0.0.1:8080/matching/session/callback?")
    assert (given["state"], given["iss"]) == ("a-state", "http://127.0.0.1:8080")


def test_the_id_token_tells_who_signed_on(desk: FrontDesk, browser: Browser) -> None:
    answer = _exchange(desk, _code(browser))

    assert answer.status_code == 200
    claims = dict(claims_of(answer.json["id_token"]))
    assert claims.pop("sid")
    assert claims.pop("at_hash")
    assert claims == {
        "iss": "http://127.0.0.1:8080",
        "aud": "onward-matching",
        "sub": str(MARTA),
        "name": "Marta Quinn",
        "agency_id": str(AGENCY),
        "roles": ["worker"],
        "teams": [],
        "nonce": "a-nonce",
        "amr": ["pwd", "otp"],
        "auth_time": desk.now(),
        "session_started": desk.now(),
        "iat": desk.now(),
        "exp": desk.now() + 300,
    }


def test_the_access_token_of_a_sign_on_opens_no_api(desk: FrontDesk, browser: Browser) -> None:
    token = _exchange(desk, _code(browser)).json["access_token"]

    answer = desk.matching.test_client().get(
        "/api/v1/referrals", headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": ""},
        {"code_verifier": "w" * 43},
        {"code_verifier": create_s256_code_challenge(VERIFIER)},
        {"code_verifier": "short"},
        {"redirect_uri": None},
        {"redirect_uri": "http://127.0.0.1:8080/intake/session/callback"},
        {"client_id": "onward-intake"},
        {"client_id": "advice"},
        {"client_id": None},
        {"code": None},
        {"code": "made-up"},
    ],
)
def test_a_code_is_worth_nothing_without_all_it_is_bound_to(
    standing: Browser, changes: dict[str, Any]
) -> None:
    answer = _exchange(standing.desk, **{"code": _code(standing, nonce=uuid4().hex), **changes})

    assert answer.status_code in {400, 401}
    assert "id_token" not in answer.json


def test_a_code_is_used_once_and_a_second_use_ends_the_sign_on(
    desk: FrontDesk, browser: Browser
) -> None:
    code = _code(browser)
    assert _exchange(desk, code).status_code == 200

    assert _exchange(desk, code).json["error"] == "invalid_grant"
    assert desk.messages()[-1][1]["reason"] == "code_reused"
    assert browser.step("/account/").status_code == 303


def test_a_wrong_verifier_uses_the_code_up(desk: FrontDesk, browser: Browser) -> None:
    code = _code(browser)
    _exchange(desk, code, code_verifier="w" * 43)

    assert _exchange(desk, code).status_code == 400


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (61, 400)])
def test_a_code_lives_sixty_seconds(
    desk: FrontDesk, browser: Browser, seconds: int, status: int
) -> None:
    code = _code(browser)
    desk.clock.advance(timedelta(seconds=seconds))

    assert _exchange(desk, code).status_code == status


def test_a_code_ends_with_its_sign_on(desk: FrontDesk, browser: Browser) -> None:
    code = _code(browser)
    browser.send("/sign-out", browser.open("/sign-out"))

    assert _exchange(desk, code).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "audit.read"}, "invalid_scope"),
        ({"scope": "openid referral.read"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
    ],
)
def test_a_careless_request_is_told_so_at_its_own_address(
    standing: Browser, changes: dict[str, Any], error: str
) -> None:
    answer = standing.step(_asked(**changes))

    assert answer.status_code == 303
    given = query(answer.headers["Location"])
    assert (given["error"], given["state"]) == (error, "a-state")
    assert given["iss"] == "http://127.0.0.1:8080"
    assert "code" not in given


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1:8080/matching/session/callback/"},
        {"redirect_uri": "http://127.0.0.1:8080/matching/session/callback?x=1"},
        {"redirect_uri": "http://127.0.0.1:8080/intake/session/callback"},
        {"redirect_uri": "http://localhost:8080/matching/session/callback"},
        {"redirect_uri": None},
        {"client_id": "unknown"},
        {"client_id": "advice"},
        {"client_id": None},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_services_own(
    standing: Browser, changes: dict[str, Any]
) -> None:
    answer = standing.step(_asked(**changes))

    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_nonce_is_taken_once(browser: Browser) -> None:
    _code(browser)

    assert "error" in query(browser.step(_asked()).headers["Location"])


def test_whoever_is_not_signed_on_is_asked_or_refused(desk: FrontDesk) -> None:
    stranger = desk.browser()

    assert stranger.step(_asked()).headers["Location"].startswith("/sign-in?next=/oauth/authorize")
    silent = stranger.step(_asked(prompt="none", nonce="another")).headers["Location"]
    assert query(silent)["error"] == "login_required"


def test_a_service_can_ask_for_the_password_again(browser: Browser) -> None:
    answer = browser.step(_asked(prompt="login"))

    assert answer.headers["Location"].startswith("/sign-in?next=")
    assert "prompt" not in query(answer.headers["Location"])["next"]


@pytest.mark.parametrize(
    "path", ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
)
def test_the_server_publishes_what_it_does(desk: FrontDesk, path: str) -> None:
    answer = desk.app.test_client().get(path)

    document = AuthorizationServerMetadata(answer.json)
    document.validate_token_endpoint()
    document.validate_jwks_uri()
    assert document["grant_types_supported"] == ["authorization_code", "client_credentials"]
    assert document["code_challenge_methods_supported"] == ["S256"]
