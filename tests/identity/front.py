"""Drives identity as its callers do: programs with assertions, people with browsers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from joserfc import jws
from joserfc.jwk import ECKey

from services import identity
from services.identity.keys import new_key, public_jwk
from services.identity.passwords import code_at, new_totp_secret
from services.identity.usecases import load_directory
from shared.settings import Settings
from shared.storage import Store, metadata_for
from shared.testing.clock import FixedClock
from shared.web import access, build_app
from shared.web.transport import InProcess

AGENCY = UUID("019a0000-0000-7000-8000-a9e000000001")
MARTA = UUID("019a0000-0000-7000-8000-57af00000001")
OMAR = UUID("019a0000-0000-7000-8000-57af00000002")
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class FrontDesk:
    """Identity with somebody in it, and matching as a service to sign in to."""

    def __init__(self, var: Path) -> None:
        self.clock, self.settings = FixedClock(), Settings(var=var)
        self.store = identity.create_store(self.settings, self.clock)
        self.app = identity.create_app(self.settings, self.store)
        self.worker = identity.create_worker(self.settings, self.store)
        self.keys = {"advice": new_key(), "food": new_key()}
        self.passwords = {"marta": "correct horse battery", "omar": "staple staple staple"}
        self.secrets = {name: new_totp_secret() for name in self.passwords}
        self.load()
        self.matching = self._matching()

    def load(self, **changes: Any) -> None:
        with self.store.begin() as tx:
            load_directory(self.directory() | changes, tx)

    def directory(self) -> dict[str, Any]:
        return {
            "agencies": [{"id": str(AGENCY), "name": "Wandle Advice", "active": True}],
            "staff": [self.member(MARTA, "marta"), self.member(OMAR, "omar")],
            "clients": [self.client("advice"), self.client("food", "referral.read")],
        }

    def member(self, member_id: UUID, name: str, *roles: str, **changes: Any) -> dict[str, Any]:
        return {
            "id": str(member_id),
            "agency_id": str(AGENCY),
            "name": f"{name.title()} Quinn",
            "email": f"{name.title()}.Quinn@Wandle.example.org",
            "roles": list(roles) or ["worker"],
            "password": self.passwords[name],
            "totp_secret": self.secrets[name],
            **changes,
        }

    def client(self, name: str, *scopes: str) -> dict[str, Any]:
        return {
            "client_id": name,
            "agency_id": str(AGENCY),
            "scopes": list(scopes) or ["referral.read", "referral.respond"],
            "public_jwk": public_jwk(self.keys[name]),
        }

    def _matching(self) -> Flask:
        store: Store[Any] = Store(
            self.settings.database("matching"), metadata_for("matching"), clock=self.clock
        )
        app = build_app("matching", settings=self.settings, store=store, package="shared.web")
        access.connect(app, InProcess(self.app, self.settings.base_url))

        @app.get("/agency/")
        @access.staff("worker")
        def inbox() -> str:
            return f"inbox of {access.principal().name}"

        @app.get("/agency/grave")
        @access.staff("worker", fresh=True)
        def ask_grave() -> str:
            return f'<input type="hidden" name="csrf_token" value="{generate_csrf()}">'

        @app.post("/agency/grave")
        @access.staff("worker", fresh=True)
        def do_grave() -> str:
            return f"done by {access.principal().name}"

        @app.get("/api/v1/referrals")
        @access.client("referral.read")
        def referrals() -> dict[str, str]:
            return {"agency": str(access.principal().agency_id)}

        return app

    # programs

    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def claims(self, name: str = "advice", **changes: Any) -> dict[str, Any]:
        now = self.now()
        claims = {
            "iss": name,
            "sub": name,
            "aud": self.settings.issuer,
            "jti": "one",
            "iat": now,
            "exp": now + 300,
        }
        return {key: value for key, value in {**claims, **changes}.items() if value is not None}

    def assertion(self, name: str = "advice", key: ECKey | None = None, **changes: Any) -> str:
        key = key or self.keys[name]
        header = {"alg": "ES256", "typ": "JWT", "kid": key.kid, **changes.pop("header", {})}
        header = {field: value for field, value in header.items() if value is not None}
        claims = self.claims(name, **changes)
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=["ES256"])

    def token(self, assertion: str, scope: str | None = "referral.read", **changes: Any) -> Any:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion,
            "scope": scope,
            **changes,
        }
        sent = {name: value for name, value in form.items() if value is not None}
        return self.app.test_client().post(
            "/oauth/token", data=sent, base_url=self.settings.base_url
        )

    # browsers

    def browser(self) -> Browser:
        return Browser(self)

    def announced(self) -> list[str]:
        return [name for name, _ in self.messages()]

    def messages(self) -> list[tuple[str, dict[str, Any]]]:
        with self.store.read() as tx:
            rows = tx.execute(tx.table("outbox").select()).all()
        return [(row.type, json.loads(row.body)) for row in sorted(rows, key=lambda r: r.id)]


class Browser:
    """Follows links between identity and matching, and keeps their cookies."""

    def __init__(self, desk: FrontDesk) -> None:
        self.desk = desk
        self.jars: dict[str, FlaskClient] = {
            "identity": desk.app.test_client(),
            "matching": desk.matching.test_client(),
        }

    def _jar(self, path: str) -> FlaskClient:
        ours = path.startswith(("/sign", "/oauth", "/account"))
        return self.jars["identity" if ours else "matching"]

    def open(self, path: str) -> Any:
        """Open a page and follow wherever it leads."""
        for _ in range(9):
            answer = self.step(path)
            if answer.status_code not in {302, 303}:
                return answer
            path = answer.headers["Location"].removeprefix(self.desk.settings.base_url)
        raise AssertionError(path)

    def step(self, path: str) -> Any:
        self.path = path
        return self._jar(path).get(path, base_url=self.desk.settings.base_url)

    def send(self, path: str, page: Any, **fields: str) -> Any:
        """Fill in the form of *page* and press the button."""
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        form = {name: _unescaped(value) for name, value in hidden.items()} | fields
        return self._jar(path).post(path, data=form, base_url=self.desk.settings.base_url)

    def give_password(self, page: Any, name: str = "marta", password: str | None = None) -> Any:
        email = f"{name}.quinn@wandle.example.org"
        password = password or self.desk.passwords.get(name, "?")
        return self.send("/sign-in", page, email=email, password=password)

    def give_code(self, name: str = "marta", code: str | None = None) -> Any:
        shown = code or code_at(self.desk.secrets[name], self.desk.clock.now())
        return self.send("/sign-in/code", self.step("/sign-in/code"), code=shown)

    def give_code_again(self, page: Any, name: str = "marta", code: str | None = None) -> Any:
        """Fill in the page that asks for a new code."""
        shown = code or code_at(self.desk.secrets[name], self.desk.clock.now())
        return self.send("/account/confirm", page, code=shown)

    def sign_in(self, path: str = "/agency/", name: str = "marta") -> Any:
        """Open a page of staff, sign in on the way, and return the page."""
        self.give_password(self.open(path), name)
        done = self.give_code(name)
        return self.open(done.headers["Location"])


def _unescaped(text: str) -> str:
    return text.replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", '"')


def query(location: str) -> dict[str, str]:
    """Return the parameters in an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def claims_of(token: str) -> Mapping[str, Any]:
    """Return what a token says, unchecked."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
