"""One press of a button on a referral's page, pressed twice or too late included.

Promise: pressing twice does the thing once and looks the same both times; pressing when
somebody else was first changes nothing and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.matching.errors import NotPossibleError, StaleVersionError
from shared.errors import ConflictError
from shared.web import current_store
from shared.web.access import principal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from uuid import UUID

    from services.matching.domain.transitions import State
    from services.matching.storage import MatchingTransaction

MOVED_ON = "Somebody else has answered or changed this referral in the meantime."


def attempt(
    referral_id: UUID, wanted: Collection[State], command: Callable[[MatchingTransaction], None]
) -> None:
    """Run *command*, unless this caller has already brought the referral to one of *wanted*."""
    try:
        with current_store().begin(actor=principal()) as tx:
            command(tx)
    except (StaleVersionError, NotPossibleError) as error:
        if not _done_by_me(referral_id, wanted):
            raise ConflictError(MOVED_ON) from error


def _done_by_me(referral_id: UUID, wanted: Collection[State]) -> bool:
    caller = principal()
    with current_store().read() as tx:
        row = tx.referral(referral_id, caller)
        if row is None or row.state not in wanted:
            return False
        last = tx.history([row.id])[row.id][-1]
        return last.actor_id is not None and last.actor_id == caller.id
