"""The clock of referrers' drafts (K13): warned at 60 and at 83 days, deleted at 90.

Promise: nothing is deleted of which its agency was not warned a week before; each warning is
told once, and a hub that slept through one gives that week from when it wakes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.intake.storage import IntakeTransaction
from services.intake.storage import case_drafts as rows
from shared.bus.told_by_many import ClockWarned
from shared.chore import Chore
from shared.identity import Principal

if TYPE_CHECKING:
    from sqlalchemy import Row


CLOCK = "K13"
FIRST, LAST = 60, 83  # days
A_WEEK = timedelta(days=7)


def tick(tx: IntakeTransaction) -> None:
    """Warn of drafts that nobody touches, and delete those whose time is over."""
    for draft_id in rows.over(LAST, tx):
        rows.forget_draft(draft_id, tx)
    for days in (LAST, FIRST):  # whoever slept through both is told once
        for row in rows.drafts_to_warn(days, tx):
            _warn(row, days, tx)


def _warn(row: Row[Any], days: int, tx: IntakeTransaction) -> None:
    until = max(row.keep_until, tx.now + A_WEEK) if days == LAST else row.keep_until
    rows.note_warning(row.id, days, until, tx)
    warning = ClockWarned(
        clock=CLOCK,
        object_type="draft",
        object_id=row.id,
        due_at=until,
        agency_id=row.agency_id,
        reference=row.reference,
    )
    tx.announce(warning)


class DraftClock(Chore[IntakeTransaction]):
    """The chore that keeps K13."""

    name = "referrers-drafts"
    every = timedelta(hours=1)

    def look(self) -> None:
        """Tick once."""
        with self._store.begin(Principal.system("intake")) as tx:
            tick(tx)
