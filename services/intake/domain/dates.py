"""Ages and days, from dates that come in as arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

OLDEST = 125


def whole_years(born: date, today: date) -> int:
    """Return the age on *today*; who was born on 29 February ages on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def birth_faults(born: date | None, today: date) -> Iterator[tuple[str, str]]:
    """Yield (pointer, detail) for a date on which nobody alive can have been born."""
    if born is None:
        return
    if born > today:
        yield "/person/date_of_birth", "This day has not come yet."
    elif whole_years(born, today) > OLDEST:
        yield "/person/date_of_birth", f"Nobody is older than {OLDEST} years."
