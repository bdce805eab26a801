"""A disk that can be filled and emptied: a real one where mounting is allowed, and one that
works for everybody, by a limit on how far the hub may write into any file.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from driving.running import RunningHub

SIZE = 64_000_000


class SmallFilesystem:
    """A file system of its own; what fills it is a file beside the hub's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, _hub: RunningHub) -> None:
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (100_000, 100):
                while self._took(ballast.fileno(), size):
                    pass

    @staticmethod
    def _took(file: int, size: int) -> bool:
        try:
            return os.write(file, b"x" * size) == size
        except OSError:
            return False

    def empty(self, _hub: RunningHub) -> None:
        self._ballast.unlink()


class FileLimit:
    """No file may be written beyond its first byte, for this process (EFBIG, as over a quota)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, hub: RunningHub) -> None:
        self._limit(hub, 1)

    def empty(self, hub: RunningHub) -> None:
        self._limit(hub, resource.getrlimit(resource.RLIMIT_FSIZE)[0])

    @staticmethod
    def _limit(hub: RunningHub, soft: int) -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


Disk = SmallFilesystem | FileLimit


@contextmanager
def small_filesystem(folder: Path) -> Iterator[SmallFilesystem]:
    """Mount a small file system at *folder*; only root may."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "onward-test", folder],
        check=True,
        capture_output=True,
    )
    try:
        yield SmallFilesystem(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def may_mount(folder: Path) -> bool:
    """Tell whether this user, on this machine, may mount a file system."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    try:
        with small_filesystem(folder):
            return True
    except subprocess.CalledProcessError:
        return False
