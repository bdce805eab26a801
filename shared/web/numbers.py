"""Numbers as people and programs type them."""

from __future__ import annotations

LONGEST = 9


def whole_number(text: str) -> int | None:
    """Return the whole number that *text* is, or None; a very long one is none we need."""
    plain = text.strip()
    fits = plain.isascii() and plain.isdecimal() and len(plain) <= LONGEST
    return int(plain) if fits else None
