"""Finding the one byte: of all single-byte changes, the one that makes the hash fit again."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LARGEST_WORK = 3_000_000_000  # bytes to hash at most while searching: some seconds


def first_difference(data: bytes, expected: bytes) -> int | None:
    """Return the first byte at which *data* is not as expected."""
    for at, (here, there) in enumerate(zip(data, expected, strict=False)):
        if here != there:
            return at
    return None if len(data) == len(expected) else min(len(data), len(expected))


def changed_byte(entry: bytes, expected: bytes) -> int | None:
    """Return which byte of *entry* was changed, if undoing one change gives its leaf hash."""
    if len(entry) ** 2 * 255 > _LARGEST_WORK:
        return None
    begun = sha256(b"\x00")
    for at, here in enumerate(entry):
        rest = entry[at + 1 :]
        for byte in range(256):
            if byte != here:
                attempt = begun.copy()
                attempt.update(bytes([byte]) + rest)
                if attempt.digest() == expected:
                    return at
        begun.update(entry[at : at + 1])
    return None


def true_length(data: bytes, at: int, expected: bytes) -> int | None:
    """Return the length that makes the entry at *at* hash as expected."""
    hashing = sha256(b"\x00")
    for length, byte in enumerate(data[at : at + 65_535], start=1):
        hashing.update(bytes([byte]))
        if hashing.copy().digest() == expected:
            return length
    return None


def mended(data: bytes, spelled: Iterable[int], fits: Callable[[bytes], bool]) -> int | None:
    """Return which byte of *data*, replaced by one of *spelled*, makes the whole fit."""
    letters = tuple(spelled)
    for at in range(len(data)):
        for byte in letters:
            if byte != data[at] and fits(data[:at] + bytes([byte]) + data[at + 1 :]):
                return at
    return None
