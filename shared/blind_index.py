"""Blind indexes: equal values give equal bytes, and the bytes tell nothing else.

Promise: what people spell differently without meaning another thing is one value. What could be
guessed by trying (a birth date) is only ever indexed together with more.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from shared.key_files import create, read_private, replace, sync_folder
from shared.key_keepers import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shared.key_ring import KeyRing

INDEX_BYTES = 16
_BETWEEN = b"\x1f"  # no normalised value holds it, so no two lists of parts read alike
_COUNTS: dict[str, Callable[[str], bool]] = {
    "phone": str.isdecimal,
    "email": lambda letter: not letter.isspace(),
}
_ASCII = [chr(number) for number in range(128)]


def normalise(field: str, value: str) -> bytes:
    """Return *value* as compared by a blind index: compatible forms and cases are one.

    Digits of every script are the same digits. Telephone numbers keep digits, addresses for
    e-mail all but spaces, the rest letters and digits.
    """
    counts = _COUNTS.get(field, str.isalnum)
    if value.isascii():  # nearly all are, and none of the care below changes them
        return value.lower().translate(_left_out(counts)).encode()
    kept = "".join(_plain(letter) for letter in _folded(value) if counts(letter))
    return unicodedata.normalize("NFKC", kept).encode()


@cache
def _left_out(counts: Callable[[str], bool]) -> dict[int, None]:
    return {ord(letter): None for letter in _ASCII if not counts(letter)}


def _folded(value: str) -> str:
    # Surrogates that stand alone are no text; they compare as the mark for what is unreadable.
    text = value.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _plain(letter: str) -> str:
    number = unicodedata.decimal(letter, None)
    return letter if number is None else str(number)


def digest(root: bytes, field: str, value: str) -> bytes:
    """Return the index of one *value* of *field* under the key *root*."""
    return hmac.digest(_field_key(root, field), normalise(field, value), "sha256")[:INDEX_BYTES]


def digest_of_parts(root: bytes, name: str, parts: Sequence[tuple[str, str]]) -> bytes:
    """Return the index of several (field, value) *parts* taken together."""
    joined = _BETWEEN.join(normalise(field, value) for field, value in parts)
    return hmac.digest(_field_key(root, name), joined, "sha256")[:INDEX_BYTES]


def _field_key(root: bytes, field: str) -> bytes:
    return hmac.digest(root, b"blind index " + field.encode(), "sha256")


class LookupKeys:
    """The keys of one service's blind indexes that can be computed again, by generation.

    Usually there is one generation. While the index key is replaced there are two: the lower one
    still answers, the higher one is being filled in beside it, and what is new has both.
    """

    def __init__(self, service: str, folder: Path, ring: KeyRing) -> None:
        self._service, self._folder, self._ring = service, folder, ring
        self._seen = 0
        self._known: dict[int, bytes] = {}

    def roots(self) -> dict[int, bytes]:
        """Return the keys in use, the generation that answers first."""
        stamp = self._folder.stat().st_mtime_ns
        if stamp != self._seen:
            self._known, self._seen = self._read(), stamp
        if not self._known:
            self.begin(1)
            self._known = self._read()
        return self._known

    def begin(self, generation: int) -> None:
        """Make the key of one more generation, unless it is there."""
        create(self.file(generation), self._ring.current.wrap(os.urandom(KEY_BYTES)))

    def end(self, generation: int) -> None:
        """Destroy the key of a generation that answers nothing any more."""
        self.file(generation).unlink(missing_ok=True)
        sync_folder(self._folder)

    def rewrap(self) -> None:
        """Put every key under the present key encryption key."""
        for path in self._files():
            replace(path, self._ring.current.wrap(self._ring.unwrap_any(read_private(path))))

    def file(self, generation: int) -> Path:
        """Return where the key of a generation lies."""
        return self._folder / f"{self._service}.lookup.{generation}"

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"{self._service}.lookup.*"), key=_generation)

    def _read(self) -> dict[int, bytes]:
        unwrap = self._ring.unwrap_any
        return {_generation(path): unwrap(read_private(path)) for path in self._files()}


def _generation(path: Path) -> int:
    return int(path.suffix[1:])
