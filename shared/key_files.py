"""Files that hold keys: for their owner alone.

Promise: such a file is there whole or not at all, lies on the disk before anybody relies on it,
and is refused when others may touch it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from shared.errors import Permanent


class KeysRefusedError(Permanent):
    """The service's key file is missing, damaged, or readable by others."""


def read_or_create(path: Path, content: bytes) -> bytes:
    """Return what the file holds; make it of *content* if it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        create(path, content)
    return read_private(path)


def create(path: Path, content: bytes) -> None:
    """Make the file, unless another process was first: then theirs is the key."""
    draft = _written(path.parent, content)
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put *content* in the place of what the file holds, at one moment."""
    _written(path.parent, content).replace(path)
    sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """Return what the file holds, or refuse it when it is not this user's alone."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.geteuid():
            raise KeysRefusedError(f"{path.name} must belong to this user alone (mode 0600)")
        return file.read()


def sync_folder(folder: Path) -> None:
    """Wait until what was made, named or deleted in *folder* is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written(folder: Path, content: bytes) -> Path:
    handle, draft = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)
