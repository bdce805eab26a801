"""The key encryption keys of one service: the present one, and the one that is being replaced.

Promise: whoever wraps takes the present key, also when it was replaced while the process runs;
whoever unwraps finds the key that was used. The old key goes only when nothing is under it.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from shared.errors import Permanent
from shared.key_files import (
    KeysRefusedError,
    create,
    read_or_create,
    read_private,
    replace,
    sync_folder,
)
from shared.key_keepers import KEY_BYTES, KeyKeeper, chosen_keeper

if TYPE_CHECKING:
    from pathlib import Path

ID_BYTES = 8


class SealBrokenError(Permanent):
    """A sealed value was altered, moved, or is not under the key it was opened with."""


class KeyEncryptionKey(Protocol):
    """What wraps data keys."""

    @property
    def id(self) -> bytes:
        """Return the eight bytes that name this key."""

    def wrap(self, key: bytes) -> bytes:
        """Return *key* wrapped."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key inside, or raise SealBrokenError."""


class HeldKek:
    """A key encryption key in this process's memory: AES-KW (RFC 3394)."""

    def __init__(self, secret: bytes) -> None:
        """Hold the *secret*."""
        self._secret = secret
        self._id = hmac.digest(secret, b"onward kek id", "sha256")[:ID_BYTES]

    @property
    def id(self) -> bytes:
        """Return the eight bytes that name this key."""
        return self._id

    def wrap(self, key: bytes) -> bytes:
        """Return *key* wrapped."""
        return aes_key_wrap(self._secret, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key inside, or raise SealBrokenError."""
        try:
            return aes_key_unwrap(self._secret, wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise SealBrokenError("the data key does not unwrap") from error


@dataclass(frozen=True, slots=True)
class _Ring:
    """What the key files held when they were read last."""

    stamp: tuple[int, int, bool]
    current: KeyEncryptionKey
    keys: dict[bytes, KeyEncryptionKey]
    retired: frozenset[bytes]


class KeyRing:
    """The keys of one service, read from its folder again whenever they were replaced.

    Replacing goes through three files and may be broken off between any two steps:
    `.kek.new` is made, `.kek.old` is linked to the present one, `.kek.new` takes its name.
    """

    def __init__(
        self,
        service: str,
        folder: Path,
        keeper: KeyKeeper | None = None,
        *,
        may_create: bool = False,
    ) -> None:
        """Read the keys of *service*, making the first one if that is allowed."""
        self._service, self._keeper = service, keeper or chosen_keeper()
        self._path = folder / f"{service}.kek"
        self._new, self._old = folder / f"{service}.kek.new", folder / f"{service}.kek.old"
        self._retired = folder / f"{service}.kek.retired"
        if not self._path.exists():
            self._make(may_create=may_create)
        self._ring = self._read()

    @property
    def current(self) -> KeyEncryptionKey:
        """Return the key to wrap with now."""
        if self._stamp() != self._ring.stamp:
            self._ring = self._read()
        return self._ring.current

    def of(self, kek_id: bytes) -> KeyEncryptionKey:
        """Return the key of this name, or raise SealBrokenError."""
        found = self._fresh(kek_id).keys.get(kek_id)
        if found is None:
            raise SealBrokenError("the data key belongs to another service key")
        return found

    def knows(self, kek_id: bytes) -> bool:
        """Tell whether a key of this name is, or ever was, this service's."""
        ring = self._fresh(kek_id)
        return kek_id in ring.keys or kek_id in ring.retired

    def unwrap_any(self, wrapped: bytes) -> bytes:
        """Return the key inside a file, whichever of ours wrapped it."""
        for key in (self.current, *self._ring.keys.values()):
            try:
                return key.unwrap(wrapped)
            except SealBrokenError:
                continue
        raise KeysRefusedError(f"a key file of {self._service} is under none of its keys")

    @property
    def leaving(self) -> KeyEncryptionKey | None:
        """Return the key that is being replaced, None when there is none."""
        if not self._old.exists():
            return None
        self._ring = self._read()
        others = [key for key in self._ring.keys.values() if key.id != self._ring.current.id]
        return others[0] if others else None

    def replace(self) -> None:
        """Put a new key in the place of the present one, which stays beside it as the old one.

        What was broken off is continued: there is never more than one old key.
        """
        if self._old.exists() and not self._new.exists():
            return
        if not self._new.exists():
            create(self._new, self._keeper.put_away(self._service, os.urandom(KEY_BYTES)))
        self._note_retired(self._ring.current.id)
        if not self._old.exists():
            os.link(self._path, self._old)
            sync_folder(self._path.parent)
        self._new.replace(self._path)
        sync_folder(self._path.parent)
        self._ring = self._read()

    def forget_old(self) -> None:
        """Destroy the old key. Call it when nothing is wrapped under it any more."""
        self._old.unlink(missing_ok=True)
        sync_folder(self._path.parent)
        self._ring = self._read()

    def _fresh(self, kek_id: bytes) -> _Ring:
        """Return the ring, read again if it lacks a key and its files have changed."""
        if kek_id not in self._ring.keys and self._stamp() != self._ring.stamp:
            self._ring = self._read()
        return self._ring

    def _note_retired(self, kek_id: bytes) -> None:
        # Values keep the name of the key they were sealed under; it stays known without the key.
        known = self._names()
        if kek_id not in known:
            lines = sorted(one.hex() for one in (*known, kek_id))
            replace(self._retired, "".join(f"{line}\n" for line in lines).encode())

    def _names(self) -> frozenset[bytes]:
        if not self._retired.exists():
            return frozenset()
        lines = read_private(self._retired).decode("ascii").split()
        return frozenset(bytes.fromhex(line) for line in lines)

    def _make(self, *, may_create: bool) -> None:
        if not may_create:
            # A silently replaced key would leave every stored value unreadable.
            name = self._path.name
            raise KeysRefusedError(f"{name} is missing but data sealed under it may exist")
        content = self._keeper.put_away(self._service, os.urandom(KEY_BYTES))
        read_or_create(self._path, content)

    def _read(self) -> _Ring:
        stamp = self._stamp()
        current = self._kek(self._path)
        keys: dict[bytes, KeyEncryptionKey] = {current.id: current}
        try:
            old = self._kek(self._old)
            keys.setdefault(old.id, old)
        except FileNotFoundError:
            pass
        return _Ring(stamp, current, keys, self._names())

    def _kek(self, path: Path) -> HeldKek:
        secret = self._keeper.take_out(self._service, read_private(path))
        if len(secret) != KEY_BYTES:
            raise KeysRefusedError(f"{path.name} does not hold a key of {KEY_BYTES} bytes")
        return HeldKek(secret)

    def _stamp(self) -> tuple[int, int, bool]:
        facts = self._path.stat()
        return facts.st_ino, facts.st_mtime_ns, self._old.exists()
