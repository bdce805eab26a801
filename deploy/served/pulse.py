"""A worker's sign of life: a file that it touches while it is subscribed and goes round.

Promise: a worker that lives and no longer consumes is told from one that does.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "alive"
LIVELY = 5.0  # seconds after which silence means that nothing is heard


class Pulse:
    """The sign of life of one service's worker, in the data folder."""

    def __init__(self, var: Path, service: str) -> None:
        self._file = var / FOLDER / f"work-{service}"

    def beat(self) -> None:
        """Say that all is well now."""
        with suppress(OSError):  # a full disk is told elsewhere
            self._file.parent.mkdir(exist_ok=True, mode=0o700)
            self._file.touch()

    def lively(self) -> bool:
        """Tell whether there was a sign within the last seconds."""
        try:
            return time.time() - self._file.stat().st_mtime < LIVELY
        except OSError:
            return False
