"""The receiver knows a better service, and says which (T14).

Promise: it only suggests. Nothing is sent on: a new referral needs the person's own agreement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.messages import ReferralRedirected
from services.matching.usecases.commanding import commanded, keep_notes, refuse
from services.matching.usecases.ruling import SAY_MORE, hold_to_guide
from services.matching.usecases.sides import release, sides
from services.matching.usecases.stepping import take_step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

REASON = "REDIRECTED_BETTER_SERVICE"


def redirect(
    referral_id: UUID,
    version: int | None,
    alternatives: Sequence[UUID],
    comment: str,
    tx: MatchingTransaction,
) -> None:
    """Suggest other services instead, and give the place back (T14)."""
    referral, row = commanded(referral_id, "redirect", version, tx)
    others = tuple(dict.fromkeys(alternatives))
    if not others:
        refuse("/alternatives", "Name the service that would be better.")
    hold_to_guide(referral, others, tx)
    if not comment.strip():
        refuse("/comment", SAY_MORE)
    event = ReferralRedirected(**sides(referral), alternatives=others)
    kept = {"answered_at": tx.now, "alternatives": [str(one) for one in others]}
    take_step(referral, row, event, tx, reason=REASON, **kept)
    release(referral, tx)
    keep_notes(referral, {"redirect_comment": comment}, tx)
