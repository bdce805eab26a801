"""The entries, tile by tile: each is hashed again and held against its stored leaf hash.

Two trees grow side by side, one from the entries and one from the stored hashes. The signed
root says later which of the two is right, and so which file was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.audit.domain.errors import FormatError
from services.audit.domain.tiles import WIDTH, Tile, unpack_entries
from services.audit.domain.tree import HASH_SIZE, leaf_hash
from services.audit.verify.locate import changed_byte, first_difference, true_length
from services.audit.verify.report import Finding, Report
from services.audit.verify.trees import Grown

if TYPE_CHECKING:
    Read = Callable[[str], bytes | None]
    Cut = list[tuple[int, bytes]]

_MOST_SEARCHED = 3


@dataclass(frozen=True, slots=True)
class Suspect:
    """An entry that does not fit its stored leaf hash: one of the two was changed."""

    entry: Finding
    hash: Finding


@dataclass(slots=True)
class Walk:
    """Reads *size* entries; stops at the first tile that is not there."""

    read: Read
    size: int
    report: Report
    on_entry: Callable[[int, bytes], None]
    by_entries: Grown
    by_hashes: Grown
    suspects: list[Suspect] = field(default_factory=list)
    missing: str | None = None

    def run(self) -> None:
        """Read and hash everything."""
        for first in range(0, self.size, WIDTH):
            tile = Tile(None, first // WIDTH, min(WIDTH, self.size - first))
            packed = self.read(tile.path)
            if packed is None:
                self.missing = tile.path
                return
            self._tile(tile, packed)

    def _tile(self, tile: Tile, packed: bytes) -> None:
        stored = self._stored(Tile(0, tile.index, tile.width))
        leaves: list[bytes] = []
        for at, entry in self._cut(tile, packed, stored):
            seq, value = tile.first + len(leaves), leaf_hash(entry)
            if stored and stored[len(leaves)] != value:
                self._suspect(tile, len(leaves), at, entry, stored[len(leaves)])
            else:
                self.on_entry(seq, entry)
            leaves.append(value)
        rest = range(len(leaves), tile.width)
        leaves += [stored[n] if stored else bytes(HASH_SIZE) for n in rest]
        self.by_entries.take(leaves)
        self.by_hashes.take(stored or leaves)

    def _stored(self, tile: Tile) -> list[bytes] | None:
        """Return the stored leaf hashes of a tile, if they are all there."""
        data = self.read(tile.path)
        if data is None:
            return None
        if len(data) != tile.width * HASH_SIZE:
            says = f"{len(data)} bytes where {tile.width * HASH_SIZE} belong"
            self.report.add(Finding("hash-tile", says, tile.path))
            return None
        return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]

    def _cut(self, tile: Tile, packed: bytes, stored: list[bytes] | None) -> Cut:
        """Cut a tile into its entries, as far as their lengths make sense."""
        try:
            cut = unpack_entries(packed)
        except FormatError:
            cut = []
        return cut if len(cut) == tile.width else self._cut_by_hash(tile, packed, stored)

    def _cut_by_hash(self, tile: Tile, packed: bytes, stored: list[bytes] | None) -> Cut:
        """Cut as far as entries fit their stored hashes, and name the place where they stop."""
        cut: Cut = []
        at = 0
        while len(cut) < tile.width:
            length = int.from_bytes(packed[at : at + 2])
            entry = packed[at + 2 : at + 2 + length]
            if not stored or len(entry) != length or leaf_hash(entry) != stored[len(cut)]:
                expected = stored[len(cut)] if stored else None
                self.report.add(_bad_length(tile, packed, at, len(cut), expected))
                return cut
            cut.append((at + 2, entry))
            at += 2 + length
        says = "there are bytes after the last entry"
        self.report.add(Finding("entry-tile", says, tile.path, at))
        return cut

    def _suspect(self, tile: Tile, n: int, at: int, entry: bytes, stored: bytes) -> None:
        search = len(self.suspects) < _MOST_SEARCHED
        byte = changed_byte(entry, stored) if search else None
        says = "this byte of the entry was changed" if byte is not None else "the entry was changed"
        here = Finding("entry-changed", says, tile.path, at + (byte or 0), tile.first + n)
        place = n * HASH_SIZE + (first_difference(stored, leaf_hash(entry)) or 0)
        path = Tile(0, tile.index, tile.width).path
        says = "the stored hash of this entry was changed"
        there = Finding("hash-changed", says, path, place, tile.first + n)
        self.suspects.append(Suspect(here, there))


def _bad_length(tile: Tile, packed: bytes, at: int, done: int, expected: bytes | None) -> Finding:
    seq = tile.first + done
    length = true_length(packed, at + 2, expected) if expected else None
    if length is None:
        says = "from here on the tile cannot be cut into entries"
        return Finding("entry-tile", says, tile.path, at, seq)
    wrong = first_difference(packed[at : at + 2], length.to_bytes(2)) or 0
    says = f"this byte of the entry's length was changed; the entry has {length} bytes"
    return Finding("entry-tile", says, tile.path, at + wrong, seq)
