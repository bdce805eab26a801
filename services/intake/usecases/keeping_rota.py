"""A partnership's own data: its nation, who goes from door to door where, who looks when.

Promise: what staff have chosen since is left alone; the same data again changes nothing.
"""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.intake.domain.duty import Shift
from services.intake.messages.duty import ADDED
from services.intake.storage import flags, leads
from services.intake.usecases.changing_rota import tell_of_hours
from services.intake.working_days import ENGLAND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.intake.storage import IntakeTransaction


def keep_rota(partnership: Mapping[str, Any], tx: IntakeTransaction) -> None:
    """Take a partnership's nation, its `duty` rota and its `patches` where there are none yet."""
    tx.keep_nation(partnership.get("nation", ENGLAND))
    rota = tuple(_shift(told) for told in partnership.get("duty", ()))
    if rota and not flags.shifts(tx):
        flags.keep_shifts(rota, tx)
        for shift in rota:
            tell_of_hours(shift, ADDED, tx)
    for told in partnership.get("patches", ()):
        agency_id = UUID(told["agency_id"])
        if not leads.patch_of(agency_id, tx):
            leads.keep_patch(agency_id, told["area_codes"], tx)


def _shift(told: Mapping[str, Any]) -> Shift:
    return Shift(
        agency_id=UUID(told["agency_id"]),
        days=frozenset(told["days"]),
        starts=time.fromisoformat(told["starts"]),
        ends=time.fromisoformat(told["ends"]),
        rank=told["rank"],
    )
