"""Passwords as Argon2id hashes, and six-digit codes (RFC 6238).

Promise: checking a password costs the same whether or not the account exists.
"""

from __future__ import annotations

import hmac
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# OWASP's second choice (19 MiB, 2 passes): each check in flight holds that much memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 2
_IN_FLIGHT = BoundedSemaphore(_AT_ONCE)
_STEP = 30
_LONGEST_PASSWORD = 1024


def hash_password(password: str) -> str:
    """Return the Argon2id hash of *password*."""
    return _HASHER.hash(password)


def hash_passwords(passwords: Iterable[str]) -> list[str]:
    """Return the hash of each of *passwords*, two made at once: neither needs the interpreter."""
    with ThreadPoolExecutor(_AT_ONCE) as hashers:
        return list(hashers.map(hash_password, passwords))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether *password* made the *stored* hash; None costs as much and is False."""
    with _IN_FLIGHT:
        try:
            _HASHER.verify(stored or _decoy(), password[:_LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


@cache
def _decoy() -> str:
    return hash_password(pyotp.random_base32())


def prepare() -> None:
    """Make the decoy now, so that the first unknown account is not told by its slowness."""
    _decoy()


def new_totp_secret() -> str:
    """Return a new secret for an authenticator app."""
    return pyotp.random_base32()


def code_at(secret: str, moment: datetime) -> str:
    """Return the code that an authenticator app shows at *moment*."""
    return pyotp.TOTP(secret).at(moment)


def step_of_code(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that *code* belongs to, one either side of *now* allowed."""
    digits = "".join(code.split())
    if not digits.isascii():
        return None
    present, generator = int(now.timestamp()) // _STEP, pyotp.TOTP(secret)
    steps = (present - 1, present, present + 1)
    fitting = [s for s in steps if hmac.compare_digest(generator.generate_otp(s), digits)]
    return max(fitting, default=None)
