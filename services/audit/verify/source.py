"""The export as files, whether it lies in a folder or in a zip archive."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class DamagedFileError(ValueError):
    """A file of the archive cannot be unpacked."""


class Source:
    """Reads an export; what is damaged is told apart from what is not there."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            message = f"there is no {path}"
            raise FileNotFoundError(message)
        self._zip = zipfile.ZipFile(path) if path.is_file() else None
        self._folder = path

    def names(self) -> Iterator[str]:
        """Yield the path of every file."""
        if self._zip:
            yield from (name for name in self._zip.namelist() if not name.endswith("/"))
            return
        for file in sorted(self._folder.rglob("*")):
            if not file.is_dir():
                yield file.relative_to(self._folder).as_posix()

    def read(self, name: str) -> bytes | None:
        """Return the bytes of one file, or None if there is no such file."""
        try:
            return self._zip.read(name) if self._zip else Path(self._folder, name).read_bytes()
        except (KeyError, FileNotFoundError, NotADirectoryError):
            return None
        except (zipfile.BadZipFile, zlib.error, OSError) as error:
            message = "the file cannot be read whole; its checksum does not fit"
            raise DamagedFileError(message) from error
