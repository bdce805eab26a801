"""What somebody looked for in the guide, between the form they sent and the page they come back to.

Promise: no address shows it, so Back and reload send nothing twice and a browser's history tells
nothing. The browser holds it sealed, without the postcode, for half an hour; opening the guide
anew forgets it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app, session

if TYPE_CHECKING:
    from datetime import datetime

HELD = 30 * 60
PURPOSE = b"what was looked for in the guide"


def hold(name: str, told: dict[str, Any], now: datetime) -> None:
    """Let the browser hold *told*, which it cannot read, until it is closed or time is up."""
    sealed = _keys().encrypt_at_time(orjson.dumps(told), int(now.timestamp()))
    session[name] = sealed.decode()


def held(name: str, now: datetime) -> dict[str, Any] | None:
    """Return what the browser holds, None where it is nothing, too old, or not ours."""
    sealed = session.get(name)
    if not isinstance(sealed, str):
        return None
    try:
        opened = _keys().decrypt_at_time(sealed.encode(), HELD, int(now.timestamp()))
    except InvalidToken:
        return None
    told: dict[str, Any] = orjson.loads(opened)
    return told


def forget(name: str) -> None:
    """Let the browser forget it."""
    session.pop(name, None)


def _keys() -> MultiFernet:
    older = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    return MultiFernet([_key(secret) for secret in (current_app.config["SECRET_KEY"], *older)])


def _key(secret: str | bytes) -> Fernet:
    raw = secret if isinstance(secret, bytes) else secret.encode()
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(raw)
    return Fernet(base64.urlsafe_b64encode(derived))
