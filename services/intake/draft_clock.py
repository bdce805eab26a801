"""The clock of referrers' drafts (K13): warned at 60 and at 83 days, deleted at 90.

Promise: nothing is deleted of which its agency was not warned a week before; each warning is
told once, and a hub that slept through one gives that week from when it wakes.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.intake.storage import case_drafts as rows
from shared.bus.told_by_many import ClockWarned
from shared.errors import Transient
from shared.identity import Principal

if TYPE_CHECKING:
    from threading import Event

    from sqlalchemy import Row

    from services.intake.storage import IntakeTransaction
    from shared.storage import Store

CLOCK = "K13"
FIRST, LAST = 60, 83  # days
A_WEEK = timedelta(days=7)
EVERY = timedelta(hours=1)


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


class DraftClock:
    """The chore that keeps K13."""

    name = "referrers-drafts"

    def __init__(self, store: Store[IntakeTransaction], every: timedelta = EVERY) -> None:
        """Keep the clock of the drafts in *store*, at the start and then *every* so often."""
        self._store = store
        self._every = every

    def run(self, stop: Event) -> None:
        """Tick until told to stop."""
        while True:
            # Kept another hour where the database cannot be written; it says so elsewhere.
            with suppress(Transient), self._store.begin(Principal.system("intake")) as tx:
                tick(tx)
            if stop.wait(self._every.total_seconds()):
                return
