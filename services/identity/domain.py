"""Rules of identity. Pure: no clock, no database, no cryptography.

Promise: each rule names what it refuses in one word, which is the reason code that the
log and the tally carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SCOPES = frozenset(
    {
        "request.submit",
        "request.read",
        "consent.read",
        "consent.record",
        "person.read",
        "guide.read",
        "guide.write",
        "capacity.write",
        "referral.read",
        "referral.respond",
        "referral.submit",
        "webhook.manage",
        "notification.read",
        "audit.read",
        "audit.verify",
    },
)

TOKEN_LIFE = 300
ASSERTION_LIFE = 300
SKEW = 5
CODE_LIFE = timedelta(seconds=60)
HALF_WAY_LIFE = timedelta(minutes=5)
IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=10)
FORGOTTEN_AFTER = timedelta(hours=1)
SOONEST_AGAIN = timedelta(minutes=1)

_HEADER = {"alg", "typ", "kid"}
_TYPES = {"jwt", "client-authentication+jwt"}
_LONGEST_JTI = 128
_CONTROL = re.compile(r"[\x00-\x20\x7f-\uffff]")


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures pass freely, and how long at most the next try must wait."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many *failures*: doubling, never for ever."""
        if failures < self.free:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(failures - self.free, 20)), self.longest)


PATIENCE = {
    "account": Patience(free=5, longest=timedelta(minutes=5)),
    "address": Patience(free=40, longest=timedelta(minutes=5)),
    "token": Patience(free=300, longest=timedelta(minutes=1)),
}


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed tries of one account or address, as remembered."""

    failures: int
    last_at: datetime

    def at(self, now: datetime) -> int:
        """Return the failures that still count at *now*."""
        return 0 if now - self.last_at >= FORGOTTEN_AFTER else self.failures


def wait_left(kind: str, tries: Tries | None, now: datetime) -> timedelta:
    """Return how long the next try must still wait; zero when it may go ahead."""
    if tries is None:
        return timedelta(0)
    since = max(now - tries.last_at, timedelta(0))
    return max(PATIENCE[kind].wait(tries.at(now)) - since, timedelta(0))


def is_live(now: datetime, *, seen_at: datetime, ends_at: datetime) -> bool:
    """Tell whether a session is neither idle too long nor past its end."""
    return seen_at - IDLE <= now < min(seen_at + IDLE, ends_at)


def fault_in_header(header: Mapping[str, Any]) -> str | None:
    """Name what is wrong with a client assertion's header, None if nothing."""
    if header.get("alg") != "ES256":
        return "alg"
    if str(header.get("typ")).lower() not in _TYPES:
        return "typ"
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        return "kid"
    return "header" if set(header) - _HEADER else None


def fault_in_claims(
    claims: Mapping[str, Any], *, audiences: Collection[str], now: int
) -> str | None:
    """Name what is wrong with a client assertion's claims, None if nothing (RFC 7523bis)."""
    subject, audience, jti = claims.get("sub"), claims.get("aud"), claims.get("jti")
    if not _is_text(subject):
        return "sub"
    if claims.get("iss") != subject:
        return "iss"
    if not isinstance(audience, str) or audience not in audiences:
        return "aud"
    if not _is_text(jti) or len(jti) > _LONGEST_JTI:
        return "jti"
    return _fault_in_times(claims, now)


def _is_text(value: object) -> TypeGuard[str]:
    """Tell whether *value* is text that a column can hold: no NUL, no half of a letter."""
    return isinstance(value, str) and bool(value) and value.isprintable()


def _fault_in_times(claims: Mapping[str, Any], now: int) -> str | None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(expires) is not int or not now < expires <= now + ASSERTION_LIFE + SKEW:
        return "exp"
    if type(issued) is not int or issued > now + SKEW or expires <= issued:
        return "iat"
    if expires - issued > ASSERTION_LIFE:
        return "exp"
    early = claims.get("nbf", issued)
    return "nbf" if type(early) is not int or early > now + SKEW else None


def is_code_due(max_age: str | None, given_at: datetime, now: datetime) -> bool:
    """Tell whether a service wants a code that is newer than the last one given.

    What is no number counts as none; less than a minute would ask for ever.
    """
    if max_age is None:
        return False
    readable = max_age.isascii() and max_age.isdecimal() and len(max_age) < len("1000000")
    oldest = timedelta(seconds=int(max_age) if readable else 0)
    return abs(now - given_at) > max(oldest, SOONEST_AGAIN)


def granted_scope(asked: str | None, allowed: Collection[str]) -> str | None:
    """Return the scope to grant; None when empty, unknown or more than is allowed."""
    words = (asked or "").split(" ")
    if len(words) != len(set(words)) or not set(words) <= SCOPES & set(allowed):
        return None
    return " ".join(words)


def safe_next(path: str | None) -> str:
    """Return *path* when sign-in may lead there, else the account page."""
    parts = urlsplit(path or "")
    harmless = not parts.scheme and not parts.netloc and not _CONTROL.search(path or "")
    ours = parts.path == "/oauth/authorize"
    return str(path) if harmless and ours else "/account/"


def fold(email: str) -> str:
    """Return *email* as compared: without outer space, case-folded."""
    return email.strip().casefold()
