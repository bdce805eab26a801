"""Clients prove who they are with a signed assertion (RFC 7523, private_key_jwt, ES256).

Stricter than the library alone: typ and kid are required, the life is 300 s at most, the
audience is one string, and an assertion is used once (draft-ietf-oauth-rfc7523bis).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError

from services.identity.domain import SKEW, fault_in_claims, fault_in_header

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from services.identity.clients import PartnerClient
    from services.identity.storage import IdentityTransaction

LONGEST = 4096
REASONS = {
    "shape": "The client assertion is not a signed JWT.",
    "alg": "The client assertion must be signed with ES256.",
    "typ": "The client assertion must have typ JWT.",
    "kid": "The client assertion must name its key in kid.",
    "header": "The client assertion may have only alg, typ and kid in its header.",
    "sub": "sub must be the client_id.",
    "iss": "iss must be the client_id, like sub.",
    "aud": "aud must be the issuer, as one string.",
    "jti": "jti must be a new string for each assertion.",
    "exp": "exp must be in the future, and at most 300 seconds after iat.",
    "iat": "iat must be a whole number of seconds, not in the future.",
    "nbf": "The client assertion is not valid yet.",
    "client_id": "client_id must be the sub of the client assertion.",
    "unknown": "The client or its key is not known, or the signature is wrong.",
    "replayed": "The client assertion was used before.",
}


class ClientAssertion(JWTBearerClientAssertion):  # type: ignore[misc] # authlib is untyped
    """Authenticates the client of one token request."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(
        self, audiences: Collection[str], transaction: Callable[[], IdentityTransaction]
    ) -> None:
        super().__init__()
        self._audiences, self._transaction = audiences, transaction

    def __call__(self, query_client: Callable[[str], Any], request: Any) -> Any:  # noqa: ANN401
        """Return the client that made the assertion; None if the request has none."""
        form = request.form
        if form.get("client_assertion_type") != self.CLIENT_ASSERTION_TYPE:
            return None
        tx, assertion = self._transaction(), form.get("client_assertion", "")
        header, claims = self._read(assertion)
        fault = self._fault(header, claims, form.get("client_id"), tx.now)
        if fault is not None:
            self._refuse(fault)
        client = query_client(claims["sub"])
        self._verify(assertion, client, header["kid"])
        until = datetime.fromtimestamp(claims["exp"] + SKEW, UTC)
        if not tx.use_jti(claims["sub"], hashlib.sha256(claims["jti"].encode()).digest(), until):
            self._refuse("replayed")
        request.client = client
        return self.authenticate_client(client)

    def _read(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if not assertion.isascii() or len(assertion) > LONGEST:
            self._refuse("shape")
        try:
            header, claims = self.extract_assertion(assertion)
        except (InvalidClientError, JoseError, ValueError, RecursionError):
            self._refuse("shape")
        if not isinstance(header, dict):
            self._refuse("shape")
        return header, claims

    def _fault(
        self, header: dict[str, Any], claims: dict[str, Any], client_id: str | None, now: datetime
    ) -> str | None:
        fault = fault_in_header(header) or fault_in_claims(
            claims, audiences=self._audiences, now=int(now.timestamp())
        )
        if fault is None and client_id not in {None, claims["sub"]}:
            return "client_id"
        return fault

    def _verify(self, assertion: str, client: PartnerClient | None, kid: str) -> None:
        key = client.key(kid) if client and client.is_partner else None
        if key is None:
            self._refuse("unknown")
        try:
            jwt.decode(assertion, key, algorithms=["ES256"])
        except (JoseError, ValueError):
            self._refuse("unknown")

    def _refuse(self, reason: str) -> NoReturn:
        self._transaction().count_refusal(f"assertion.{reason}")
        raise InvalidClientError(description=REASONS[reason], status_code=401)
