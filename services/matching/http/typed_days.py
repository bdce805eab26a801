"""Days as people type them: three boxes of a form."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shared.web.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = ("year", "month", "day")


def typed_day(typed: Mapping[str, str], name: str) -> date | None:
    """Return the day typed into the boxes of *name*, or None."""
    parts = [whole_number(typed.get(f"{name}-{part}", "")) for part in PARTS]
    try:
        return date(*(part or 0 for part in parts))
    except ValueError:
        return None


def is_blank(typed: Mapping[str, str], name: str) -> bool:
    """Tell whether nothing was typed into the boxes of *name*."""
    return not any(typed.get(f"{name}-{part}", "").strip() for part in PARTS)


def boxes_of(day: date | None, name: str) -> dict[str, str]:
    """Return what the boxes of *name* show for a day."""
    return {f"{name}-{part}": str(getattr(day, part)) if day else "" for part in PARTS}
