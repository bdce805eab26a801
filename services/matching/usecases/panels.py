"""Case-review panels: which agreement each meets under, who sits on it, and when it meets.

Promise: only staff of agencies that are admitted under the agreement today sit on a panel.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.deals import ADMITTED, CASE_REVIEW
from services.matching.errors import DealNotFoundError, DealRefusedError
from services.matching.storage.deals import as_deal
from services.matching.working_days import calendar_for
from shared.errors import ConflictError, Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from sqlalchemy import Row

    from services.matching.domain.deals import Deal
    from services.matching.storage import MatchingTransaction

LONGEST_NAME = 200
CHANGED = "Somebody else has changed this panel in the meantime. Look again, then decide."


def today(tx: MatchingTransaction) -> date:
    """Return the day it is where the partnership works."""
    return calendar_for(tx.nation()).local_date(tx.now)


def admitted_under(deal_id: UUID, tx: MatchingTransaction) -> frozenset[UUID]:
    """Return the agencies that may review cases under an agreement today, if it holds."""
    row = tx.deal_row(deal_id)
    deal: Deal | None = as_deal(row, tx.parties_of([deal_id])[deal_id]) if row else None
    if deal is None or not deal.runs(today(tx)) or CASE_REVIEW not in deal.purposes:
        return frozenset()
    return frozenset(side.agency_id for side in deal.parties if side.stage in ADMITTED)


def make_panel(name: str, deal_id: UUID | None, meets_on: date, tx: MatchingTransaction) -> UUID:
    """Make a panel that the caller's agency convenes, and seat the caller."""
    convener = tx.actor.agency_id
    faults = _name_faults(name) + _day_faults(meets_on, tx)
    if deal_id is None or convener not in admitted_under(deal_id, tx):
        faults.append(Fault("/agreement", "Choose an agreement in force that your agency is in."))
    if faults or deal_id is None or convener is None:
        raise DealRefusedError("Something needs to be put right; see errors.", faults)
    panel_id = tx.new_id()
    tx.new_panel(
        id=panel_id, name=name.strip(), deal_id=deal_id, convener_id=convener, meets_on=meets_on
    )
    tx.keep_seats(panel_id, [(UUID(tx.actor.id), convener)] if tx.actor.id else [])
    return panel_id


def publish_panels(told: Iterable[Mapping[str, Any]], tx: MatchingTransaction) -> None:
    """Take a partnership's panels as read; one that is known stays as it was kept."""
    now = today(tx)
    for one in told:
        if tx.panel(one["id"]) is None:
            tx.new_panel(
                id=one["id"],
                name=one["name"],
                deal_id=one["agreement_id"],
                convener_id=one["convener_id"],
                meets_on=now + timedelta(days=(one["weekday"] - now.weekday()) % 7),
            )
            tx.keep_seats(one["id"], [(at["staff_id"], at["agency_id"]) for at in one["seats"]])


def seat(
    panel_id: UUID,
    version: int | None,
    staff: Collection[UUID],
    meets_on: date,
    tx: MatchingTransaction,
) -> None:
    """Say who sits on a panel, and when it meets next."""
    row = tx.panel(panel_id)
    if row is None:
        raise DealNotFoundError
    if version != row.version:
        raise ConflictError(CHANGED)
    able = {one.id: one.agency_id for one in tx.staff_of(admitted_under(row.deal_id, tx))}
    faults = _day_faults(meets_on, tx) if meets_on != row.meets_on else []
    if not set(staff) <= set(able):
        faults.append(Fault("/staff", "Only staff of agencies under the agreement may sit here."))
    if faults:
        raise DealRefusedError("Something needs to be put right; see errors.", faults)
    tx.change_panel(row, meets_on=meets_on)
    tx.keep_seats(panel_id, [(one, able[one]) for one in staff])


def seated(panel_id: UUID, tx: MatchingTransaction) -> Row[Any] | None:
    """Return the panel if the caller sits on it and the agreement admits their agency today."""
    row, caller = tx.panel(panel_id), tx.actor
    if row is None or caller.kind != "staff" or not caller.id:
        return None
    place = tx.seat(panel_id, UUID(caller.id))
    mine = place is not None and place.agency_id == caller.agency_id
    return row if mine and caller.agency_id in admitted_under(row.deal_id, tx) else None


def _name_faults(name: str) -> list[Fault]:
    if not name.strip():
        return [Fault("/name", "Give the panel a name.")]
    too_long = len(name) > LONGEST_NAME
    return [Fault("/name", f"Write at most {LONGEST_NAME} characters.")] if too_long else []


def _day_faults(day: date, tx: MatchingTransaction) -> list[Fault]:
    past = day < today(tx)
    return [Fault("/meets_on", "The next meeting is today or later.")] if past else []
