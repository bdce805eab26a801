"""A receipt as PDF/UA-1 (ISO 14289-1): tagged, titled, with its language; made by typst.

Promise: a file that is not accessible is not made at all; the same receipt gives the same file.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import orjson
import typst

from services.intake.http.receipt_words import HERE, in_words

if TYPE_CHECKING:
    from services.intake.usecases.receipts import Receipt


def as_pdf(receipt: Receipt, reads: str | None = None) -> bytes:
    """Return the receipt as a PDF that a screen reader can read, for who *reads* a language."""
    words = in_words(receipt, reads)
    return typst.compile(
        HERE / "receipt.typ",
        format="pdf",
        sys_inputs={"told": orjson.dumps(words).decode()},
        pdf_standards="ua-1",
        timestamp=int(datetime.fromisoformat(words["at"]).timestamp()),
    )
