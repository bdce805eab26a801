"""What people type, made one: line ends, forms of letters, dates in figures or in words."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

MONTHS = (
    ("january", "jan", "ionawr"),
    ("february", "feb", "chwefror"),
    ("march", "mar", "mawrth"),
    ("april", "apr", "ebrill"),
    ("may", "mai"),
    ("june", "jun", "mehefin"),
    ("july", "jul", "gorffennaf"),
    ("august", "aug", "awst"),
    ("september", "sep", "sept", "medi"),
    ("october", "oct", "hydref"),
    ("november", "nov", "tachwedd"),
    ("december", "dec", "rhagfyr"),
)
_MONTH = {name: number for number, names in enumerate(MONTHS, start=1) for name in names}
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ORDINALS = frozenset({"st", "nd", "rd", "th", "of", "the"})
_YEAR_DIGITS = 4


def tidy(text: str) -> str:
    """Return *text* with one kind of line end, composed letters and no control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    letters = (one for one in lines if one == "\n" or unicodedata.category(one) != "Cc")
    return unicodedata.normalize("NFC", "".join(letters)).strip()


def day_from(day: str, month: str, year: str) -> date:
    """Return the day that three inputs mean, or the first alone; raise ValueError for none.

    "3", "March", "1980" and "3rd of March 1980", "3/3/1980", "1980-03-03" in the first.
    """
    parts = _parts(f"{day} {month} {year}")
    if len(parts) != len(("day", "month", "year")):
        raise ValueError("a day has three parts")
    if len(parts[0]) == _YEAR_DIGITS:
        parts.reverse()
    if parts[0] in _MONTH:
        parts[0], parts[1] = parts[1], parts[0]
    return date(_number(parts[2]), _MONTH.get(parts[1]) or _number(parts[1]), _number(parts[0]))


def _parts(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _ORDINALS]


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > _YEAR_DIGITS:
        raise ValueError("not a number of a day, a month or a year")
    return int(text)
