"""Growing a tree leaf by leaf, remembering its roots at the sizes that were signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.audit.domain.tiles import HEIGHT, Tile
from services.audit.domain.tree import HASH_SIZE, Frontier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Grown:
    """One tree, as far as it has been read."""

    def __init__(self, wanted: Iterable[int]) -> None:
        self.frontier = Frontier()
        self.roots = {0: self.frontier.root}
        self._wanted = sorted(set(wanted) - {0}, reverse=True)
        self._upper: dict[int, bytearray] = {}

    @property
    def size(self) -> int:
        """How many leaves the tree has by now."""
        return self.frontier.size

    def take(self, leaves: Sequence[bytes]) -> None:
        """Append leaf hashes."""
        start = self.size
        while self._wanted and self._wanted[-1] <= start + len(leaves):
            size = self._wanted.pop()
            self._extend(leaves[self.size - start : size - start])
            self.roots[size] = self.frontier.root
        self._extend(leaves[self.size - start :])

    def upper(self, tile: Tile) -> bytes:
        """Return what the tile of an upper level must hold."""
        made = self._upper.get(tile.level or 0, bytearray())
        return bytes(made[tile.first * HASH_SIZE : (tile.first + tile.width) * HASH_SIZE])

    def _extend(self, leaves: Sequence[bytes]) -> None:
        self.frontier, nodes = self.frontier.extended(leaves)
        for node in nodes:
            if node.level % HEIGHT == 0:
                self._upper.setdefault(node.level // HEIGHT, bytearray()).extend(node.hash)
