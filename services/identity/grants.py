"""The two grants: client credentials for agencies, code with PKCE for our own services.

Promise: PKCE is S256 and always; a code lives 60 seconds and is used once, and a second
use ends the sign-on it came from (RFC 6749 section 4.1.2, RFC 7636, RFC 9700).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from sqlalchemy import insert

from services.identity.domain import CODE_LIFE, TOKEN_LIFE
from services.identity.signing_in import code_given_at, hashed, is_sign_on_live
from services.identity.storage import CODE
from services.identity.usecases import end_sign_on

if TYPE_CHECKING:
    from joserfc.jwk import KeySet
    from sqlalchemy import Row

    from services.identity.clients import Client, ServiceClient
    from services.identity.server import Server
    from services.identity.storage import IdentityTransaction


class PartnerGrant(ClientCredentialsGrant):  # type: ignore[misc] # authlib is untyped
    """A token for an agency's system."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("private_key_jwt",)


class User:
    """Who signs on: an account and its sign-on."""

    def __init__(self, account: Row[Any], sign_on: Row[Any]) -> None:
        self.account, self.sign_on = account, sign_on

    def get_user_id(self) -> str:
        """Return the subject of its tokens."""
        return str(self.account.id)


class Code:
    """An authorization code as the library wants to see it."""

    code_challenge_method = "S256"

    def __init__(self, row: Row[Any], auth_time: int) -> None:
        self.row, self._auth_time = row, auth_time
        self.code_challenge = row.challenge

    def get_redirect_uri(self) -> str:
        """Return where its answer went."""
        return str(self.row.redirect_uri)

    def get_scope(self) -> str:
        """Return what it was for."""
        return str(self.row.scope)

    def get_nonce(self) -> str:
        """Return the nonce to repeat in the ID token."""
        return str(self.row.nonce)

    def get_auth_time(self) -> int:
        """Return when the member of staff last gave a code: at sign-in, or when asked again."""
        return self._auth_time

    def get_acr(self) -> None:
        """Return nothing: there is one level only."""

    def get_amr(self) -> list[str]:
        """Return how they signed in (RFC 8176)."""
        return ["pwd", "otp"]


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc] # authlib is untyped
    """Sign-on of staff to one of our services."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    server: Server

    def save_authorization_code(self, code: str, request: Any) -> None:  # noqa: ANN401
        """Keep the code's hash with everything it is bound to."""
        asked, tx = request.payload.data, self.server.transaction()
        tx.execute(
            insert(CODE).values(
                code_hash=hashed(code),
                client_id=request.client.get_client_id(),
                redirect_uri=asked["redirect_uri"],
                scope=request.scope,
                nonce=asked["nonce"],
                challenge=asked["code_challenge"],
                session_id=request.user.sign_on.id,
                made_at=tx.now,
            ),
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Use the code up, and return it if it was fresh and this client's."""
        tx = self.server.transaction()
        row = tx.code(hashed(code))
        if row is None or row.client_id != client.get_client_id():
            return None
        sign_on = tx.sign_on(row.session_id)
        if not tx.use_code(row.code_hash):
            if sign_on is not None:
                end_sign_on(sign_on, "code_reused", tx)
            return None
        if sign_on is None or not _is_fresh(row, tx):
            return None
        return Code(row, int(code_given_at(sign_on).timestamp()))

    def delete_authorization_code(self, code: Code) -> None:
        """Leave the used code, so that a second use is noticed."""

    def authenticate_user(self, code: Code) -> User | None:
        """Return whose code it was, if they are still signed on."""
        tx = self.server.transaction()
        sign_on = tx.sign_on(code.row.session_id)
        if sign_on is None or not is_sign_on_live(sign_on, tx):
            return None
        account = tx.account(sign_on.account_id)
        return User(account, sign_on) if account is not None else None


def _is_fresh(row: Row[Any], tx: IdentityTransaction) -> bool:
    return bool(abs(tx.now - row.made_at) <= CODE_LIFE)


class S256Always(CodeChallenge):  # type: ignore[misc] # authlib is untyped
    """PKCE by SHA-256 for every request and every client."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:  # noqa: ANN401
        """Refuse a request without an S256 challenge."""
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with code_challenge_method S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:  # noqa: ANN401
        """Refuse a token request without the verifier."""
        if not grant.request.form.get("code_verifier"):
            raise InvalidRequestError("Missing 'code_verifier'")
        super().validate_code_verifier(grant, result)


class IdTokens(OpenIDCode):  # type: ignore[misc] # authlib is untyped
    """The ID token that tells a service who has signed on."""

    def __init__(self, server: Server) -> None:
        super().__init__(require_nonce=True)
        self._server = server

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ANN401
        """Tell whether this client sent the nonce before."""
        return self._server.transaction().has_nonce(request.payload.client_id, nonce)

    def resolve_client_private_key(self, client: Client) -> KeySet:
        """Return the one key that signs now."""
        del client
        return self._server.keys.signing()

    def get_client_claims(self, client: ServiceClient) -> dict[str, Any]:
        """Return issuer, audience and life of the token."""
        now = int(self._server.transaction().now.timestamp())
        return {
            "iss": self._server.issuer,
            "aud": client.get_client_id(),
            "iat": now,
            "exp": now + TOKEN_LIFE,
        }

    def generate_user_info(self, user: User, scope: str) -> dict[str, Any]:
        """Return who signed on, for which agency, in which roles and teams."""
        del scope
        return {
            "sub": user.get_user_id(),
            "name": user.account.name,
            "agency_id": str(user.account.agency_id),
            "roles": user.account.roles,
            "teams": user.account.teams or [],
            "sid": str(user.sign_on.id),
            "session_started": int(user.sign_on.started_at.timestamp()),
        }
