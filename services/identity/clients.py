"""The two kinds of clients: agencies' systems, and our own services signing staff on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from authlib.oauth2.rfc6749 import ClientMixin
from joserfc.jwk import ECKey

from services.identity.domain import granted_scope
from shared.web.sign_on import client_id, redirect_uri

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

    from services.identity.storage import IdentityTransaction

SERVICES = ("intake", "matching", "notify", "audit")


class Client(ClientMixin):  # type: ignore[misc] # authlib is untyped
    """What the authorization server asks of every client."""

    id_token_signed_response_alg = "ES256"  # noqa: S105 - an algorithm, not a secret
    is_partner: ClassVar[bool]
    grant: ClassVar[str]
    method: ClassVar[str]

    def __init__(self, name: str) -> None:
        self.client_id = name

    def get_client_id(self) -> str:
        """Return its name."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return nothing: the redirect URI must be sent."""

    def check_redirect_uri(self, uri: str) -> bool:
        """Refuse every address; a service allows its one."""
        del uri
        return False

    def check_client_secret(self, secret: str) -> bool:
        """Refuse: no client has a shared secret."""
        del secret
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Allow its one method, at the token endpoint."""
        return method == self.method and endpoint == "token"

    def check_response_type(self, response_type: str) -> bool:
        """Allow the code flow where it has that grant."""
        return response_type == "code" and self.grant == "authorization_code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow its one grant."""
        return grant_type == self.grant


class PartnerClient(Client):
    """An agency's own system, known by its public keys."""

    is_partner = True
    grant = "client_credentials"
    method = "private_key_jwt"

    def __init__(self, row: Row[Any]) -> None:
        super().__init__(row.client_id)
        self.agency_id: UUID = row.agency_id
        self.teams: list[str] = row.teams or []
        self._scopes, self._keys = row.scopes, row.keys

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the scope asked for if all of it is allowed."""
        return granted_scope(scope, self._scopes)

    def key(self, kid: str) -> ECKey | None:
        """Return its public key named *kid*."""
        found = next((key for key in self._keys if key["kid"] == kid), None)
        return ECKey.import_key(found) if found else None


class ServiceClient(Client):
    """One of our services: a public client, safe by PKCE and its one redirect URI."""

    is_partner = False
    grant = "authorization_code"
    method = "none"

    def __init__(self, service: str, base_url: str) -> None:
        super().__init__(client_id(service))
        self._redirect_uri = redirect_uri(base_url, service)

    def check_redirect_uri(self, uri: str) -> bool:
        """Allow its one address, letter by letter."""
        return uri == self._redirect_uri

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return `openid`, the one scope of sign-on."""
        return scope if scope == "openid" else None


def find_client(name: str, base_url: str, tx: IdentityTransaction) -> Client | None:
    """Return the client called *name* if it may still act."""
    service = next((s for s in SERVICES if client_id(s) == name), None)
    if service:
        return ServiceClient(service, base_url)
    row = tx.client(name)
    if row is None or row.revoked_at is not None or not tx.is_agency_active(row.agency_id):
        return None
    return PartnerClient(row)
