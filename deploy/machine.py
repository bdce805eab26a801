"""What tests and the served profile need from the machine: installed as root, named otherwise.

Promise: no server that is installed is started or given a cluster of its own. It runs on the
system's own Python before anything else exists, so it uses the standard library only.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NEEDED = {
    "chromium": ["/usr/bin/chromium"],
    "fonts-liberation": ["/usr/share/fonts/truetype/liberation"],
    "rabbitmq-server": ["/usr/lib/rabbitmq/bin/rabbitmq-server"],
    "postgresql": ["/usr/lib/postgresql/*/bin/postgres"],
    "nginx-light": ["/usr/sbin/nginx"],
    "libatomic1": ["/usr/lib/*/libatomic.so.1", "/usr/lib/libatomic.so.1"],
}
POLICY = Path("/usr/sbin/policy-rc.d")
CLUSTERS = Path("/etc/postgresql-common/createcluster.d/onward.conf")


def main() -> int:
    """Install what is missing, or say exactly what it is; return the exit code."""
    missing = lacking()
    if not missing:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"The tests need, and this machine lacks: {' '.join(missing)}", file=sys.stderr)
        print(f"On Debian: sudo apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    print(f"Installing {' '.join(missing)} ...")
    with nothing_started(), no_cluster_made():
        return install(missing)


def lacking(packages: Iterable[str] = tuple(NEEDED)) -> list[str]:
    """Return those of *packages* that this machine lacks."""
    return [package for package in packages if not any(map(glob, NEEDED[package]))]


def install(packages: list[str]) -> int:
    """Install *packages* with apt, quietly; what it says is shown when it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    for command in (
        [*get, "update"],
        [*get, "install", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
            return done.returncode
    return 0


@contextmanager
def nothing_started() -> Iterator[None]:
    """Keep packages from starting services while they are installed; restore what was there."""
    with in_place_of(POLICY, "#!/bin/sh\nexit 101\n"):
        POLICY.chmod(POLICY.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        yield


@contextmanager
def no_cluster_made() -> Iterator[None]:
    """Keep Debian's PostgreSQL from making a cluster for the whole machine."""
    with in_place_of(CLUSTERS, "create_main_cluster = false\n"):
        yield


@contextmanager
def in_place_of(file: Path, text: str) -> Iterator[None]:
    """Put *text* where *file* is for a while; restore what was there."""
    before = file.read_bytes() if file.exists() else None
    made = [folder for folder in file.parents if not folder.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(before)
        for folder in made:
            with suppress(OSError):  # a package may have put something into it
                folder.rmdir()


if __name__ == "__main__":
    ArgumentParser(description=__doc__).parse_args()
    sys.exit(main())
