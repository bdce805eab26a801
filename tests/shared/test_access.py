"""Who may call what: every kind of refusal, on a small application."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView
from joserfc.jwk import ECKey

from shared.identity import Principal
from shared.settings import Settings
from shared.storage import Store, metadata_for
from shared.testing.clock import FixedClock
from shared.testing.sign_on import PretendIssuer, sign_in
from shared.web import access, build_app, sessions, standing
from shared.web.access import UnguardedRouteError, client, person, public, staff

OTHER_KEY = ECKey.generate_key("P-256", auto_kid=True)


class Town:
    """A small service with one route of each kind."""

    def __init__(self, var: Path) -> None:
        self.clock = FixedClock()
        settings = Settings(var=var)
        self.store: Store[Any] = Store(
            settings.database("town"), metadata_for("town"), clock=self.clock
        )
        self.app = build_app("town", settings=settings, store=self.store, package="shared.web")
        self.issuer = PretendIssuer(self.app)
        self.browser = self.app.test_client()
        _add_routes(self.app)

    def get(self, path: str, **headers: str) -> Any:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.get(path, headers=names)

    def call(self, **changes: Any) -> Any:
        token = self.issuer.token("guide.read", **changes)
        return self.get("/api/v1/things", Authorization=f"Bearer {token}")

    def revoke(self, client_id: str) -> None:
        with self.store.begin() as tx:
            standing.doubt_client(standing.ClientRevoked(client_id), tx)


def _add_routes(app: Flask) -> None:
    @app.get("/api/v1/things")
    @client("guide.read")
    def things() -> dict[str, Any]:
        who = access.principal()
        return {"id": who.id, "agency": str(who.agency_id), "kind": who.kind}

    @app.get("/api/v1/both")
    @client("guide.read", "guide.write")
    def both() -> str:
        return "both"

    @app.get("/api/v1/either")
    @client("referral.respond", "referral.submit", either=True)
    def either() -> str:
        return "either"

    @app.route("/agency/", methods=["GET", "POST"])
    @staff("worker", "manager")
    def inbox() -> str:
        return f"inbox of {access.principal().name}"

    @app.get("/open")
    @public("a test")
    def open_to_all() -> str:
        return access.principal().kind

    @app.get("/my")
    @person()
    def my() -> str:
        return "mine"

    @app.get("/forgotten")
    def forgotten() -> str:
        return "nobody said who may call this"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_a_good_token_says_who_calls_and_for_which_agency(town: Town) -> None:
    answer = town.call()

    assert answer.status_code == 200
    assert answer.json["id"] == "a-client"
    assert answer.json["kind"] == "client"


REFUSED_TOKENS: dict[str, dict[str, Any]] = {
    "signed by a stranger's key": {"key": OTHER_KEY},
    "signed by a stranger under a known kid": {"key": OTHER_KEY, "header_kid": "KNOWN"},
    "without a kid": {"header_kid": None},
    "without a typ": {"header_typ": None},
    "an ID token": {"header_typ": "JWT"},
    "of another issuer": {"iss": "https://elsewhere.example"},
    "without an issuer": {"iss": None},
    "for another audience": {"aud": "https://elsewhere.example/api"},
    "for its own client": {"aud": "a-client"},
    "for several audiences": {"aud": ["http://127.0.0.1:8080/api", "https://elsewhere.example"]},
    "without an audience": {"aud": None},
    "expired a second ago": {"exp": 1795428000 - 1},
    "expiring now": {"exp": 1795428000},
    "without an end": {"exp": None},
    "with an end in words": {"exp": "tomorrow"},
    "ending at NaN": {"exp": float("nan")},
    "living too long": {"exp": 1795428000 + 601},
    "issued in the future": {"iat": 1795428000 + 60, "exp": 1795428000 + 100},
    "not valid yet": {"nbf": 1795428000 + 60},
    "without a time of issue": {"iat": None},
    "without a subject": {"sub": None},
    "whose subject is not its client": {"sub": "somebody"},
    "without a client": {"client_id": None},
    "without an agency": {"agency_id": None},
    "of an agency that is no id": {"agency_id": "everyone"},
    "without a scope claim": {"scope": None},
    "without an id": {"jti": None},
}


@pytest.mark.parametrize("changes", REFUSED_TOKENS.values(), ids=REFUSED_TOKENS.keys())
def test_a_token_is_refused(town: Town, changes: dict[str, Any]) -> None:
    if changes.get("header_kid") == "KNOWN":
        changes = {**changes, "header_kid": town.issuer.key.kid}

    answer = town.call(**changes)

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic YTpi",
        "Bearer",
        "Bearer ",
        "Bearer not-a-token",
        "Bearer a.b.c",
        "Bearer é.b.c",
        "Bearer WyJhbGciXQ.e30.eHh4",  # its header is the list ["alg"]
        "Bearer ImFsZyI.e30.eHh4",  # its header is the text "alg"
    ],
)
def test_what_is_no_token_is_refused(town: Town, header: str) -> None:
    answer = town.get("/api/v1/things", Authorization=header)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="onward"')


def test_an_unsigned_token_is_refused(town: Town) -> None:
    _, claims, _ = town.issuer.token("guide.read").split(".")
    unsigned = f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{claims}."

    assert town.get("/api/v1/things", Authorization=f"Bearer {unsigned}").status_code == 401


def test_a_token_that_was_tampered_with_is_refused(town: Town) -> None:
    head, claims, signature = town.issuer.token("guide.read").split(".")
    forged = f"{head}.{claims[:-4]}AAAA.{signature}"

    assert town.get("/api/v1/things", Authorization=f"Bearer {forged}").status_code == 401


def test_no_token_tells_no_error_code(town: Town) -> None:
    assert "error" not in town.get("/api/v1/things").headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("scope", "status"),
    [("referral.respond", 200), ("referral.submit", 200), ("guide.read", 403)],
)
def test_one_of_two_scopes_will_do_where_a_route_says_so(
    town: Town, scope: str, status: int
) -> None:
    token = town.issuer.token(scope)

    answer = town.get("/api/v1/either", Authorization=f"Bearer {token}")

    assert answer.status_code == status


def test_a_missing_scope_is_forbidden_and_named(town: Town) -> None:
    token = town.issuer.token("guide.read")

    answer = town.get("/api/v1/both", Authorization=f"Bearer {token}")

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="guide.read guide.write"' in answer.headers["WWW-Authenticate"]


def test_all_scopes_are_needed_together(town: Town) -> None:
    headers = town.issuer.bearer("guide.read", "guide.write")

    assert town.browser.get("/api/v1/both", headers=headers).status_code == 200


def test_a_revoked_client_is_refused_with_a_token_already_believed(town: Town) -> None:
    token = town.issuer.token("guide.read")
    assert town.get("/api/v1/things", Authorization=f"Bearer {token}").status_code == 200

    town.revoke("a-client")

    assert town.get("/api/v1/things", Authorization=f"Bearer {token}").status_code == 401


def test_a_client_registered_again_is_believed_again(town: Town) -> None:
    town.revoke("a-client")
    with town.store.begin() as tx:
        standing.believe_client(standing.ClientRegistered("a-client"), tx)

    assert town.call().status_code == 200


def test_a_believed_token_stops_at_its_end(town: Town) -> None:
    token = town.issuer.token("guide.read")
    assert town.get("/api/v1/things", Authorization=f"Bearer {token}").status_code == 200

    town.clock.advance(timedelta(seconds=300))

    assert town.get("/api/v1/things", Authorization=f"Bearer {token}").status_code == 401


def test_keys_are_fetched_once_for_five_minutes(town: Town) -> None:
    town.call()
    town.call()
    assert town.issuer.fetches == 1

    town.clock.advance(timedelta(seconds=301))
    town.call()

    assert town.issuer.fetches == 2


def test_a_new_key_of_the_issuer_is_found_at_once_but_strangers_cannot_make_us_ask(
    town: Town,
) -> None:
    town.call()
    town.clock.advance(timedelta(seconds=11))
    town.issuer.published.append(OTHER_KEY)
    assert town.call(key=OTHER_KEY).status_code == 200

    for _ in range(20):
        town.call(header_kid="unknown")

    assert town.issuer.fetches == 2


def test_an_api_never_reads_a_cookie(town: Town) -> None:
    sign_in(town.app, town.browser, "worker")

    assert town.get("/api/v1/things").status_code == 401


def test_a_page_never_reads_a_token(town: Town) -> None:
    answer = town.browser.get("/agency/", headers=town.issuer.bearer("guide.read"))

    assert answer.status_code == 303


def test_staff_with_the_role_come_in(town: Town) -> None:
    sign_in(town.app, town.browser, "manager", name="Ada Poe")

    assert town.get("/agency/").text == "inbox of Ada Poe"


def test_staff_without_the_role_stay_out(town: Town) -> None:
    sign_in(town.app, town.browser, "trustee")

    assert town.get("/agency/").status_code == 403


def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(town: Town) -> None:
    answer = town.get("/agency/?page=2")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/town/session/start?next=/agency/?page%3D2"


@pytest.mark.parametrize("value", ["", "x", "0" * 43, "é"])
def test_a_made_up_cookie_is_nobody(town: Town, value: str) -> None:
    town.browser.set_cookie(sessions.cookie_name("town"), value)

    assert town.get("/agency/").status_code == 303


def test_a_session_ends_after_fifteen_idle_minutes(town: Town) -> None:
    sign_in(town.app, town.browser, "worker")

    town.clock.advance(timedelta(minutes=15))

    assert town.get("/agency/").status_code == 303
    assert "/agency/" in town.get("/agency/").headers["Location"]


def test_a_working_session_looks_at_the_sign_on_every_five_minutes(town: Town) -> None:
    sign_in(town.app, town.browser, "worker")
    town.clock.advance(timedelta(minutes=4))
    assert town.get("/agency/").status_code == 200

    town.clock.advance(timedelta(minutes=2))

    assert town.get("/agency/").status_code == 303
    assert town.get("/agency/", Sec_Fetch_Mode="cors").status_code == 200


def test_a_busy_session_that_never_looks_at_the_sign_on_is_over_all_the_same(town: Town) -> None:
    sign_in(town.app, town.browser, "worker")
    town.clock.advance(timedelta(minutes=10))
    assert town.get("/agency/", Sec_Fetch_Mode="cors").status_code == 200

    town.clock.advance(timedelta(minutes=5))

    assert town.get("/agency/", Sec_Fetch_Mode="cors").status_code == 303


def _who(town: Town) -> Principal:
    return sign_in(town.app, town.browser, "worker")


def test_a_session_ends_with_its_sign_on(town: Town) -> None:
    who = _who(town)
    with town.store.begin() as tx:
        standing.end_session(standing.SessionEnded(_uuid(who.session)), tx)

    assert town.get("/agency/").status_code == 303


@pytest.mark.parametrize(
    ("roles", "active", "status"),
    [({"worker"}, True, 200), ({"manager"}, True, 303), ({"worker"}, False, 303)],
)
def test_a_session_lives_only_as_long_as_it_is_true(
    town: Town, roles: set[str], active: bool, status: int
) -> None:
    who = _who(town)
    assert who.agency_id is not None
    with town.store.begin() as tx:
        told = standing.StaffChanged(_uuid(who.id), who.agency_id, tuple(roles), active)
        standing.change_staff(told, tx)

    assert town.get("/agency/").status_code == status


def _uuid(text: str | None) -> Any:
    from uuid import UUID

    return UUID(str(text))


def test_a_post_is_refused_before_its_form_is_read(town: Town) -> None:
    assert town.browser.post("/agency/").status_code in {303, 400}


def test_a_public_page_knows_nobody(town: Town) -> None:
    sign_in(town.app, town.browser, "worker")

    assert town.get("/open").text == "public"


def test_a_person_is_found_by_the_service_that_knows_people(town: Town) -> None:
    town.app.extensions["person_of"] = lambda: Principal(kind="person", id="one")
    assert town.get("/my").text == "mine"

    town.app.extensions["person_of"] = lambda: ("Type your code", 401)

    assert town.get("/my").text == "Type your code"


def test_a_view_that_does_not_say_who_may_call_it_is_refused(town: Town) -> None:
    assert town.get("/forgotten").status_code == 500
    assert access.unguarded(town.app) == ["GET /forgotten", "HEAD /forgotten"]


def test_methods_of_a_class_have_rules_of_their_own() -> None:
    class Things(MethodView):
        @client("guide.read")
        def get(self) -> str:
            return ""

        def post(self) -> str:
            return ""

    view = Things.as_view("things")

    rule = access.rule_of(view, "HEAD")
    assert rule is not None
    assert rule.kind == "client"
    assert access.rule_of(view, "POST") is None


@pytest.mark.parametrize("rule", [lambda: public(""), client, staff])
def test_a_rule_that_says_nothing_cannot_be_written(rule: Any) -> None:
    with pytest.raises(UnguardedRouteError):
        rule()


def test_a_view_has_one_rule_only() -> None:
    with pytest.raises(UnguardedRouteError):
        client("guide.read")(staff("worker")(lambda: None))


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/agency/?a=1", "/agency/?a=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_sign_in_leads_back_to_this_origin_only(path: str | None, leads_to: str) -> None:
    assert sessions.local_path(path) == leads_to
