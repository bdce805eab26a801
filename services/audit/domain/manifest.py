"""The list of an export's files with their hashes, in one possible spelling.

It proves nothing against a forger; it tells a damaged file from a missing one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256

FORMAT = "onward-audit-export/1"


@dataclass(slots=True)
class Manifest:
    """Which log, how many entries, and what each file held when it was written."""

    origin: str
    tree_size: int = 0
    files: dict[str, str] = field(default_factory=dict)

    def note(self, path: str, data: bytes) -> None:
        """Add a file."""
        self.files[path] = sha256(data).hexdigest()

    def text(self) -> bytes:
        """Write the manifest; the same content always gives the same bytes."""
        told = {
            "format": FORMAT,
            "origin": self.origin,
            "tree_size": self.tree_size,
            "files": self.files,
        }
        return json.dumps(told, sort_keys=True, indent=1).encode() + b"\n"


def parse_manifest(data: bytes) -> Manifest | None:
    """Read a manifest, or return None if it is not one."""
    try:
        told = json.loads(data)
        files = {str(path): str(digest) for path, digest in told["files"].items()}
        return Manifest(str(told["origin"]), int(told["tree_size"]), files)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
