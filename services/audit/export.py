"""The whole log as files: `python -m services.audit.export OUTDIR`.

The layout of tlog-tiles, with every signed checkpoint, the policy and a manifest beside it.
What is written is what is stored, uncorrected: whether it fits together is the verifier's
question, and it must be able to find what we got wrong.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from services.audit.domain.manifest import Manifest
from services.audit.domain.tiles import HEIGHT, WIDTH, Tile, hash_tiles, pack_entries
from services.audit.signer import read_vkey
from services.audit.storage import open_store
from shared.errors import OnwardError
from shared.settings import Settings
from shared.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from services.audit.domain.note import VerifierKey
    from services.audit.storage import AuditTransaction
    from shared.storage import Store

    Write = Callable[[str, bytes], None]


def export(store: Store[AuditTransaction], key: VerifierKey, write: Write) -> int:
    """Write the whole log as it is at one moment; return how many entries it has."""
    manifest = Manifest(key.name)

    def noted(path: str, data: bytes) -> None:
        manifest.note(path, data)
        write(path, data)

    with store.read() as tx:
        manifest.tree_size = tx.size()
        for tile, data in _tiles(tx, manifest.tree_size):
            noted(tile.path, data)
        notes = [row.note for row in tx.checkpoints()]
    noted("checkpoints", "\n".join(notes).encode())
    if notes:
        noted("checkpoint", notes[-1].encode())
    noted("policy.txt", policy_text(key).encode())
    write("manifest.json", manifest.text())
    return manifest.tree_size


def policy_text(key: VerifierKey) -> str:
    """Return the policy of whoever believes this log's key and asks for no witness."""
    return f"log {key}\nquorum none\n"


def _tiles(tx: AuditTransaction, size: int) -> Iterator[tuple[Tile, bytes]]:
    for first in range(0, size, WIDTH):
        leaves = tx.leaves(first, WIDTH)
        if leaves:
            yield Tile(None, first // WIDTH, len(leaves)), pack_entries(leaves)
    for tile in hash_tiles(size):
        hashes = tx.hashes(HEIGHT * (tile.level or 0), tile.first, tile.width)
        if hashes:
            yield Tile(tile.level, tile.index, len(hashes)), b"".join(hashes)


def into_folder(target: Path) -> Write:
    """Return a writer of files below *target*."""

    def write(path: str, data: bytes) -> None:
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    return write


@contextmanager
def into_zip(file: IO[bytes]) -> Iterator[Write]:
    """Open *file* as a zip archive to write into."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        yield archive.writestr


def main(arguments: list[str] | None = None) -> int:
    """Export the log of this deployment into a new folder."""
    parser = argparse.ArgumentParser(prog="python -m services.audit.export", description=__doc__)
    parser.add_argument("outdir", type=Path, help="a folder that does not exist yet, or is empty")
    target: Path = parser.parse_args(arguments).outdir
    try:
        return _exported(target, Settings.from_environment())
    except (OnwardError, OSError) as error:
        sys.stderr.write(f"Not exported: {error}\n")
        return 2


def _exported(target: Path, settings: Settings) -> int:
    where = settings.database("audit")
    made = where.exists() if isinstance(where, Path) else open_database(where).exists()
    if not made:
        sys.stderr.write(f"There is no log in {settings.var}.\n")
        return 2
    if target.exists() and any(target.iterdir()):
        sys.stderr.write(f"{target} is not empty.\n")
        return 2
    store = open_store(settings)
    count = export(store, read_vkey(settings.keys), into_folder(target))
    store.close()
    sys.stdout.write(f"{count} entries written to {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
