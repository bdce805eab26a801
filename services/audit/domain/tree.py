"""The Merkle tree of RFC 6962: hashing, and growing it without rereading it.

A `Frontier` is the short list of perfect subtrees a tree of that size consists of;
it is all that is needed to append and to know the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from services.audit.domain.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree: *index* counts the subtrees of that *level* from the left."""

    level: int
    index: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry of the log."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two smaller than *size*."""
    return 1 << ((size - 1).bit_length() - 1)


def peaks(size: int) -> Iterator[tuple[int, int]]:
    """Name level and index of each perfect subtree of a tree, largest first."""
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield level, start >> level
            start += 1 << level


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: enough to append to it and to know its root."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a number of subtrees that cannot belong to this size."""
        if len(self.hashes) != self.size.bit_count():
            message = f"{len(self.hashes)} subtrees cannot make a tree of {self.size}"
            raise FormatError(message)

    def extended(self, leaves: Sequence[bytes]) -> tuple[Frontier, list[Node]]:
        """Append leaf hashes; return the new edge and every perfect subtree completed."""
        stack, nodes = list(self.hashes), []
        for index, leaf in enumerate(leaves, start=self.size):
            here, top, level = leaf, index, 0
            while top & 1:
                here, top, level = node_hash(stack.pop(), here), top >> 1, level + 1
                nodes.append(Node(level, top, here))
            stack.append(here)
        return Frontier(self.size + len(leaves), tuple(stack)), nodes

    @property
    def root(self) -> bytes:
        """The hash of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, root = self.hashes
        for left in reversed(rest):
            root = node_hash(left, root)
        return root

    def nodes(self) -> Iterator[Node]:
        """Name the perfect subtrees of this edge."""
        for (level, index), value in zip(peaks(self.size), self.hashes, strict=True):
            yield Node(level, index, value)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    return Frontier().extended(list(leaves))[0].root
