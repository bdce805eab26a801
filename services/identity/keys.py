"""The keys that sign tokens: ES256, in files that only this user may read.

Promise: tokens are signed with the current key alone; the next key is published long
before it is used, the previous one until the last token it signed is over.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeySet

from shared.vault import KeysRefusedError


class SigningKeys:
    """The issuer's current, next and previous signing keys, kept under one folder."""

    def __init__(self, folder: Path) -> None:
        """Read the keys, making what is missing on the first start."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._read()

    def _read(self) -> None:
        self.current = _read_or_make(self._file("current"))
        self.next = _read_or_make(self._file("next"))
        previous = self._file("previous")
        self.previous = _read(previous) if previous.exists() else None

    def _file(self, which: str) -> Path:
        return self._folder / f"identity.signing.{which}.jwk"

    def signing(self) -> KeySet:
        """Return the current key alone, as a set: so the token names its kid."""
        return KeySet([self.current])

    def published(self) -> dict[str, Any]:
        """Return the public keys as a JWK Set (RFC 7517)."""
        keys = {key.kid: key for key in (self.current, self.next, self.previous) if key}
        return {"keys": [_public(key) for key in keys.values()]}

    def rotate(self) -> None:
        """Begin to sign with the next key, and make the one after it."""
        _write(self._file("previous"), _private(self.current))
        self._file("next").replace(self._file("current"))
        self._read()


def new_key() -> ECKey:
    """Return a new P-256 key whose kid is its thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256")
    return ECKey.import_key({**key.as_dict(private=True), **_marks(key)})


def _marks(key: ECKey) -> dict[str, str]:
    return {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"}


def _private(key: ECKey) -> dict[str, Any]:
    return dict(key.as_dict(private=True))


def _public(key: ECKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def private_jwk(key: ECKey) -> dict[str, Any]:
    """Return the whole key, for the file or the client that owns it."""
    return _private(key)


def public_jwk(key: ECKey) -> dict[str, Any]:
    """Return the public half, for whoever checks signatures."""
    return _public(key)


def _read_or_make(path: Path) -> ECKey:
    if not path.exists():
        _write(path, _private(new_key()), anew=True)
    return _read(path)


def _read(path: Path) -> ECKey:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.geteuid():
            raise KeysRefusedError(f"{path.name} must belong to this user alone (mode 0600)")
        return ECKey.import_key(json.load(file))


def _write(path: Path, jwk: dict[str, Any], *, anew: bool = False) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(jwk, file)
        file.flush()
        os.fsync(file.fileno())
    if not anew:
        Path(draft).replace(path)
        return
    # A link is refused when another process was first: then theirs is the key.
    with suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()
