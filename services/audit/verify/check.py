"""The whole verification, in the order in which trust is won: signatures, then hashes, then sense.

Promise: it says "intact" only if every entry was hashed again, every signed checkpoint is a true
earlier state, every producer's count is unbroken, and nothing in the export is left over.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from services.audit.domain.errors import FormatError
from services.audit.domain.strict import base64_text
from services.audit.domain.tiles import Tile, entry_tiles, hash_tiles, parse_path
from services.audit.verify.contents import Contents
from services.audit.verify.entries import Walk
from services.audit.verify.heads import HEAD, STORED, Heads
from services.audit.verify.history import History
from services.audit.verify.locate import first_difference
from services.audit.verify.report import Exit, Finding, Report
from services.audit.verify.source import DamagedFileError
from services.audit.verify.trees import Grown

if TYPE_CHECKING:
    from services.audit.domain.policy import Policy
    from services.audit.verify.heads import Kept
    from services.audit.verify.source import Source

SINCE = "--since"


def verify(source: Source, policy: Policy, since: bytes | None = None) -> Report:
    """Verify a whole export; *since* is a checkpoint seen before."""
    return _Verification(source, policy).run(since)


class _Verification:
    def __init__(self, source: Source, policy: Policy) -> None:
        self.report = Report()
        self._source = source
        self._policy = policy
        self._heads = Heads(policy, self.report)
        self._names = set(source.names())
        self._contents = Contents(self._names, self._read, self.report)
        self._history = History(self.report)

    def run(self, since: bytes | None) -> Report:
        head = self._head()
        stored = self._heads.read_many(self._read(STORED) or b"", STORED)
        earlier = self._heads.read(since, SINCE) if since is not None else None
        anchor = head or (stored[-1] if stored else None)
        kept = [one for one in (*stored, head, earlier) if one]
        origin = anchor.head.origin if anchor else ""
        self._contents.settle(origin, self._count())
        walk = self._walk({one.head.size for one in kept})
        self._judge(walk, anchor)
        self._compare(walk, kept, earlier)
        self._order(head, stored)
        self._tail(walk, anchor)
        self._fill(anchor, stored, earlier, walk)
        self._contents.check({HEAD, STORED, *(tile.path for tile in self._tiles(walk.size))})
        return self.report

    def _read(self, name: str) -> bytes | None:
        try:
            return self._source.read(name)
        except DamagedFileError as error:
            if not self.report.blames(name):
                self.report.add(Finding("damaged", str(error), name))
            return None

    def _head(self) -> Kept | None:
        data = self._read(HEAD)
        if data is None:
            says = "there is no checkpoint, so nobody vouches for these entries"
            self.report.add(Finding("no-checkpoint", says, HEAD, severity=Exit.INCOMPLETE))
            return None
        head = self._heads.read(data, HEAD)
        if head and len(data) != len(head.note):
            says = "there are bytes after the checkpoint"
            self.report.add(Finding("checkpoint", says, HEAD, len(head.note)))
        if head and not self._policy.satisfied(self._heads.witnesses(head)):
            says = "too few of the policy's witnesses have signed this checkpoint"
            self.report.add(Finding("quorum", says, HEAD, severity=Exit.POLICY))
        return head

    def _count(self) -> int:
        """Return how many entries the export holds, by the names of its tiles."""
        ends = [0]
        for name in self._names:
            try:
                tile = parse_path(name)
            except FormatError:
                continue
            if tile.level is None:
                ends.append(tile.first + tile.width)
        return max(ends)

    def _walk(self, wanted: set[int]) -> Walk:
        trees = Grown(wanted), Grown(wanted)
        walk = Walk(self._read, self._count(), self.report, self._history.take, *trees)
        walk.run()
        return walk

    def _judge(self, walk: Walk, anchor: Kept | None) -> None:
        """Say who is wrong where entries and hashes differ, then check the tiles above."""
        root, size = (anchor.head.root, anchor.head.size) if anchor else (None, 0)
        entries_right = walk.by_entries.roots.get(size) == root
        hashes_right = walk.by_hashes.roots.get(size) == root
        for suspect in walk.suspects:
            if not entries_right:
                self.report.add(suspect.entry)
            if not hashes_right:
                self.report.add(suspect.hash)
        if entries_right or not (walk.suspects or self.report.findings):
            self._history.close()
        self._right = walk.by_hashes if hashes_right and not entries_right else walk.by_entries
        if walk.missing is None:
            self._upper_tiles(walk.size)

    def _upper_tiles(self, size: int) -> None:
        for tile in hash_tiles(size):
            stored = self._read(tile.path) if tile.level else None
            at = None if stored is None else first_difference(stored, self._right.upper(tile))
            if at is not None:
                says = "this byte of the tree does not come out of the entries below it"
                self.report.add(Finding("hash-tile", says, tile.path, at))

    def _compare(self, walk: Walk, kept: list[Kept], earlier: Kept | None) -> None:
        """Check that every signed checkpoint is an earlier state of what is here."""
        inside = [one for one in kept if one.head.size <= walk.size]
        for one in kept:
            if one not in inside:
                self._cut_off(one, walk, earlier)
        roots = self._right.roots
        told = [
            (roots[one.head.size] == one.head.root, one) for one in inside if one.head.size in roots
        ]
        good = [0, *(one.head.size for fits, one in told if fits)]
        bad = min(
            (one for fits, one in told if not fits), key=lambda one: one.head.size, default=None
        )
        if bad is not None:
            self._rewritten(bad, max(size for size in good if size < bad.head.size))
        self._forks(kept)

    def _rewritten(self, first: Kept, good: int) -> None:
        says = (
            f"entries {good} to {first.head.size - 1} are not those that were signed: "
            "something among them was changed, put in, taken out or moved"
        )
        self.report.add(Finding("rewritten", says, first.file, first.byte, good))

    def _cut_off(self, one: Kept, walk: Walk, earlier: Kept | None) -> None:
        if self.report.blames(one.file) or self._contents.lacks_entries:
            return
        what = "seen before" if one is earlier else "signed"
        says = (
            f"{one.head.size} entries were {what}, only {walk.size} are here: the end was cut off"
        )
        self.report.add(Finding("truncated", says, one.file, one.byte, walk.size))

    def _forks(self, kept: list[Kept]) -> None:
        heads: dict[int, Kept] = {}
        for one in kept:
            other = heads.setdefault(one.head.size, one)
            if other.head.root != one.head.root:
                says = f"two different logs of {one.head.size} entries were signed"
                self.report.add(Finding("fork", says, one.file, one.byte))

    def _order(self, head: Kept | None, stored: list[Kept]) -> None:
        for before, after in itertools.pairwise(stored):
            if after.head.size <= before.head.size:
                says = f"a checkpoint of {after.head.size} after one of {before.head.size} entries"
                self.report.add(Finding("checkpoint-order", says, STORED, after.byte))
        if head and stored and head.head.size < stored[-1].head.size:
            says = (
                f"this is an old checkpoint: one of {stored[-1].head.size} entries was signed later"
            )
            self.report.add(Finding("stale", says, HEAD, 0))

    def _tail(self, walk: Walk, anchor: Kept | None) -> None:
        """Tell of entries that are not there, and of entries that nobody has signed."""
        if walk.missing is not None:
            severity = Exit.INCOMPLETE if walk.missing in self._contents.lost else Exit.TAMPER
            says = "the entries of this tile are not here"
            self.report.add(Finding("missing", says, walk.missing, severity=severity))
        size = anchor.head.size if anchor else 0
        if anchor and walk.size > size:
            says = f"the last {walk.size - size} entries are under no signed checkpoint"
            found = Finding("unsigned", says, HEAD, seq=size, severity=Exit.INCOMPLETE)
            self.report.add(found)

    def _fill(
        self, anchor: Kept | None, stored: list[Kept], earlier: Kept | None, walk: Walk
    ) -> None:
        report = self.report
        report.entries = walk.by_entries.size
        report.checkpoints = len(stored)
        report.since = earlier.head.size if earlier else None
        if anchor:
            report.origin, report.size = anchor.head.origin, anchor.head.size
            report.root = base64_text(anchor.head.root)
            report.witnesses = len(self._heads.witnesses(anchor))

    def _tiles(self, size: int) -> list[Tile]:
        return [*entry_tiles(size), *hash_tiles(size)]
