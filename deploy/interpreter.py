"""Print the Python that `.venv` is made from: one that was built to be quick, if there is one.

One built without a profile of its own work takes an eighth more processor time for each request,
measured; distributions build theirs with one. `make PYTHON=...` has the last word.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from argparse import ArgumentParser

DISTRIBUTION = "/usr/bin/python3"
PROFILED = "--enable-optimizations"  # an option of Python's own configure
MAY = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"


def chosen(own: str, built_with: str, distribution: str = DISTRIBUTION) -> str:
    """Return *own*, unless it was *built_with* no profile and the distribution's will do."""
    if PROFILED in built_with or not can_make_environments(distribution):
        return own
    return distribution


def can_make_environments(python: str) -> bool:
    """Tell whether *python* is there, new enough, and complete."""
    try:
        return subprocess.run([python, "-c", MAY], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    ArgumentParser(description=__doc__).parse_args()
    print(chosen(sys.executable, str(sysconfig.get_config_var("CONFIG_ARGS"))))
