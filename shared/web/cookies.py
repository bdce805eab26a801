"""Cookies and the key that signs them.

Promise: over https every cookie is `__Host-` (this host alone, encrypted only); the
signing key is made once, kept in a file only its owner may read, and never logged.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from flask import Flask

    from shared.settings import Settings


def encrypted(settings: Settings) -> bool:
    """Tell whether people reach this deployment over https."""
    return urlsplit(settings.base_url).scheme == "https"


def cookie_name(name: str, settings: Settings) -> str:
    """Return *name* bound to this host where the site is encrypted."""
    return f"__Host-onward-{name}" if encrypted(settings) else f"onward-{name}"


def install(app: Flask, service: str, settings: Settings) -> None:
    """Set the cookie that holds the CSRF secret of this browser, and its signing key."""
    current, *older = signing_keys(settings.keys / f"{service}-forms.key")
    app.config.update(
        SECRET_KEY=current,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME=cookie_name(f"{service}-form", settings),
        SESSION_COOKIE_SECURE=encrypted(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
    )


def signing_keys(file: Path) -> list[str]:
    """Return the keys in *file*, newest first; make the first one if there is none."""
    if not file.exists():
        _write_once(file, secrets.token_hex(32) + "\n")
    return file.read_text(encoding="ascii").split()


def _write_once(file: Path, text: str) -> None:
    """Write *file* whole or not at all; whoever is first wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w", encoding="ascii") as fresh:
        fresh.write(text)
        fresh.flush()
        os.fsync(fresh.fileno())
    with suppress(FileExistsError):
        os.link(name, file)
    Path(name).unlink()
