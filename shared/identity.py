"""Who is asking, and how a bearer token proves it (RFC 9068 access tokens, ES256).

Promise: a Principal is made from a verified token, a live session or the program
itself, never from what a caller wrote in a body or a path. A token passes only with
typ at+jwt, a known kid, our issuer, our one audience, and an hour that has not passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.errors import Permanent, Transient

if TYPE_CHECKING:
    from datetime import datetime

    from shared.clock import Clock

Kind = Literal["public", "person", "staff", "client", "system"]
Fetch = Callable[[str], Mapping[str, Any]]

ALGORITHMS = ["ES256"]
JWKS_PATH = "/oauth/jwks.json"
LONGEST_LIFE = 600
LONGEST_TOKEN = 4096
KEPT_TOKENS = 4096
_SKEW = 5
_FRESH = timedelta(seconds=300)
_STALE = timedelta(hours=1)
_PAUSE = timedelta(seconds=10)


class TokenRefusedError(Permanent):
    """The access token is expired, revoked, malformed or meant for someone else."""


class IssuerUnreachableError(Transient):
    """We cannot check who you are at the moment."""


def ids_of(
    own: UUID | str | None, agency: UUID | str | None, teams: Iterable[UUID | str] | None
) -> frozenset[str]:
    """Return every id that means one member of staff: whoever hides from any hides from them."""
    return frozenset(str(one) for one in (own, agency, *(teams or ())) if one)


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever acts: a visitor, a person in need, staff, a partner's client, or we."""

    kind: Kind
    id: str | None = None
    agency_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    session: str | None = None
    purpose: str | None = None
    basis: str | None = None
    name: str | None = None
    teams: frozenset[UUID] = frozenset()
    """The services of their agency that staff work in, or that a client acts for."""

    def known_as(self) -> frozenset[str]:
        """Return every id that means whoever acts: their own, their agency's, their teams'."""
        return ids_of(self.id, self.agency_id, self.teams)

    @classmethod
    def system(cls, service: str) -> Principal:
        """Name the service itself as the one who acts."""
        return cls(kind="system", id=service)

    @classmethod
    def public(cls) -> Principal:
        """Name a visitor of whom nothing is known."""
        return cls(kind="public")


class PublishedKeys:
    """The issuer's public keys: kept 300 s, and asked for again when a kid is unknown."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._keys: dict[str, ECKey] = {}
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._lock = Lock()

    def find(self, kid: str) -> ECKey | None:
        """Return the public key named *kid*, or None if the issuer has no such key."""
        with self._lock:
            now = self._clock.now()
            if self._older_than(_FRESH, now) or (kid not in self._keys and self._may_ask(now)):
                self._refresh(now)
            return self._keys.get(kid)

    def _older_than(self, age: timedelta, now: datetime) -> bool:
        # A clock set back counts as old: an age below zero tells nothing.
        return self._fetched is None or not timedelta(0) <= now - self._fetched < age

    def _may_ask(self, now: datetime) -> bool:
        return self._tried is None or abs(now - self._tried) >= _PAUSE

    def _refresh(self, now: datetime) -> None:
        if self._keys and not self._may_ask(now):
            return
        self._tried = now
        try:
            self._keys = _usable(self._fetch(JWKS_PATH))
            self._fetched = now
        except Transient:
            if self._older_than(_STALE, now):
                raise


def _usable(published: Mapping[str, Any]) -> dict[str, ECKey]:
    keys = (ECKey.import_key(key) for key in published["keys"] if key.get("crv") == "P-256")
    return {key.kid: key for key in keys if key.kid}


class Issuer:
    """Checks access tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, *, fetch: Fetch, clock: Clock) -> None:
        self.keys = PublishedKeys(fetch, clock)
        self._issuer, self._audience, self._clock = issuer, audience, clock
        self._known: dict[bytes, tuple[int, Principal]] = {}
        self._lock = Lock()

    def verify(self, token: str, *, denied: Callable[[str], bool]) -> Principal:
        """Return whom *token* stands for, unless *denied* says its client is revoked."""
        if not token.isascii() or len(token) > LONGEST_TOKEN:
            raise TokenRefusedError("this is not an access token")
        caller = self._remembered(token) or self._checked(token)
        if denied(str(caller.id)):
            raise TokenRefusedError("the client has been revoked")
        return caller

    def _remembered(self, token: str) -> Principal | None:
        until, caller = self._known.get(_digest(token), (0, None))
        return caller if until > self._seconds() else None

    def _checked(self, token: str) -> Principal:
        claims = self._claims(token)
        caller = _principal(claims)
        with self._lock:
            if len(self._known) >= KEPT_TOKENS:
                self._forget()
            self._known[_digest(token)] = claims["exp"], caller
        return caller

    def _forget(self) -> None:
        now = self._seconds()
        alive = [entry for entry in self._known.items() if entry[1][0] > now]
        self._known = dict(alive[-KEPT_TOKENS // 2 :])

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._key_of(token)
            claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
            self._rules().validate(claims)
        except (JoseError, ValueError, RecursionError) as error:
            raise TokenRefusedError("the access token is not valid") from error
        self._check_life(claims)
        return claims

    def _key_of(self, token: str) -> ECKey:
        header = jws.extract_compact(token.encode()).headers()
        if not isinstance(header, dict):
            raise TokenRefusedError("this is not an access token")
        if str(header.get("typ")).lower() not in {"at+jwt", "application/at+jwt"}:
            raise TokenRefusedError("this is not an access token")
        kid = header.get("kid")
        key = self.keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenRefusedError("the key of the access token is not known")
        return key

    def _rules(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=self._seconds(),
            leeway=_SKEW,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            client_id={"essential": True},
            agency_id={"essential": True},
            scope={"essential": True},
            jti={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )

    def _check_life(self, claims: Mapping[str, Any]) -> None:
        # The skew allowed for iat must not lengthen exp.
        if claims["exp"] <= self._seconds():
            raise TokenRefusedError("the access token has expired")
        if claims["exp"] - claims["iat"] > LONGEST_LIFE:
            raise TokenRefusedError("the access token lives too long")
        if claims["aud"] != self._audience or claims["sub"] != claims["client_id"]:
            raise TokenRefusedError("the access token is meant for someone else")

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _principal(claims: Mapping[str, Any]) -> Principal:
    try:
        return Principal(
            kind="client",
            id=claims["client_id"],
            agency_id=UUID(claims["agency_id"]),
            scopes=frozenset(claims["scope"].split()),
            session=claims["jti"],
            teams=frozenset(UUID(team) for team in claims.get("teams", ())),
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise TokenRefusedError("the access token is not valid") from error
