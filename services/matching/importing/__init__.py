"""Reading a guide somebody else wrote: CSV from a spreadsheet, or Open Referral UK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.importing.drafts import Draft, Figure, Flaw, Organisation, Reading
from services.matching.importing.feed import read_feed
from services.matching.importing.spreadsheet import read_csv

if TYPE_CHECKING:
    from typing import Final

__all__ = ["Draft", "Figure", "Flaw", "Organisation", "Reading", "read_file"]

JSON_BEGINS: Final = (b"{", b"[")


def read_file(raw: bytes) -> Reading:
    """Return what a file tells, whichever of the two kinds it is."""
    begins = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return read_feed(raw) if begins in JSON_BEGINS else read_csv(raw)
