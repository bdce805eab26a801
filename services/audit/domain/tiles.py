"""How a log lies in files: hash tiles and entry tiles (c2sp.org/tlog-tiles)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.audit.domain.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH = 256
HEIGHT = 8
MAX_ENTRY = 65_535
ENTRIES = "entries"
_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<folders>(?:x[0-9]{3}/){0,6})(?P<last>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 hashes of one tree level, or up to 256 entries (level None)."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where the tile lies below the log's address."""
        level = ENTRIES if self.level is None else str(self.level)
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @property
    def first(self) -> int:
        """The position of the tile's first hash (or entry) among those of its level."""
        return self.index * WIDTH


def parse_path(path: str) -> Tile:
    """Read a tile's path in the one spelling that Tile.path writes."""
    found = _PATH.match(path.removeprefix("tile/"))
    if not found:
        message = f"{path[:80]!r} is not the path of a tile"
        raise FormatError(message)
    digits = found["folders"].replace("x", "").replace("/", "") + found["last"]
    level = None if found["level"] == ENTRIES else int(found["level"])
    tile = Tile(level, int(digits), int(found["width"] or WIDTH))
    if tile.path.removeprefix("tile/") != path.removeprefix("tile/") or tile.width > WIDTH:
        message = f"{path[:80]!r} is not how that tile is named"
        raise FormatError(message)
    return tile


def hash_tiles(size: int) -> Iterator[Tile]:
    """Name every hash tile of a log of this size, full ones and the last partial one."""
    level = 0
    while size >> (HEIGHT * level):
        yield from _row(level, size >> (HEIGHT * level))
        level += 1


def entry_tiles(size: int) -> Iterator[Tile]:
    """Name every entry tile of a log of this size."""
    yield from _row(None, size)


def _row(level: int | None, count: int) -> Iterator[Tile]:
    full, rest = divmod(count, WIDTH)
    for index in range(full):
        yield Tile(level, index)
    if rest:
        yield Tile(level, full, rest)


def within(tile: Tile, size: int) -> bool:
    """Say whether a log of this size can already serve the tile."""
    count = size if tile.level is None else size >> (HEIGHT * tile.level)
    return tile.first + tile.width <= count


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """Write an entry tile."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unpack_entries(data: bytes) -> list[tuple[int, bytes]]:
    """Read an entry tile as (offset of the entry, entry)."""
    found, offset = [], 0
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 2])
        entry = data[offset + 2 : offset + 2 + length]
        if offset + 2 > len(data) or len(entry) != length:
            message = f"the entry at byte {offset} runs past the end of the tile"
            raise FormatError(message)
        found.append((offset + 2, entry))
        offset += 2 + length
    return found
