"""Telling that an agreement between agencies ends by its date: before, and when it has.

Promise: each step is told once to the hub and to every agency admitted under it, and lies on the
desk with the last step told, until the end is changed or a coordinator says that it may end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.deals import ADMITTED, LONGEST_TOLD, Ending, ending
from services.matching.domain.desk import SETTLED, Kind
from services.matching.usecases.desking import bring_to_desk
from shared.bus.told_by_many import ClockOverdue, ClockWarned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Row

    from services.matching.storage import MatchingTransaction

AGREEMENT, CLOCK = "agreement", "AGREEMENT_END"


def is_any_deal_ending(tx: MatchingTransaction) -> bool:
    """Tell whether there is a step to tell."""
    return next(_ending(tx), None) is not None


def tell_of_deals(tx: MatchingTransaction) -> int:
    """Tell of every agreement that came a step nearer to its end; return of how many."""
    found = list(_ending(tx))
    for deal, step in found:
        _note(deal, step, tx)
        for agency_id in (None, *_admitted(deal, tx)):
            tx.announce(_event(deal, step, agency_id, tx))
    return len(found)


def _ending(tx: MatchingTransaction) -> Iterator[tuple[Row[Any], Ending]]:
    today = tx.calendar().local_date(tx.now)
    for deal in tx.deals_ending(today - LONGEST_TOLD, today + LONGEST_TOLD):
        step, line = ending(deal.ends_on, today), tx.newest_line(Kind.AGREEMENT, deal.id)
        told = line.code if line and line.due_at == tx.calendar().end_of(deal.ends_on) else None
        if step is not None and step != told and len(_admitted(deal, tx)) > 1:
            yield deal, step


def _note(deal: Row[Any], step: Ending, tx: MatchingTransaction) -> None:
    """Keep which step is told; what a coordinator let end stays off the desk."""
    line, due_at = tx.newest_line(Kind.AGREEMENT, deal.id), tx.calendar().end_of(deal.ends_on)
    if line is not None and line.due_at == due_at:
        tx.change_line(line, code=step, look_on=None)
        return
    if line is not None and line.ended_at is None:
        tx.end_line(line, SETTLED)
    bring_to_desk(Kind.AGREEMENT, deal.id, deal.id, tx, code=step, due_at=due_at)


def _admitted(deal: Row[Any], tx: MatchingTransaction) -> list[UUID]:
    return [side.agency_id for side in tx.parties_of([deal.id])[deal.id] if side.stage in ADMITTED]


def _event(
    deal: Row[Any], step: Ending, agency_id: UUID | None, tx: MatchingTransaction
) -> ClockWarned | ClockOverdue:
    """Return what is told to one agency, or to the hub where it names none."""
    what: dict[str, Any] = {
        "clock": CLOCK,
        "object_type": AGREEMENT,
        "object_id": deal.id,
        "due_at": tx.calendar().end_of(deal.ends_on),
        "agency_id": agency_id,
    }
    return ClockOverdue(**what, rung=1) if step is Ending.OVER else ClockWarned(**what)
