"""The authorization server: authlib's, with one strict choice wherever it offers several.

Promise: tokens are ES256, name their key, live 300 seconds and have one audience
(RFC 9068); there are no refresh tokens, no implicit flow and no shared secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import g
from joserfc import jwt

from services.identity.assertion import ClientAssertion
from services.identity.clients import PartnerClient, find_client
from services.identity.domain import TOKEN_LIFE
from services.identity.grants import CodeGrant, IdTokens, PartnerGrant, S256Always
from shared.ids import new_id

if TYPE_CHECKING:
    from flask import Flask, Response

    from services.identity.clients import Client
    from services.identity.grants import User
    from services.identity.keys import SigningKeys
    from services.identity.storage import IdentityTransaction
    from shared.settings import Settings

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, not a secret


class Server(AuthorizationServer):  # type: ignore[misc] # authlib is untyped
    """Answers token and authorization requests inside the view's own transaction."""

    def __init__(self, app: Flask, settings: Settings, keys: SigningKeys) -> None:
        super().__init__(app, query_client=self._find, save_token=_save_nothing)
        self.settings, self.keys, self.issuer = settings, keys, settings.issuer
        audiences = {settings.issuer, settings.base_url + TOKEN_PATH}
        assertion = ClientAssertion(audiences, self.transaction)
        self.register_client_auth_method(assertion.CLIENT_AUTH_METHOD, assertion)
        self.register_token_generator("default", self._token)
        self.register_grant(PartnerGrant)
        self.register_grant(CodeGrant, [S256Always(), IdTokens(self)])
        self.register_extension(Issuing(settings.issuer))

    def transaction(self) -> IdentityTransaction:
        """Return the transaction of the request being answered."""
        tx: IdentityTransaction = g.identity_tx
        return tx

    def handle_error_response(self, request: Any, error: Any) -> Response:  # noqa: ANN401
        """Answer an OAuth error; an unknown client is 401, however it tried."""
        if error.error == "invalid_client":
            error.status_code = 401
        response: Response = super().handle_error_response(request, error)
        return response

    def _find(self, name: str) -> Client | None:
        return find_client(name, self.settings.base_url, self.transaction())

    def _token(
        self, *, client: Client, user: User | None = None, scope: str | None = None, **_: object
    ) -> dict[str, Any]:
        granted = client.get_allowed_scope(scope)
        if granted is None:
            raise InvalidScopeError("The scope is empty, unknown or more than you may have.")
        claims = self._claims(client, granted) | self._whom(client, user)
        header = {"alg": "ES256", "typ": "at+jwt"}
        return {
            "token_type": "Bearer",
            "access_token": jwt.encode(header, claims, self.keys.signing(), ["ES256"]),
            "expires_in": TOKEN_LIFE,
            "scope": granted,
        }

    def _claims(self, client: Client, scope: str) -> dict[str, Any]:
        now = int(self.transaction().now.timestamp())
        return {
            "iss": self.issuer,
            "client_id": client.get_client_id(),
            "scope": scope,
            "jti": str(new_id()),
            "iat": now,
            "exp": now + TOKEN_LIFE,
        }

    def _whom(self, client: Client, user: User | None) -> dict[str, Any]:
        if isinstance(client, PartnerClient) and user is None:
            audience, agency = self.settings.audience, str(client.agency_id)
            whom = {"sub": client.get_client_id(), "aud": audience, "agency_id": agency}
            return whom | ({"teams": client.teams} if client.teams else {})
        # A sign-on has no business with the partner API: its token is for nobody else.
        subject = user.get_user_id() if user else client.get_client_id()
        return {"sub": subject, "aud": client.get_client_id()}


class Issuing(IssuerParameter):  # type: ignore[misc] # authlib is untyped
    """Names the issuer in every authorization answer (RFC 9207)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        """Return the issuer."""
        return self._issuer


def _save_nothing(_token: object, _request: object) -> None:
    """Keep no tokens: they prove themselves."""
