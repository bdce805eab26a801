"""A pretend issuer, and staff already signed in: for tests of services other than identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.identity import JWKS_PATH, Principal
from shared.ids import new_id
from shared.web import sessions
from shared.web.access import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from flask.testing import FlaskClient

AN_AGENCY = UUID("019a0000-0000-7000-8000-a9e000000001")


class PretendIssuer:
    """Signs access tokens that *app* believes, and any others that a test asks for."""

    def __init__(self, app: Flask) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=True)
        self.published = [self.key]
        self.fetches = 0
        self._app = app
        connect(app, self)

    def get_json(self, path: str) -> Mapping[str, Any]:
        """Return the published keys, as identity does."""
        assert path == JWKS_PATH  # noqa: S101 - nothing else may be asked for
        self.fetches += 1
        return {"keys": [key.as_dict(private=False) for key in self.published]}

    def post_form(self, path: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """Refuse every code."""
        del path, form
        return 400, {"error": "invalid_grant"}

    def token(self, *scopes: str, key: ECKey | None = None, **changes: Any) -> str:  # noqa: ANN401
        """Return an access token; *changes* replace claims, `header_` ones header fields."""
        now = int(self._app.extensions["store"].clock.now().timestamp())
        settings, key = self._app.extensions["settings"], key or self.key
        claims = {
            "iss": settings.issuer,
            "aud": settings.audience,
            "sub": "a-client",
            "client_id": "a-client",
            "agency_id": str(AN_AGENCY),
            "scope": " ".join(scopes),
            "jti": str(new_id()),
            "iat": now,
            "exp": now + 300,
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
        for name, value in changes.items():
            target, field = (
                (header, name.removeprefix("header_"))
                if name.startswith("header_")
                else (claims, name)
            )
            target.update({field: value})
            if value is None:
                target.pop(field)
        return jwt.encode(header, claims, key, algorithms=[str(header["alg"])])

    def bearer(self, *scopes: str, **changes: Any) -> dict[str, str]:  # noqa: ANN401
        """Return the header of a request with such a token."""
        return {"Authorization": f"Bearer {self.token(*scopes, **changes)}"}


def sign_in(
    app: Flask,
    client: FlaskClient,
    *roles: str,
    agency_id: UUID = AN_AGENCY,
    name: str = "Sam Lee",
    fresh: bool = False,
    teams: tuple[UUID, ...] = (),
) -> Principal:
    """Sign a made-up member of staff in to *app* on *client*, and return who it is.

    With *fresh* they have just given a second factor.
    """
    store = app.extensions["store"]
    who = Principal(
        kind="staff",
        id=str(new_id()),
        agency_id=agency_id,
        roles=frozenset(roles),
        session=str(new_id()),
        name=name,
        teams=frozenset(teams),
    )
    with store.begin(actor=who) as tx:
        code_at = tx.now if fresh else None
        value = sessions.begin_session(tx, who, started=tx.now, code_at=code_at)
    client.set_cookie(sessions.cookie_name(app.name), value, secure=True)
    return who
