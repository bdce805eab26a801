"""One step of a referral: the row it takes, what is told of it, and what is kept of that.

Promise: move, history and announcement carry the same version and say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.transitions import After, State
from services.matching.usecases.sides import beside, goes_on

if TYPE_CHECKING:
    from services.matching.domain.transitions import Row as Transition
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.referrals import Referral


def take_step(
    referral: Referral,
    row: Transition,
    event: object,
    tx: MatchingTransaction,
    **changes: Any,  # noqa: ANN401 - column values, and what `move` itself is told
) -> int:
    """Take *referral* along *row*, keep and announce what *event* tells; return the version."""
    stays = row.then in {After.SAME, After.ANOTHER}
    back_to = State(referral.state) if stays else None
    if row.then is After.BACK:
        back_to = goes_on(referral, tx)
    version = tx.move(referral, row, back_to=back_to, told=beside(event), **changes)
    tx.announce(event, sequence=version)
    return version


def taken_by(referral: Referral, tx: MatchingTransaction) -> dict[str, Any]:
    """Return who has the referral from now on: the worker who acts, if nobody had it."""
    if referral.assigned_to is not None or tx.actor.kind != "staff" or tx.actor.id is None:
        return {}
    return {"assigned_to": UUID(tx.actor.id)}
