"""Opening answers that were left, by their code; guesses are counted and slowed.

Promise: what is tried is counted from where it came; whoever has not guessed waits for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake import drafts
from services.intake.domain.references import plain
from services.intake.drafts import Draft
from services.intake.usecases.trying import count_failure, forgive, tries

if TYPE_CHECKING:
    from services.intake.storage import IntakeTransaction


@dataclass(frozen=True, slots=True)
class CameBack:
    """The answers under a code, or how long the next try from here must wait."""

    draft: Draft | None
    wait: timedelta | None = None


def come_back(code: str, tx: IntakeTransaction, *, place: str) -> CameBack:
    """Open the answers under *code*, counting the try; call it in a write transaction.

    *place* is the network address that it came from.
    """
    found = tries("code of answers", plain(code), place, tx)
    wait = found.wait(tx)
    if wait:
        return CameBack(None, wait)
    draft = drafts.find_by_code(code, tx)
    if draft is None:
        return CameBack(None, count_failure(found, tx) or None)
    forgive(found, tx)
    return CameBack(draft)
