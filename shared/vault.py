"""Personal data at rest: one data key per person or request, wrapped by one key per service.

Promise: a sealed value opens only with its own data key and in the row and column it was
sealed for; destroying the wrapped data key makes every value under it unreadable.
AES-256-GCM for values, AES-KW (RFC 3394) for data keys, HMAC-SHA256 for blind indexes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.blind_index import LookupKeys, digest, digest_of_parts, normalise
from shared.key_files import KeysRefusedError, read_or_create, read_private, replace
from shared.key_keepers import KEY_BYTES, KeyKeeper
from shared.key_ring import KeyRing, SealBrokenError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Context", "KeysRefusedError", "SealBrokenError", "Vault", "WrappedKey", "normalise"]

WrappedKey: TypeAlias = bytes

VERSION = 1
_KEK_ID = slice(1, 9)
_DEK_ID = slice(9, 25)
_NONCE = slice(25, 37)
_BODY = slice(37, None)
_SHORTEST_BLOB = 37 + 16
WRAPPED_BYTES = 8 + 56


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


class Vault:
    """Seals, opens and indexes the personal data of one service."""

    def __init__(self, service: str, keys_dir: Path, keeper: KeyKeeper | None = None) -> None:
        """Open the service's keys, making them on the first start."""
        self._index = keys_dir / f"{service}.index"
        self.ring = KeyRing(service, keys_dir, keeper, may_create=not self._index.exists())
        fresh = self.ring.current.wrap(os.urandom(KEY_BYTES))
        self._index_root = self.ring.unwrap_any(read_or_create(self._index, fresh))
        self.lookup_keys = LookupKeys(service, keys_dir, self.ring)

    def new_key(self) -> WrappedKey:
        """Return a new data key, wrapped; whoever deletes it has shredded all sealed under it."""
        dek_id, dek, kek = os.urandom(16), os.urandom(KEY_BYTES), self.ring.current
        return kek.id + kek.wrap(dek_id + dek)

    def rewrap(self, wrapped: WrappedKey) -> WrappedKey:
        """Return the same data key under the present key encryption key."""
        dek_id, dek = self._unwrap(wrapped)
        kek = self.ring.current
        return kek.id + kek.wrap(dek_id + dek)

    def rewrap_files(self) -> None:
        """Put the keys of blind indexes under the present key encryption key."""
        root = self.ring.unwrap_any(read_private(self._index))
        replace(self._index, self.ring.current.wrap(root))
        self.lookup_keys.rewrap()

    def seal(self, wrapped: WrappedKey, plaintext: str | bytes, context: Context) -> bytes:
        """Return *plaintext* sealed under the wrapped key, bound to *context*."""
        dek_id, dek = self._unwrap(wrapped)
        value = plaintext.encode() if isinstance(plaintext, str) else plaintext
        head = bytes([VERSION]) + wrapped[:8] + dek_id
        nonce = os.urandom(12)
        return head + nonce + AESGCM(dek).encrypt(nonce, value, context.associated_data())

    def open(self, wrapped: WrappedKey, blob: bytes, context: Context) -> bytes:
        """Return the sealed bytes, or raise SealBrokenError."""
        if len(blob) < _SHORTEST_BLOB or blob[0] != VERSION:
            raise SealBrokenError("this is not a sealed value of a known version")
        dek_id, dek = self._unwrap(wrapped)
        # The key it was sealed under may have been replaced since; its name stays known.
        if blob[_DEK_ID] != dek_id or not self.ring.knows(blob[_KEK_ID]):
            raise SealBrokenError("the value was sealed under another key")
        try:
            return AESGCM(dek).decrypt(blob[_NONCE], blob[_BODY], context.associated_data())
        except InvalidTag as error:
            raise SealBrokenError("the value was altered or moved") from error

    def blind_index(self, field: str, value: str) -> bytes:
        """Return 16 bytes that are equal for equal values of *field* and tell nothing else."""
        return digest(self._index_root, field, value)

    def lookups(self, name: str, parts: Sequence[tuple[str, str]]) -> dict[int, bytes]:
        """Return the index of several (field, value) parts together, by generation of its key.

        The first answers; a second is there only while the index key is replaced.
        """
        roots = self.lookup_keys.roots()
        return {number: digest_of_parts(root, name, parts) for number, root in roots.items()}

    def _unwrap(self, wrapped: WrappedKey) -> tuple[bytes, bytes]:
        if len(wrapped) != WRAPPED_BYTES:
            raise SealBrokenError("this is not a wrapped data key")
        inner = self.ring.of(wrapped[:8]).unwrap(wrapped[8:])
        return inner[:16], inner[16:]
