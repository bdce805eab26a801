"""The disk under a private PostgreSQL server, filled and emptied while the server runs.

Where mounting is allowed the data lies on a file system of its own, which is filled by making it
as small as what is on it. Elsewhere no process of the server may write into any file; it then
ends, and the one that is started in its place may write again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.database import Cluster
from driving.served import ServedHub
from tests.faults.small_disk import may_mount

ROOMY = 2_000_000_000  # bytes that may be used, not that are
PAGE = 4096
TRIES = 50


class Mounted:
    """A file system of the server's own."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def fill(self, _hub: ServedHub) -> None:
        """Leave no room for another page; what is written meanwhile makes it try again."""
        for _ in range(TRIES):
            disk = os.statvfs(self._data)
            with suppress(subprocess.CalledProcessError):
                self._remount((disk.f_blocks - disk.f_bfree) * disk.f_frsize)
                return
        raise AssertionError("the server wrote faster than its disk could be filled")

    def empty(self, _hub: ServedHub) -> None:
        """Give it room again."""
        self._remount(ROOMY)

    def _remount(self, size: int) -> None:
        options = f"remount,size={max(PAGE, size)}"
        subprocess.run(["mount", "-o", options, self._data], check=True, capture_output=True)


class Limited:
    """A limit for each process of the server, as over a quota."""

    def fill(self, hub: ServedHub) -> None:
        """Forbid every process of the server to write."""
        for pid in hub.pids("database"):
            with suppress(FileNotFoundError):  # a root without all rights may not limit others
                owner = Path(f"/proc/{pid}").stat()
                subprocess.run(
                    ["prlimit", f"--pid={pid}", "--fsize=1:"],
                    user=owner.st_uid if os.geteuid() == 0 else None,
                    group=owner.st_gid if os.geteuid() == 0 else None,
                    capture_output=True,
                    check=False,
                )

    def empty(self, hub: ServedHub) -> None:
        """Leave it to the process that is started in its place."""


ServerDisk = Mounted | Limited


@contextmanager
def server_disk(var: Path) -> Iterator[ServerDisk]:
    """Lay the data of the server that is to run under *var* where it can be filled."""
    var.mkdir(parents=True, exist_ok=True)
    (var / "served").mkdir(mode=0o700, exist_ok=True)
    if not may_mount(var):
        yield Limited()
        return
    data = Path(Cluster(var / "served" / "database").server.data)
    with mounted_over(data):
        yield Mounted(data)


@contextmanager
def mounted_over(data: Path) -> Iterator[None]:
    """Mount a file system where *data* is, with what is in it."""
    aside, owner = data.with_name(f"{data.name}-aside"), data.stat()
    data.rename(aside)
    data.mkdir()
    options = f"size={ROOMY},mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "onward-test", data], check=True)
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", f"{data}/"], check=True)
        shutil.rmtree(aside)
        yield
    finally:
        subprocess.run(["umount", "--lazy", data], check=True)
        with suppress(OSError):
            data.rmdir()
