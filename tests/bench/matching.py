"""Matching at a size no partnership has yet: choosing, the sweep of clocks, and the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import matching_choice, matching_inbox, matching_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.table import Table


def measure(table: Table, folder: Path, *, short: bool) -> None:
    """Take every figure of matching."""
    for part in (matching_choice, matching_sweep, matching_inbox):
        part.measure(table, folder, short=short)
