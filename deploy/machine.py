"""What the tests need from the machine itself: installed as root, named otherwise.

Runs on the system's own Python before anything else exists, so it uses the standard library only.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = {
    "chromium": ["/usr/bin/chromium"],
    "fonts-liberation": ["/usr/share/fonts/truetype/liberation"],
    "libatomic1": ["/usr/lib/*/libatomic.so.1", "/usr/lib/libatomic.so.1"],
}
POLICY = Path("/usr/sbin/policy-rc.d")


def main() -> int:
    """Install what is missing, or say exactly what it is; return the exit code."""
    missing = [package for package, places in NEEDED.items() if not any(map(glob, places))]
    if not missing:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"The tests need, and this machine lacks: {' '.join(missing)}", file=sys.stderr)
        print(f"On Debian: sudo apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    print(f"Installing {' '.join(missing)} ...")
    with nothing_started():
        return install(missing)


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
    before = POLICY.read_bytes() if POLICY.exists() else None
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(POLICY.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink()
        else:
            POLICY.write_bytes(before)


if __name__ == "__main__":
    sys.exit(main())
