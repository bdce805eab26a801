"""What a schema says is wrong, in words for whoever filled in a spreadsheet."""

from __future__ import annotations

import re

PLAIN: tuple[tuple[str, str], ...] = (
    (r"Not a valid (?:integer|number)\.", "Write a number."),
    (r"Not a valid boolean\.", "Write yes or no."),
    (r"Not a valid (?:date|(?:aware )?datetime)\.", "Write a day, as 2026-11-22."),
    (r"Not a valid (?:string|list|mapping type)\.", "This cannot be read."),
    (r"Missing data for required field\.|Field may not be null\.", "This is missing."),
    (r"Shorter than minimum length 1\.", "This is missing."),
    (
        r"(?:Longer than maximum length|Length must be between \d+ and) (\d+)\.",
        r"Write at most \1 letters.",
    ),
    (
        r"Must be greater than or equal to (\d+) and less than or equal to (\d+)\.",
        r"Write a number from \1 to \2.",
    ),
    (r"Must be greater than or equal to (\d+)\.", r"Write a number of at least \1."),
    (r"Length must be 2\.", "Write the lowest band and the highest, as 1-3."),
)
CHOICE = re.compile(r"Must be one of: (.*)\.")
FEW = 6


def in_words(detail: str, value: object = None) -> str:
    """Return *detail* as a person would say it; *value* is what was written there."""
    choice = CHOICE.fullmatch(detail)
    if choice:
        known = choice[1].split(", ")
        which = f" Write one of: {', '.join(known)}." if len(known) <= FEW else ""
        return f"We do not know \u201c{value}\u201d.{which}"
    for pattern, words in PLAIN:
        found = re.fullmatch(pattern, detail)
        if found:
            return found.expand(words)
    return detail
