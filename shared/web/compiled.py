"""Compiled templates, kept in memory once for all services of this process.

Promise: the layout is compiled once, not once per service; a changed template is compiled anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Jinja's compiled code by template and checksum of its source."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill *bucket* with what an earlier application compiled."""
        known = self._kept.get((bucket.key, bucket.checksum))
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled for the applications to come."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()
