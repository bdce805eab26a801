"""A partner agency's own system, speaking the partner API as the documents tell it to."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
import uuid
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Answer:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Partner:
    """One client of the partner API, on one connection."""

    def __init__(self, credentials: dict[str, Any], client: dict[str, Any]) -> None:
        self.client = client
        self.agency_id: str = client["agency_id"]
        self._issuer: str = credentials["issuer"]
        self.notice: str = credentials["notice"]
        self._address = urllib.parse.urlsplit(credentials["base_url"]).netloc
        self._connection = http.client.HTTPConnection(self._address, timeout=30)
        self._token: tuple[str, float] | None = None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request as this client; *body* is JSON unless it is bytes."""
        known = {"Authorization": f"Bearer {self.token()}", **(headers or {})}
        payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if payload is not None:
            known.setdefault("Content-Type", "application/json")
        return self._send(method, path, payload, known)

    def submit(self, body: Any, key: str | None = None) -> Answer:
        """POST a request for help, with an idempotency key of its own unless given one."""
        return self.call(
            "POST", "/api/v1/requests", body, {"Idempotency-Key": key or str(uuid.uuid4())}
        )

    def token(self) -> str:
        """Return an access token, fetched again before it runs out."""
        if self._token is None or self._token[1] < time.time() + 30:
            answer = self._send(
                "POST",
                "/oauth/token",
                urllib.parse.urlencode(self._grant()).encode(),
                {"Content-Type": "application/x-www-form-urlencoded"},
            )
            assert answer.status == 200, answer.body
            self._token = answer.json["access_token"], time.time() + answer.json["expires_in"]
        return self._token[0]

    def _grant(self) -> dict[str, str]:
        now = int(time.time())
        key = ECKey.import_key(self.client["private_jwk"])
        name = self.client["client_id"]
        claims = {"iss": name, "sub": name, "aud": self._issuer, "iat": now, "exp": now + 120}
        header = {"alg": "ES256", "typ": "JWT", "kid": key.kid or key.thumbprint()}
        return {
            "grant_type": "client_credentials",
            "scope": " ".join(self.client["scopes"]),
            "client_assertion_type": ASSERTION,
            "client_assertion": jwt.encode(header, {**claims, "jti": str(uuid.uuid4())}, key),
        }

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            self._connection.request(method, path, body, headers)
            return Answer(self._connection.getresponse())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
