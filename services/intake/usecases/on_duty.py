"""Who looks at a danger flag that is raised now, and whether that is their duty at this hour.

Promise: what is said of it beforehand follows from the rota by which the flag is then told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake.domain import duty
from services.intake.hours import reading
from services.intake.storage import flags
from services.intake.storage.hidden import hidden_agencies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which agency looks; not `on_duty`: the rota has nobody now, and it is asked all the same."""

    agency_id: UUID
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, and whether that is their duty now; if not, `back`: when they are next at work.

    `back` is None also while they are at work, though not on duty.
    """

    agency_id: UUID
    on_duty: bool
    back: datetime | None = None


def asked_now(row: Row[Any] | None, rank: int, tx: IntakeTransaction) -> Asked | None:
    """Return who is asked now, passing by those from whom the person hides the request."""
    unseen = frozenset(hidden_agencies(row.id, tx)) if row else frozenset()
    rota = [shift for shift in flags.shifts(tx) if shift.agency_id not in unseen]
    local = tx.now.astimezone(LONDON)
    ranks: Iterable[int] = dict.fromkeys((rank, duty.FALLBACK, duty.FIRST))
    on_duty = (duty.on_duty(rota, local, one) for one in ranks)
    shift, hub = next((one for one in on_duty if one), None), flags.hub_id(tx)
    if shift is not None:
        return Asked(shift.agency_id, on_duty=True)
    others = [hub] if hub and hub not in unseen else [one.agency_id for one in rota]
    whose = next(iter(others), hub)
    return Asked(whose, on_duty=False) if whose else None


def who_looks(request_id: UUID, tx: IntakeTransaction) -> Look | None:
    """Return who would look at a flag of this request now; None where there is nobody at all."""
    asked = asked_now(tx.request_row(request_id), duty.FIRST, tx)
    if asked is None:
        return None
    if asked.on_duty:
        return Look(asked.agency_id, on_duty=True)
    at_work = reading(tx.now, tx.nation())
    return Look(asked.agency_id, on_duty=False, back=None if at_work.now else at_work.next_at)
