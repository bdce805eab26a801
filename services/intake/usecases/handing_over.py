"""A flag that nobody has opened goes to whoever is on duty next, when their shift begins.

Promise: whoever begins work is told what waits and finds it on their page, though nobody was on
duty when it was raised; a flag that was opened, or whose request is over, troubles nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain import duty
from services.intake.domain.request_transitions import ENDED
from services.intake.storage import flags
from services.intake.usecases.flagging import tell_of_wait
from services.intake.usecases.flags_looking import SHOWN_FOR
from services.intake.usecases.on_duty import asked_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction


def is_any_to_hand_over(tx: IntakeTransaction) -> bool:
    """Tell whether somebody has begun work who does not know of a flag that waits."""
    return any(True for _ in _waiting(tx))


def hand_over(tx: IntakeTransaction) -> int:
    """Tell whoever is on duty now of the flags that wait; return of how many."""
    found = list(_waiting(tx))
    for row, agency_id in found:
        before = row.fallback_agency_id or row.duty_agency_id
        told = {"duty_agency_id": agency_id, "fallback_agency_id": before}
        flags.change_flag(row.id, tx, **told)
        tell_of_wait(row, row.rung, agency_id, tx)
    return len(found)


def _waiting(tx: IntakeTransaction) -> Iterator[tuple[Row[Any], UUID]]:
    for row in flags.unopened_since(tx.now - SHOWN_FOR, tx):
        request = tx.request_row(row.request_id)
        if request is None or request.state in ENDED:
            continue
        asked = asked_now(request, duty.FIRST, tx)
        known = {row.duty_agency_id, row.fallback_agency_id}
        if asked is not None and asked.on_duty and asked.agency_id not in known:
            yield row, asked.agency_id
