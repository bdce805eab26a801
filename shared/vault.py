"""Personal data at rest: one data key per person or request, wrapped by one key per service.

Promise: a sealed value opens only with its own data key and in the row and column it was
sealed for; destroying the wrapped data key makes every value under it unreadable.
AES-256-GCM for values, AES-KW (RFC 3394) for data keys, HMAC-SHA256 for blind indexes.
"""

from __future__ import annotations

import hmac
import os
import stat
import tempfile
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from shared.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable

WrappedKey: TypeAlias = bytes

VERSION = 1
KEY_BYTES = 32
INDEX_BYTES = 16
_KEK_ID = slice(1, 9)
_DEK_ID = slice(9, 25)
_NONCE = slice(25, 37)
_BODY = slice(37, None)
_SHORTEST_BLOB = 37 + 16
_WRAPPED_BYTES = 8 + 56
_COUNTS: dict[str, Callable[[str], bool]] = {
    "phone": str.isdecimal,
    "email": lambda letter: not letter.isspace(),
}


class SealBrokenError(Permanent):
    """A sealed value was altered, moved, or is not under the key it was opened with."""


class KeysRefusedError(Permanent):
    """The service's key file is missing, damaged, or readable by others."""


@dataclass(frozen=True, slots=True)
class Context:
    """The one place a sealed value belongs to."""

    service: str
    table: str
    column: str
    row_id: UUID | str

    def associated_data(self) -> bytes:
        """Return the canonical JSON (RFC 8785) that binds a value to its place."""
        place = {
            "service": self.service,
            "table": self.table,
            "column": self.column,
            "row_id": str(self.row_id),
            "v": VERSION,
        }
        return orjson.dumps(place, option=orjson.OPT_SORT_KEYS)


class KeyEncryptionKey(Protocol):
    """What wraps data keys: a file here, a key management service elsewhere."""

    @property
    def id(self) -> bytes:
        """Return the eight bytes that name this key."""

    def wrap(self, key: bytes) -> bytes:
        """Return *key* wrapped."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key inside, or raise SealBrokenError."""


class FileKek:
    """A key encryption key held in a file that only its owner may read."""

    def __init__(self, secret: bytes) -> None:
        """Hold the *secret* read from the file."""
        self._secret = secret
        self._id = hmac.digest(secret, b"onward kek id", "sha256")[:8]

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


class Vault:
    """Seals, opens and indexes the personal data of one service."""

    def __init__(self, service: str, keys_dir: Path, kek: KeyEncryptionKey | None = None) -> None:
        """Open the service's keys, making them on the first start."""
        index = keys_dir / f"{service}.index"
        self._kek = kek or _file_kek(keys_dir / f"{service}.kek", may_create=not index.exists())
        fresh = self._kek.wrap(os.urandom(KEY_BYTES))
        self._index_root = self._kek.unwrap(_read_or_create(index, fresh))

    def new_key(self) -> WrappedKey:
        """Return a new data key, wrapped; whoever deletes it has shredded all sealed under it."""
        dek_id, dek = os.urandom(16), os.urandom(KEY_BYTES)
        return self._kek.id + self._kek.wrap(dek_id + dek)

    def seal(self, wrapped: WrappedKey, plaintext: str | bytes, context: Context) -> bytes:
        """Return *plaintext* sealed under the wrapped key, bound to *context*."""
        dek_id, dek = self._unwrap(wrapped)
        value = plaintext.encode() if isinstance(plaintext, str) else plaintext
        head = bytes([VERSION]) + self._kek.id + dek_id
        nonce = os.urandom(12)
        return head + nonce + AESGCM(dek).encrypt(nonce, value, context.associated_data())

    def open(self, wrapped: WrappedKey, blob: bytes, context: Context) -> bytes:
        """Return the sealed bytes, or raise SealBrokenError."""
        if len(blob) < _SHORTEST_BLOB or blob[0] != VERSION:
            raise SealBrokenError("this is not a sealed value of a known version")
        dek_id, dek = self._unwrap(wrapped)
        if blob[_KEK_ID] != self._kek.id or blob[_DEK_ID] != dek_id:
            raise SealBrokenError("the value was sealed under another key")
        try:
            return AESGCM(dek).decrypt(blob[_NONCE], blob[_BODY], context.associated_data())
        except InvalidTag as error:
            raise SealBrokenError("the value was altered or moved") from error

    def blind_index(self, field: str, value: str) -> bytes:
        """Return 16 bytes that are equal for equal values of *field* and tell nothing else."""
        return hmac.digest(self._field_key(field), normalise(field, value), "sha256")[:INDEX_BYTES]

    def _field_key(self, field: str) -> bytes:
        return hmac.digest(self._index_root, b"blind index " + field.encode(), "sha256")

    def _unwrap(self, wrapped: WrappedKey) -> tuple[bytes, bytes]:
        if len(wrapped) != _WRAPPED_BYTES or wrapped[:8] != self._kek.id:
            raise SealBrokenError("the data key belongs to another service key")
        inner = self._kek.unwrap(wrapped[8:])
        return inner[:16], inner[16:]


def normalise(field: str, value: str) -> bytes:
    """Return *value* as compared by a blind index: compatible forms and cases are one.

    Telephone numbers keep digits, addresses for e-mail all but spaces, the rest letters and digits.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    counts = _COUNTS.get(field, str.isalnum)
    return "".join(letter for letter in folded if counts(letter)).encode()


def _file_kek(path: Path, *, may_create: bool) -> FileKek:
    if not may_create and not path.exists():
        # A silently replaced key would leave every stored value unreadable.
        raise KeysRefusedError(f"{path.name} is missing but data sealed under it may exist")
    secret = _read_or_create(path, os.urandom(KEY_BYTES))
    if len(secret) != KEY_BYTES:
        raise KeysRefusedError(f"{path.name} does not hold a key of {KEY_BYTES} bytes")
    return FileKek(secret)


def _read_or_create(path: Path, content: bytes) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _create(path, content)
    return _read_private(path)


def _create(path: Path, content: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link is refused when another process was first: then theirs is the key.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    _sync_directory(path.parent)


def _sync_directory(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_private(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.geteuid():
            raise KeysRefusedError(f"{path.name} must belong to this user alone (mode 0600)")
        return file.read()
